"""Callers that append without pause and keep what they were told, while something goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.storage.records import SIGNER, intent, outcome
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog, AuditMark, AuditUnavailable
from tongxing.gateway.storage.head_file import SeenHead
from tongxing.gateway.storage.postgres import PostgresEngine

CALLERS = 8


@dataclass
class Load:
    database: Database
    log: AuditLog
    acknowledged: list[AuditMark] = field(default_factory=list)
    signed: list[SeenHead] = field(default_factory=list)
    refused: int = 0
    ends: bool = False

    async def goes_on(self, more: int = 20) -> None:
        """Return once so many more were acknowledged: by itself, without opening anything."""
        wanted = len(self.acknowledged) + more
        async with asyncio.timeout(60):
            while len(self.acknowledged) < wanted:
                await asyncio.sleep(0.01)

    async def check(self) -> None:
        """What was acknowledged is there, and every tree that was signed is continued."""
        await self.log.verify([*self.acknowledged, *self.signed])


def database_over(url: str, folder: Path) -> Database:
    """``folder`` is that of one machine: its head file lies there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    return Database.over(PostgresEngine(url, folder / "hub.head"), signer=SIGNER)


@asynccontextmanager
async def loaded(url: str, folder: Path) -> AsyncIterator[Load]:
    async with database_over(url, folder) as database:
        load = Load(database, await AuditLog.open(database))
        numbers = count()
        callers = [asyncio.create_task(_call(load, numbers)) for _ in range(CALLERS)]
        try:
            await load.goes_on(1)
            yield load
        finally:
            load.ends = True
            await asyncio.gather(*callers)


async def _call(load: Load, numbers: "count[int]") -> None:
    while not load.ends:
        number = next(numbers)
        try:
            load.acknowledged += await load.log.append([intent(number), outcome(number)])
        except AuditUnavailable:
            load.refused += 1
            await asyncio.sleep(0.01)
        else:
            assert load.database.signed_head is not None
            if number % 10 == 0:
                load.signed.append(load.database.signed_head.head)
