"""Workers of one hub in one process: each with what it keeps itself, over one Redis server."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from tests.adapters.people import AT
from tests.connection import PATIENCE_SECONDS
from tongxing.gateway.answering.shared_statements import SharedStatements
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.gateway.cache_place import CachePlace
from tongxing.gateway.sharing.presence import Presence
from tongxing.gateway.sharing.redis_line import RedisFault, RedisLine
from tongxing.gateway.sharing.shared_values import SharedValues
from tongxing.keys import HolderKey

KEY = HolderKey(b"k" * 32)
LIFETIME_SECONDS = 60.0
SPACE = "tongxing:test"


@dataclass(eq=False)
class Worker:
    """``patience_seconds``: a test that measures no time lets a busy machine have it."""

    url: str
    patience_seconds: float = PATIENCE_SECONDS
    key: HolderKey = KEY
    at: datetime = AT
    exchanges: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)
    turns: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cache = StatementCache(
            lifetime_seconds=LIFETIME_SECONDS,
            room_of_client=100_000_000,
            room=1_000_000_000,
            clock=monotonic,
        )
        self.presence = Presence(monotonic, lambda here, _: self.turns.append(here))
        self.line = RedisLine(CachePlace.of(self.url), self.patience_seconds, self._heard)
        self.values = SharedValues(
            self.line, self.presence, space=SPACE, lifetime_seconds=LIFETIME_SECONDS
        )
        self.shared = SharedStatements(
            self.values,
            self.cache,
            self.key,
            lifetime_seconds=LIFETIME_SECONDS,
            watch=self,
            clock=lambda: self.at,
        )

    def shared_statements(self, result: str, number: int) -> None:
        self.results[result] += number

    def _heard(self, fault: RedisFault | None) -> None:
        self.exchanges[fault or "GOOD"] += 1
        self.presence.heard(fault)

    async def came(self, *, here: bool = True) -> None:
        """Returns when the server counts as being there; or not any more."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.presence.is_here is not here:
                await asyncio.sleep(0.005)


@asynccontextmanager
async def running(*workers: Worker, wait: bool = True) -> AsyncIterator[None]:
    """Until the end of the block they look for the server. It begins when they have found it."""
    going = [asyncio.create_task(each.values.go_on(each.shared.hear)) for each in workers]
    try:
        if wait:
            for each in workers:
                await each.came()
        yield
    finally:
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
        for each in workers:
            await each.line.close()
