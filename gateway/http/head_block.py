"""The head of an answer as it is sent, prepared once for answers that have the same headers.

Almost all answers have one of a few heads, but for their length, their id and the date. Responsible
for the octets of what does not change; refuses a header that would be read as more than one.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

BLOCKS_REMEMBERED = 64
"""Heads that differ. The hub's own answers have some twenty; no client decides what is in them."""

Header = tuple[bytes, bytes]

_NAME = re.compile(rb"[0-9a-z!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")


class HeadBlock(NamedTuple):
    """``octets`` end behind a header, so that more of them may follow. ``closes``: the connection
    ends with this answer."""

    octets: bytes
    closes: bool


@lru_cache(BLOCKS_REMEMBERED)
def head_block(status: int, headers: tuple[Header, ...]) -> HeadBlock:
    """Names are in lower case. Raises ValueError for what is no header."""
    for name, value in headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError("this is no header")
    begin = b"HTTP/1.1 %d %s\r\n" % (status, HTTPStatus(status).phrase.encode("ascii"))
    return HeadBlock(begin + lines(headers), (b"connection", b"close") in headers)


def lines(headers: Iterable[Header]) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)
