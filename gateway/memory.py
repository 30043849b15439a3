"""A bounded memory: the one place that limits what this process remembers.

Responsible for the limit and for the end of each entry. Refuses to know what is remembered, and to
read a clock: it is handed one, monotonic or at least the one by which the entries end.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from math import inf
from typing import Generic, NamedTuple, TypeVar

P = TypeVar("P")
K = TypeVar("K")
V = TypeVar("V")


class _Entry(NamedTuple, Generic[V]):
    value: V
    weight: int
    ends: float


def _timeless() -> float:
    return 0.0


class BoundedMemory(Generic[K, V]):
    """Entries weigh at most ``capacity`` together. An entry that has ended, by ``clock`` (seconds),
    is neither found nor counted. Beyond the capacity the entry that ends first goes first; of those
    that end at the same time, or never, the least recently put."""

    def __init__(self, capacity: int, clock: Callable[[], float] = _timeless) -> None:
        self._capacity = capacity
        self._clock = clock
        self._by_end: OrderedDict[K, _Entry[V]] = OrderedDict()
        self._weight = 0

    def get(self, key: K) -> V | None:
        entry = self._by_end.get(key)
        return None if entry is None or entry.ends <= self._clock() else entry.value

    def put(self, key: K, value: V, *, weight: int = 1, ends: float = inf) -> None:
        """Remember ``value`` until ``ends``, by the clock of this memory."""
        self.forget(key)
        self._insert(key, _Entry(value, weight, ends))
        self._weight += weight
        self._make_room()

    def forget(self, key: K) -> None:
        entry = self._by_end.pop(key, None)
        if entry is not None:
            self._weight -= entry.weight

    def items(self) -> Iterator[tuple[K, V]]:
        """All entries. The memory must not change until the last one was taken."""
        now = self._clock()
        return ((key, entry.value) for key, entry in self._by_end.items() if entry.ends > now)

    def is_empty(self) -> bool:
        """Lets go of what has ended first, as every ``put`` does."""
        self._make_room()
        return not self._by_end

    def clear(self) -> None:
        self._by_end.clear()
        self._weight = 0

    def _insert(self, key: K, entry: _Entry[V]) -> None:
        """In the order of the ends. Entries mostly live equally long, so there is little to move;
        a heap would cost an entry twice the memory."""
        later = []
        while self._by_end and self._last_end() > entry.ends:
            later.append(self._by_end.popitem())
        self._by_end[key] = entry
        self._by_end.update(reversed(later))

    def _last_end(self) -> float:
        return next(reversed(self._by_end.values())).ends

    def _make_room(self) -> None:
        now = self._clock()
        while self._by_end:
            key, entry = next(iter(self._by_end.items()))
            if entry.ends > now and self._weight <= self._capacity:
                return
            self.forget(key)


class PartedMemory(Generic[P, K, V]):
    """A BoundedMemory of ``capacity`` for each part. What is put into one part is not found in
    another, and drives nothing out of it."""

    def __init__(self, capacity: int, clock: Callable[[], float] = _timeless) -> None:
        self._capacity = capacity
        self._clock = clock
        self._parts: OrderedDict[P, BoundedMemory[K, V]] = OrderedDict()

    def get(self, part: P, key: K) -> V | None:
        memory = self._parts.get(part)
        return None if memory is None else memory.get(key)

    def put(self, part: P, key: K, value: V, *, ends: float = inf) -> None:
        memory = self._parts.get(part)
        if memory is None:
            memory = self._parts[part] = BoundedMemory(self._capacity, self._clock)
        memory.put(key, value, ends=ends)
        self._tidy_one()

    def forget(self, part: P, key: K) -> None:
        memory = self._parts.get(part)
        if memory is not None:
            memory.forget(key)

    def forget_everywhere(self, key: K) -> None:
        for memory in self._parts.values():
            memory.forget(key)

    def items(self) -> Iterator[tuple[P, K, V]]:
        """As BoundedMemory.items, of all parts."""
        return (
            (part, key, value)
            for part, memory in self._parts.items()
            for key, value in memory.items()
        )

    def clear(self) -> None:
        self._parts.clear()

    def _tidy_one(self) -> None:
        """Part after part in turn, so that no part keeps what has ended because nothing more is
        put into it. To look at all of them at each ``put`` would make one client slower the more
        others there are."""
        part, memory = next(iter(self._parts.items()))
        if memory.is_empty():
            del self._parts[part]
        else:
            self._parts.move_to_end(part)
