"""Room beside an answer for what was written of it, so that it is not written again.

An answer that is given again differs from the one before in a few members alone. Whoever writes
answers out may keep the rest here, under a number of its own; the texts go when the answer goes.
Refuses to know what is kept.
"""

from typing import Generic, TypeVar

T = TypeVar("T")

MOST_TEXTS = 4
"""Operations that clients ask about one traveler; a few at the most."""


class KeptTexts(Generic[T]):
    """For ``room`` bytes of texts."""

    __slots__ = ("_room", "_texts")

    def __init__(self, room: int) -> None:
        self._room = room
        self._texts: dict[int, T] = {}

    def get(self, number: int) -> T | None:
        return self._texts.get(number)

    @property
    def is_full(self) -> bool:
        """Whether no other text is kept, however short."""
        return len(self._texts) >= MOST_TEXTS

    def keep(self, number: int, text: T, size: int) -> bool:
        """``text`` of ``size`` bytes, if there is room for it; whether there was."""
        if size > self._room or self.is_full:
            return False
        self._room -= size
        self._texts[number] = text
        return True
