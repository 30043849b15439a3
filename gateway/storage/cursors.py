"""Cursors: a place in a list, as a text that a client hands back unchanged.

One codec for all lists. What may never change is its text: clients keep cursors for a long time.
"""

import re
from dataclasses import dataclass

from tongxing.keys import base64url

_NUMBER = re.compile(r"[0-9]{1,16}")


class InvalidCursor(ValueError):
    """A cursor that did not come from this list."""


@dataclass(frozen=True, slots=True)
class Cursors:
    """The cursors of one list. ``prefix`` names the list and the version of its cursors, so that a
    cursor of one list is refused by the others."""

    prefix: str

    def at(self, number: int) -> str:
        return base64url.encode(f"{self.prefix}:{number}".encode())

    def number(self, unchecked_cursor: str) -> int:
        """Raises InvalidCursor."""
        try:
            text = base64url.decode(unchecked_cursor).decode("ascii")
        except ValueError:
            raise InvalidCursor("the cursor did not come from this list") from None
        prefix, _, number = text.partition(":")
        if prefix != self.prefix or _NUMBER.fullmatch(number) is None:
            raise InvalidCursor("the cursor did not come from this list")
        return int(number)
