"""Cursors: a place in a list, as a text that a client hands back unchanged.

One codec for all lists. What may never change is its text: clients keep cursors for a long time.
"""

import re
from dataclasses import dataclass

from tongxing.keys import base64url

_NUMBER = re.compile(r"[0-9]+")


_MOST = 2**63 - 1
"""Databases count no further."""


class InvalidCursor(ValueError):
    """A cursor that did not come from this list."""


class CursorTooOld(ValueError):
    """A cursor of this list, behind which something is not kept any more."""


@dataclass(frozen=True, slots=True)
class Cursors:
    """The cursors of one list. ``prefix`` names the list and the version of its cursors, so that a
    cursor of one list is refused by the others. ``digits`` are those of its highest place."""

    prefix: str
    digits: int = 16

    def at(self, number: int) -> str:
        return base64url.encode(f"{self.prefix}:{number}".encode())

    def number(self, unchecked_cursor: str) -> int:
        """Raises InvalidCursor."""
        try:
            text = base64url.decode(unchecked_cursor).decode("ascii")
        except ValueError:
            raise InvalidCursor("the cursor did not come from this list") from None
        prefix, _, number = text.partition(":")
        is_place = _NUMBER.fullmatch(number) is not None and len(number) <= self.digits
        if prefix != self.prefix or not is_place or int(number) > _MOST:
            raise InvalidCursor("the cursor did not come from this list")
        return int(number)
