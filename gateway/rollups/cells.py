"""Cells: what is counted of one kind of event, in one step of time, while it grows and for good.

A cell is shown as a whole or never. Once its step is over it is *sealed* if ten people are in it,
and its number goes up or down to a ten; else it joins the cell of the same events in the day and
then in the month, and is forgotten with the month. So each event is in one sealed cell at the most,
and every figure is a sum of sealed cells: two figures differ by nothing, or by ten people and more.
Refuses to know what is counted.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, msgpack

from tongxing.keys import HolderRef, base64url

LEAST_PEOPLE = 10
ROUNDED_TO = 10

WAIT_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Upper bounds of the times that answers took; a last one has no bound."""

AGE_SECONDS = (
    *(60.0, 300.0, 900.0, 3_600.0, 6 * 3_600.0, 86_400.0),
    *(3 * 86_400.0, 7 * 86_400.0, 14 * 86_400.0, 30 * 86_400.0),
)
"""The same of how old a status was, and of how long an issuer or the truth took."""

Ladder = Sequence[float]
Draw = Callable[[int], int]
"""A random number from 0 up to the one given, which is left out."""

_TAG_BYTES = 8
_Number = Annotated[int, Meta(ge=0)]


class Numbers(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """``waited`` and ``aged`` count by the steps of the two ladders; empty if nothing was
    measured."""

    count: _Number = 0
    waited: tuple[_Number, ...] = ()
    aged: tuple[_Number, ...] = ()

    def plus(self, other: "Numbers") -> "Numbers":
        return Numbers(
            self.count + other.count,
            _added(self.waited, other.waited),
            _added(self.aged, other.aged),
        )


class OpenCell(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """One that still grows. ``people`` are the beginnings of their references, each with its epoch;
    None once there are enough: then the cell knows nobody."""

    numbers: Numbers
    people: frozenset[bytes] | None = frozenset()

    def plus(self, other: "OpenCell") -> "OpenCell":
        numbers = self.numbers.plus(other.numbers)
        if self.people is None or other.people is None:
            return OpenCell(numbers, None)
        return OpenCell(numbers, enough_or(self.people | other.people))

    @property
    def has_enough(self) -> bool:
        return self.people is None

    def sealed(self, draw: Draw) -> Numbers:
        """What is shown of it for good: its number up or down to a ten, the likelier the nearer it
        is. The measured times stay as they are: of them only coarse quantiles are shown."""
        rounded = (self.numbers.count + draw(ROUNDED_TO)) // ROUNDED_TO * ROUNDED_TO
        return msgspec.structs.replace(self.numbers, count=rounded)

    def packed(self) -> bytes:
        people = None if self.people is None else sorted(self.people)
        return msgpack.encode((self.numbers, people))


def enough_or(people: frozenset[bytes]) -> frozenset[bytes] | None:
    """``people``, or None if they are enough. One person has another reference in each epoch of the
    holder key, so that only people of one epoch are surely different ones."""
    epochs = Counter(each[_TAG_BYTES:] for each in people)
    return None if max(epochs.values(), default=0) >= LEAST_PEOPLE else people


def person(holder: HolderRef) -> bytes:
    """The beginning of a reference, and its epoch."""
    octets = base64url.decode(holder)
    return octets[:_TAG_BYTES] + octets[16:]


def unpacked_open(content: bytes) -> OpenCell:
    return msgpack.decode(content, type=OpenCell)


def unpacked(content: bytes) -> Numbers:
    return msgpack.decode(content, type=Numbers)


def step_of(ladder: Ladder, seconds: float) -> tuple[int, ...]:
    """One count at the step of ``seconds``."""
    at = bisect_left(ladder, seconds)
    return tuple(int(each == at) for each in range(len(ladder) + 1))


def quantile(ladder: Ladder, counts: Sequence[int], share: float) -> float | None:
    """The bound, in seconds, up to which ``share`` of all lie; the last one stands for all above it
    too. None if nothing was measured."""
    number = sum(counts)
    if not number:
        return None
    at = next(n for n, reached in enumerate(accumulate(counts)) if reached >= share * number)
    return ladder[min(at, len(ladder) - 1)]


def total(numbers: Iterable[Numbers]) -> Numbers:
    summed = Numbers()
    for each in numbers:
        summed = summed.plus(each)
    return summed


def _added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    if not one or not other:
        return one or other
    return tuple(a + b for a, b in zip(one, other, strict=True))
