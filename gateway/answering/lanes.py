"""Things that wait to be taken, in a lane for each client: the clients take turns.

Responsible for the order and for the bounds. One client's thousand do not stand before another
client's one. Refuses to know what waits.
"""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")

MOST_WAITING = 16_384
"""At all lanes together. Sixteen whole manifests; a question holds some 500 bytes."""

MOST_WAITING_OF_ONE = 8_192
"""In one lane, so that no client fills all of it. An issuer that answers in time answers no more
than that within the deadline of a question."""


class Lanes(Generic[T]):
    def __init__(self) -> None:
        self._lanes: OrderedDict[str, deque[T]] = OrderedDict()
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def before(self, client_id: str) -> int:
        """So many at the least are taken before what ``client_id`` puts next: all that it has
        waiting, and one of every other client."""
        lane = self._lanes.get(client_id)
        return len(self._lanes) if lane is None else len(lane) + len(self._lanes) - 1

    def put(self, client_id: str, item: T) -> bool:
        """Whether there was room for ``item`` at the end of the client's lane."""
        lane = self._lanes.get(client_id)
        if self._waiting >= MOST_WAITING or (lane and len(lane) >= MOST_WAITING_OF_ONE):
            return False
        if lane is None:
            lane = self._lanes[client_id] = deque()
        lane.append(item)
        self._waiting += 1
        return True

    def take(self) -> T:
        """The first of the client whose turn it is. Raises StopIteration if nothing waits."""
        client_id, lane = next(iter(self._lanes.items()))
        item = lane.popleft()
        self._waiting -= 1
        if lane:
            self._lanes.move_to_end(client_id)
        else:
            del self._lanes[client_id]
        return item
