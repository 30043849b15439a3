"""JSON read strictly: a text has one meaning, or it is refused.

Responsible for turning bytes into one JSON object. Refuses repeated members (readers disagree on
which one counts), numbers that JSON does not have (``NaN``), lone surrogates, a byte order mark,
and anything that is not one object. Knows nothing of what the members mean.
"""

import json
from collections.abc import Sequence
from typing import Any, NoReturn

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def without_byte_order_mark(octets: bytes) -> bytes:
    """A file without the mark that some editors put in front of UTF-8. For files that people
    save; a message has none."""
    return octets.removeprefix(_BYTE_ORDER_MARK)


def is_utf_16(octets: bytes) -> bool:
    """Whether a file has the mark of UTF-16, in which some editors save."""
    return octets.startswith(_UTF_16)


class MalformedJson(ValueError):
    """The bytes are not one strict JSON object. Says nothing of their content."""


def parse_object(unverified: bytes, *, at_most_bytes: int) -> dict[str, Any]:
    """The JSON object in ``unverified``. Raises MalformedJson, also beyond ``at_most_bytes``."""
    if len(unverified) > at_most_bytes:
        raise MalformedJson("too long")
    try:
        text = unverified.decode("utf-8")
        value = _DECODER.decode(text)
        if "\\u" in text:
            _refuse_lone_surrogates(value)
    except (ValueError, RecursionError):
        raise MalformedJson("not strict JSON") from None
    if not isinstance(value, dict):
        raise MalformedJson("not an object")
    return value


def members(value: object, required: frozenset[str], optional: frozenset[str]) -> dict[str, Any]:
    """``value`` as an object with every ``required`` member; others must be ``optional``."""
    if not isinstance(value, dict) or not required <= value.keys() <= required | optional:
        raise MalformedJson("other members than the format has")
    return value


def text_of(value: object) -> str:
    """``value`` as a text. Raises MalformedJson."""
    if not isinstance(value, str):
        raise MalformedJson("not a text")
    return value


def _without_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("repeated member")
    return members


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("not a JSON number")


def _refuse_lone_surrogates(value: object) -> None:
    r"""``"\ud800"`` is a legal JSON escape that UTF-8 cannot encode: it would fail later. Only an
    escape can make one, so a text without escapes is spared this second pass."""
    json.dumps(value, ensure_ascii=False).encode("utf-8")


_DECODER = json.JSONDecoder(object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
