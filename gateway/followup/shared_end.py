"""How far something that grows has come: looked up once for all who follow it in this process.

Responsible for one look however many follow: a follower compares. Refuses to know what grows; an
end that differs from the one before says that there is more.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import inf
from typing import Generic, TypeVar

from tongxing.gateway.storage.news import News, Topic

LOOK_SECONDS = 2.0
"""How long what another process wrote may stay unseen if its news is not heard."""

T = TypeVar("T")


class SharedEnd(Generic[T]):
    """``look`` finds the present end; ``clock`` is monotonic, in seconds. All methods raise what
    ``look`` raises."""

    def __init__(
        self,
        look: Callable[[], Awaitable[T]],
        news: News,
        topic: Topic,
        clock: Callable[[], float],
    ) -> None:
        self._look = look
        self._news = news
        self._clock = clock
        self._looking = asyncio.Lock()
        self._told = asyncio.Event()
        self._looked_at = -inf
        self._known: list[T] = []
        news.call(topic, self._hear)

    def _hear(self) -> None:
        """There is news: the next look is due, and everybody wakes."""
        self._looked_at = -inf
        told, self._told = self._told, asyncio.Event()
        told.set()

    async def now(self) -> T:
        """As it was after whatever this process has heard of."""
        async with self._looking:
            if self._clock() - self._looked_at >= self._news.seconds(LOOK_SECONDS):
                began, self._looked_at = self._clock(), inf
                try:
                    self._known = [await self._look()]
                except BaseException:
                    self._looked_at = -inf
                    raise
                # News that came during the look has made another one due.
                self._looked_at = min(self._looked_at, began)
            return self._known[0]

    async def other_than(self, seen: T) -> T:
        """The end, once it is not ``seen`` any more."""
        while True:
            told = self._told
            end = await self.now()
            if end != seen:
                return end
            with suppress(TimeoutError):
                async with asyncio.timeout(self._news.seconds(LOOK_SECONDS)):
                    await told.wait()
