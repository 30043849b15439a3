"""From the bytes of a scanner to codes: one a line, however the scanner ends its lines. Pure."""

import re
from collections.abc import Iterator
from enum import StrEnum, unique

LINE_MAX_BYTES = 8 * 1024
"""The longest code that a hub takes has 2,048 characters, of up to four bytes. Error:
LINE_TOO_LONG."""

_ENDS = re.compile(rb"[\r\n]")


@unique
class LineFault(StrEnum):
    """Why a line is no code. The names are stable."""

    LINE_TOO_LONG = "LINE_TOO_LONG"
    LINE_NOT_UTF8 = "LINE_NOT_UTF8"


class CodeLines:
    """Holds the line that has not ended yet, and no more of it than LINE_MAX_BYTES. Lines end with
    CR, LF or both; empty ones are no codes."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._is_too_long = False

    @property
    def is_open(self) -> bool:
        """A line has begun and not ended."""
        return bool(self._line) or self._is_too_long

    def feed(self, octets: bytes) -> Iterator[str | LineFault]:
        *ended, rest = _ENDS.split(octets)
        for part in ended:
            self._take(part)
            yield from self.end()
        self._take(rest)

    def end(self) -> Iterator[str | LineFault]:
        """The line ends here, with or without a mark."""
        line, is_too_long = bytes(self._line), self._is_too_long
        self._line.clear()
        self._is_too_long = False
        if is_too_long:
            yield LineFault.LINE_TOO_LONG
            return
        try:
            code = line.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            yield LineFault.LINE_NOT_UTF8
            return
        if code:
            yield code

    def _take(self, part: bytes) -> None:
        if self._is_too_long or len(self._line) + len(part) > LINE_MAX_BYTES:
            self._line.clear()
            self._is_too_long = True
        else:
            self._line += part
