"""Notices of arrivals as they come, for the clients that follow them.

Responsible for their order and for missing no notice: each is read from the store, so a follower
that comes back with its last cursor goes on from there, whichever process recorded the arrivals
meanwhile. Refuses to keep anything for a follower: a slow one costs no memory.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import datetime

from tongxing.gateway.followup.arrival_store import ArrivalStore, Numbered
from tongxing.schema import RegionCode

LOOK_SECONDS = 2.0
"""How long an arrival that another process recorded may stay unseen."""

READ_AT_ONCE = 100


class ArrivalNotices:
    """``clock`` gives aware UTC times."""

    def __init__(self, store: ArrivalStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._news = asyncio.Event()

    def announce(self) -> None:
        """An arrival was recorded: wake every follower."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def follow(self, region: RegionCode, after: int) -> AsyncGenerator[Numbered, None]:
        """Every notice within ``region`` above the number ``after``: those that are open already,
        then each new one. Ends when it is closed."""
        while True:
            news = self._news
            page = await self._store.page(
                region, notices=True, first=READ_AT_ONCE, after=after, at=self._clock()
            )
            for notice in page.arrivals:
                yield notice
                after = notice.number
            if not page.has_next:
                await _soon(news)


async def _soon(news: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await news.wait()
    except TimeoutError:
        return
