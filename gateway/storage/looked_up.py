"""What was looked up lately and is forgotten at once when it changes, whichever process changes it.

Misses are not remembered: what is new works immediately, and invented keys use no memory.
"""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from tongxing.gateway.memory import BoundedMemory
from tongxing.gateway.storage.news import News, Topic

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

REMEMBERED_SECONDS = 5.0
"""How long at most what has ended still counts if another process ended it and its news is not
heard (promises: revocation takes effect within 5 s under load)."""


class LookedUp(Generic[K, V]):
    """Takes ``room`` bytes at the most; all of it is forgotten when ``topic`` has news. ``clock``
    is monotonic, in seconds."""

    def __init__(self, room: int, news: News, topic: Topic, clock: Callable[[], float]) -> None:
        self._news = news
        self._clock = clock
        self._remembered: BoundedMemory[K, V] = BoundedMemory(room, clock)
        self._changes = 0
        news.call(topic, self._forget)

    async def of(
        self, key: K, look_up: Callable[[K], Awaitable[V | None]], size: Callable[[V], int]
    ) -> V | None:
        """As ``look_up`` says, which is asked seldom. ``size`` of a value is in bytes."""
        remembered = self._remembered.get(key)
        if remembered is not None:
            return remembered
        # Counted from before the look-up: what it finds was true then, perhaps not later.
        changes, ends = self._changes, self._clock() + self._news.seconds(REMEMBERED_SECONDS)
        found = await look_up(key)
        if found is None:
            self._remembered.forget(key)
        elif changes == self._changes:
            self._remembered.put(key, found, size=size(found), ends=ends)
        return found

    def forget(self, key: K) -> None:
        """Somebody knows that it is no longer so."""
        self._remembered.forget(key)

    def _forget(self) -> None:
        self._changes += 1
        self._remembered.clear()
