"""A bounded memory: the one place that limits what this process remembers.

Responsible for the limit, in bytes, and for the end of each entry. Refuses to know what is
remembered, and to read a clock: it is handed one, monotonic or at least the one by which the
entries end.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from math import inf
from operator import attrgetter
from typing import Final, Generic, Protocol, TypeVar

ENTRY_BYTES = 320
"""What a memory itself takes for one entry, at the most: its place in the order and in the table
(while a table grows, the old one beside the new one), its size and its end. Measured in
tests/test_bounded_memory.py."""

TIDIED_AT_ONCE = 64
"""Ended entries that one call lets go of, some 30 µs: a million that end together must not hold up
the event loop."""

PARTS_AT_ONCE = 64
"""Parts that one call looks at."""

TIDIED_EVERY_SECONDS = 0.05
"""Between two calls while entries are left that have ended."""

LOOK_SECONDS = 1.0
"""Between two looks whether any have."""

GIVEN_BACK = 1_024
"""One part in so many of the room is freed at once if all of it is taken."""

P = TypeVar("P")
K = TypeVar("K")
V = TypeVar("V")


VALUE: Final = 0
SIZE: Final = 1
ENDS: Final = 2
"""Of an entry, which is a bare tuple: if a value holds no other objects, the garbage collector then
leaves it alone, and a million entries are not walked through again and again."""


def _timeless() -> float:
    return 0.0


class BoundedMemory(Generic[K, V]):
    """Entries take at most ``room`` bytes together. An entry that has ended, by ``clock``
    (seconds), is not found. If the room is used up, the entry that ends first goes first; of those
    that end at the same time, or never, the least recently put."""

    def __init__(self, room: int, clock: Callable[[], float] = _timeless) -> None:
        self._room = room
        self._clock = clock
        self._by_end: OrderedDict[K, tuple[V, int, float]] = OrderedDict()
        self.taken = 0

    def __len__(self) -> int:
        return len(self._by_end)

    def get(self, key: K) -> V | None:
        entry = self._by_end.get(key)
        if entry is None:
            return None
        value, _, ends = entry
        return None if ends < inf and ends <= self._clock() else value

    def put(self, key: K, value: V, *, size: int, ends: float = inf) -> None:
        """Remember ``value`` until ``ends``, by the clock of this memory. ``size`` is what key and
        value take, in bytes, at the most; ENTRY_BYTES are added."""
        self.forget(key)
        self._insert(key, (value, size + ENTRY_BYTES, ends))
        self.taken += size + ENTRY_BYTES
        if self.taken > self._room:
            self.give_back(self.taken - self._room)
        self.tidy()

    def forget(self, key: K) -> None:
        entry = self._by_end.pop(key, None)
        if entry is not None:
            self.taken -= entry[SIZE]

    def items(self) -> Iterator[tuple[K, V]]:
        """All entries. The memory must not change until the last one was taken."""
        now = self._clock()
        return ((key, each[VALUE]) for key, each in self._by_end.items() if each[ENDS] > now)

    def give_back(self, size: int) -> None:
        """Forget entries of so many bytes or more, those that end first; none if it is not
        positive."""
        left = self.taken - size
        while self._by_end and self.taken > left:
            self.forget(next(iter(self._by_end)))

    def tidy(self) -> bool:
        """Let go of some entries that have ended; whether more may be left."""
        now, by_end = self._clock(), self._by_end
        for _ in range(TIDIED_AT_ONCE):
            if not by_end:
                return False
            key = next(iter(by_end))
            if by_end[key][ENDS] > now:
                return False
            self.forget(key)
        return True

    def clear(self) -> None:
        self._by_end.clear()
        self.taken = 0

    def _insert(self, key: K, entry: tuple[V, int, float]) -> None:
        """In the order of the ends. Entries mostly live equally long, so there is little to move;
        a heap would cost an entry twice the memory."""
        by_end, later = self._by_end, []
        while by_end and by_end[next(reversed(by_end))][ENDS] > entry[ENDS]:
            later.append(by_end.popitem())
        by_end[key] = entry
        by_end.update(reversed(later))


class PartedMemory(Generic[P, K, V]):
    """A BoundedMemory of ``room_of_part`` bytes for each part. What is put into one part is not
    found in another, and drives nothing out of it unless all parts together take more than
    ``room``: then the part that takes most gives some back, so that no part is driven below what
    each would have if all were alike."""

    def __init__(
        self, room_of_part: int, room: int, clock: Callable[[], float] = _timeless
    ) -> None:
        self._room_of_part = room_of_part
        self._room = room
        self._clock = clock
        self._parts: OrderedDict[P, BoundedMemory[K, V]] = OrderedDict()
        self.taken = 0

    def get(self, part: P, key: K) -> V | None:
        memory = self._parts.get(part)
        return None if memory is None else memory.get(key)

    def part(self, part: P) -> BoundedMemory[K, V] | None:
        """To look several keys up; none of them may be put or forgotten there."""
        return self._parts.get(part)

    def put(self, part: P, key: K, value: V, *, size: int, ends: float = inf) -> None:
        memory = self._parts.get(part)
        if memory is None:
            memory = self._parts[part] = BoundedMemory(self._room_of_part, self._clock)
        before = memory.taken
        memory.put(key, value, size=size, ends=ends)
        self.taken += memory.taken - before
        if self.taken > self._room:
            self._make_room()
        if len(self._parts) > 1:
            self._tidy_one()

    def forget(self, part: P, key: K) -> None:
        memory = self._parts.get(part)
        if memory is not None:
            before = memory.taken
            memory.forget(key)
            self.taken += memory.taken - before

    def forget_everywhere(self, key: K) -> None:
        for part in self._parts:
            self.forget(part, key)

    def items(self) -> Iterator[tuple[P, K, V]]:
        """As BoundedMemory.items, of all parts."""
        return (
            (part, key, value)
            for part, memory in self._parts.items()
            for key, value in memory.items()
        )

    def clear(self) -> None:
        self._parts.clear()
        self.taken = 0

    def tidy(self) -> bool:
        """As BoundedMemory.tidy, of one part after another in turn, so that no part keeps what has
        ended because nothing more is put into it."""
        parts = min(len(self._parts), PARTS_AT_ONCE)
        return any(self._tidy_one() for _ in range(parts)) or len(self._parts) > PARTS_AT_ONCE

    def _tidy_one(self) -> bool:
        """To look at all of them at each ``put`` would make one client slower the more others
        there are."""
        part, memory = next(iter(self._parts.items()))
        before = memory.taken
        is_more_left = memory.tidy()
        self.taken += memory.taken - before
        if len(memory):
            self._parts.move_to_end(part)
        else:
            del self._parts[part]
        return is_more_left

    def _make_room(self) -> None:
        """Some at once: to look for the part that takes most costs the more the more there are."""
        while self.taken > self._room:
            most: BoundedMemory[K, V] = max(self._parts.values(), key=attrgetter("taken"))
            before = most.taken
            most.give_back(self.taken - self._room + self._room // GIVEN_BACK)
            self.taken += most.taken - before


class Tidied(Protocol):
    def tidy(self) -> bool: ...


async def tidy_in_time(memories: Sequence[Tidied]) -> None:
    """Let go of what has ended in ``memories``, even if nothing more is put into them, piece by
    piece, for as long as the hub runs."""
    while True:
        left = [memory.tidy() for memory in memories]
        await asyncio.sleep(TIDIED_EVERY_SECONDS if any(left) else LOOK_SECONDS)
