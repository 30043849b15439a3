"""Whose turn it is: things wait in a lane for each client, and clients take turns by what theirs
cost.

Responsible for the order alone. A client that asks for little is before one that has asked for
much, however many of the other's wait. Refuses to know what waits, and to bound it.
"""

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")


class _Lane(Generic[T]):
    def __init__(self, tag: float, number: int) -> None:
        self.items: deque[tuple[T, float]] = deque()
        self.cost = 0.0
        self.tag = tag
        self.number = number


class FairQueue(Generic[T]):
    """Start-time fair queueing: a lane's tag is what its client has been given, counted from when
    it began to wait, and the lowest tag is next. Costs are positive; ``cost`` is that of all that
    waits."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane[T]] = {}
        self._paid: dict[str, float] = {}
        self._order: list[tuple[float, int, str]] = []
        self._given = 0.0
        self._numbers = 0
        self._waiting = 0
        self.cost = 0.0

    def __len__(self) -> int:
        return self._waiting

    @property
    def names(self) -> Sequence[str]:
        """Of the clients that wait."""
        return list(self._lanes)

    @property
    def clients(self) -> int:
        """How many wait."""
        return len(self._lanes)

    def lane_cost(self, name: str) -> float:
        """Of all that ``name`` waits for."""
        lane = self._lanes.get(name)
        return 0.0 if lane is None else lane.cost

    def put(self, name: str, item: T, cost: float) -> None:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._begin(name)
        lane.items.append((item, cost))
        lane.cost += cost
        self.cost += cost
        self._waiting += 1

    def take(self) -> T:
        """The first of the client whose turn it is. Raises IndexError if nothing waits."""
        while True:
            tag, number, name = heappop(self._order)
            lane = self._lanes.get(name)
            if lane is not None and lane.number == number:
                break
        self._given = tag
        item, cost = lane.items[0]
        lane.tag += cost
        self._drop(name, lane, 0)
        if lane.items:
            heappush(self._order, (lane.tag, number, name))
        return item

    def first(self, name: str) -> T | None:
        """The oldest of ``name``."""
        lane = self._lanes.get(name)
        return None if lane is None else lane.items[0][0]

    def last(self, name: str) -> T | None:
        """The newest of ``name``."""
        lane = self._lanes.get(name)
        return None if lane is None else lane.items[-1][0]

    def remove(self, name: str, item: T) -> None:
        """``item``, which waits."""
        lane = self._lanes[name]
        places = (place for place, (found, _) in enumerate(lane.items) if found is item)
        last = len(lane.items) - 1
        self._drop(name, lane, last if lane.items[last][0] is item else next(places))

    def _begin(self, name: str) -> _Lane[T]:
        """A client that had its turn and comes again at once is not before the others."""
        self._numbers += 1
        tag = max(self._given, self._paid.pop(name, 0.0))
        lane = self._lanes[name] = _Lane(tag, self._numbers)
        heappush(self._order, (tag, self._numbers, name))
        return lane

    def _drop(self, name: str, lane: _Lane[T], place: int) -> None:
        _, cost = lane.items[place]
        del lane.items[place]
        lane.cost -= cost
        self.cost -= cost
        self._waiting -= 1
        if not lane.items:
            del self._lanes[name]
            self._paid[name] = lane.tag
        if not self._waiting:
            self._paid.clear()
            self._order.clear()
            self._given = self.cost = 0.0
