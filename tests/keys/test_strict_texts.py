"""Base64url and JSON, read in one way or not at all."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.keys import base64url
from tongxing.keys.strict_json import MalformedJson, is_utf_16, members, parse_object


@given(st.binary(max_size=100))
def test_base64url_comes_back(octets: bytes) -> None:
    assert base64url.decode(base64url.encode(octets)) == octets


@given(st.text(alphabet="ABab01-_=+/ \n.é", max_size=12))
def test_base64url_has_one_text_for_each_run_of_bytes(text: str) -> None:
    try:
        octets = base64url.decode(text)
    except ValueError:
        return
    assert base64url.encode(octets) == text


RESPELLED = {
    "padded": "Zm8=",
    "trailing-bits": "Zm9",
    "impossible-length": "Zm9vY",
    "newline": "Zm9v\n",
    "space-inside": "Zm 9v",
    "plus": "-_8+",
    "slash": "_w/_",
    "not-ascii": "Zm9vé",
    "dot": "Zm9v.",
    "nul": "Zm9v\x00",
}


@pytest.mark.parametrize("text", RESPELLED.values(), ids=RESPELLED)
def test_base64url_refuses_other_spellings(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the three decoders below have a text each
        base64url.decode(text)


NOT_STRICT = {
    "repeated-member": b'{"a":1,"a":1}',
    "repeated-member-deep-inside": b'{"a":[{"b":1,"b":2}]}',
    "repeated-by-escape": b'{"a":1,"\\u0061":2}',
    "nan": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "trailing-text": b'{"a":1} x',
    "two-objects": b"{}{}",
    "byte-order-mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"a":1}'.encode("utf-16"),
    "invalid-utf-8": b'{"a":"\xff"}',
    "overlong-utf-8": b'{"a":"\xc0\xaf"}',
    "lone-surrogate": b'{"a":"\\ud800"}',
    "lone-surrogate-as-a-name": b'{"\\udfff":1}',
    "list": b"[]",
    "text": b'"a"',
    "null": b"null",
    "empty": b"",
    "single-quotes": b"{'a':1}",
    "comment": b"{}//",
    "trailing-comma": b'{"a":1,}',
    "control-character-in-text": b'{"a":"\n"}',
    "too-deep": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "number-of-too-many-digits": b'{"a":' + b"9" * 5_000 + b"}",
    "too-long": b'{"a":"' + b"x" * 300_000 + b'"}',
}


@pytest.mark.parametrize("codec", ["utf-16", "utf-8", "utf-8-sig"])
def test_a_file_in_utf_16_is_known_by_its_mark(codec: str) -> None:
    assert is_utf_16("{}".encode(codec)) is (codec == "utf-16")


@pytest.mark.parametrize("octets", NOT_STRICT.values(), ids=NOT_STRICT)
def test_json_that_is_not_strict_is_refused(octets: bytes) -> None:
    with pytest.raises(MalformedJson):
        parse_object(octets, at_most_bytes=250_000)


@given(st.binary(max_size=200))
def test_any_bytes_are_one_object_or_refused(octets: bytes) -> None:
    with suppress(MalformedJson):
        assert isinstance(parse_object(octets, at_most_bytes=100), dict)


TEXTS = st.text(alphabet='aé码😀"\\\n\x00/', max_size=8)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, JSON_VALUES))
def test_what_is_strict_comes_back(value: dict[str, Any]) -> None:
    octets = json.dumps(value).encode()
    assert parse_object(octets, at_most_bytes=len(octets)) == value
    with pytest.raises(MalformedJson):
        parse_object(octets, at_most_bytes=len(octets) - 1)


@pytest.mark.parametrize(
    "value",
    [{}, {"a": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}, [], None, "a"],
    ids=["none", "unknown", "one-more", "list", "null", "text"],
)
def test_other_members_are_refused(value: object) -> None:
    with pytest.raises(MalformedJson):
        members(value, frozenset({"a"}), frozenset({"b"}))
