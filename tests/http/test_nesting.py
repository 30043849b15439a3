"""How deep a body nests, against a plain reader of JSON's strings."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.http.request import MAX_JSON_NESTING, _outside_strings, read_json

STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
"""RFC 8259 §7, and what is no string by it but ends like one."""

BRACKETS = b"[]{}"
DEEP = MAX_JSON_NESTING
TOKENS = st.sampled_from(
    [b"[", b"]", b"{", b"}", b'"', b"\\", b"\\\\", b'\\"', b"\\u005b", b",", b":", b"1", b" ", b"a"]
)
STRINGS = st.text(st.sampled_from('"\\[]{}a\n\ue000'), max_size=8)
VALUES = st.recursive(
    st.none() | STRINGS | st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3),
    max_leaves=20,
)


def expected(body: bytes) -> bytes:
    return bytes(byte for byte in STRING.sub(b"", body) if byte in BRACKETS)


def depth(brackets: bytes) -> int:
    deepest = now = 0
    for bracket in brackets:
        now += 1 if bracket in b"[{" else -1
        deepest = max(deepest, now)
    return deepest


@given(VALUES, st.sampled_from([json.dumps, partial(json.dumps, ensure_ascii=False, indent=1)]))
def test_of_json_exactly_the_brackets_in_no_string_are_seen(
    value: object, written: Callable[[object], str]
) -> None:
    body = written(value).encode()
    assert _outside_strings(body) == expected(body)


@settings(max_examples=500)
@given(st.lists(TOKENS, max_size=30).map(b"".join))
def test_what_is_read_as_json_was_seen_as_it_is(body: bytes) -> None:
    with suppress(msgspec.MsgspecError):
        msgspec.json.decode(body)
        assert _outside_strings(body) == expected(body)


def nested(levels: int, inside: bytes) -> bytes:
    """A request that nests ``levels`` deep, the object of its variables and its own included."""
    more = levels - 2
    return b'{"query":"{a}","variables":{"a":' + b"[" * more + inside + b"]" * more + b"}}"


HIDING: Mapping[str, bytes] = {
    "nothing": b"1",
    "closing brackets in a string": b'"' + b"]}" * DEEP + b'"',
    "an escaped quotation mark and closing brackets": b'"\\"' + b"]" * DEEP + b'"',
    "a string that ends with a backslash": b'"\\\\",' + b'"' + b"]" * DEEP + b'"',
    "two of them and a quotation mark": b'"\\\\\\"' + b"]" * DEEP + b'"',
    "a quotation mark by number": b'"\\u0022' + b"]" * DEEP + b'"',
}


@pytest.mark.parametrize("how", HIDING)
def test_the_last_level_is_read_and_the_next_is_not(how: str) -> None:
    assert read_json(nested(DEEP, HIDING[how])).variables is not None
    with pytest.raises(Refused) as refused:
        read_json(nested(DEEP + 1, HIDING[how]))
    assert refused.value.code is ErrorCode.MALFORMED_REQUEST


@pytest.mark.parametrize(
    "text",
    ["[" * 99, "{" * 99, '"' + "[" * 99, "\\" + "[" * 99, '\\"' + "[" * 99, '"\\"' + "[" * 99],
)
def test_brackets_in_a_text_are_no_levels(text: str) -> None:
    body = json.dumps({"query": "{a}", "variables": {"a": text}}).encode()
    assert read_json(body).variables == {"a": text}


BROKEN: Mapping[str, bytes] = {
    "closing brackets first": b"]" * 99 + b"[" * 99,
    "a backslash outside a string": b'{"query":"{a}","variables":\\"' + b"[" * 99 + b"]" * 99,
    "a string that does not end": b'{"query":"' + b"[" * 99,
    "an escape at the end": b'{"query":"' + b"[" * 99 + b"\\",
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_no_json_is_refused(how: str) -> None:
    with pytest.raises(Refused) as refused:
        read_json(BROKEN[how])
    assert refused.value.code is ErrorCode.MALFORMED_REQUEST


@given(st.lists(TOKENS, max_size=60).map(b"".join))
def test_nothing_deeper_than_the_limit_is_ever_decoded(body: bytes) -> None:
    with suppress(Refused):
        read_json(body)
        assert depth(expected(body)) <= DEEP
