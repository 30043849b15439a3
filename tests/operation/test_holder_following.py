"""The epochs of the holder key in a running process: it knows of all, or does not answer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.connection import PATIENCE_SECONDS
from tests.storage.holders import DAY, FILE, NEW_FILE, PERSON, TERMS, begin
from tests.storage.records import AT
from tongxing.gateway.operation.holder_following import (
    begin_in_time,
    follow_epochs,
    open_holder_keys,
)
from tongxing.gateway.storage import Database, StorageUnavailable
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.gateway.storage.holder_keys import ANNOUNCED_AHEAD, BELIEVED_SECONDS, HolderKeys
from tongxing.gateway.storage.holder_rotation import leave, seal_for
from tongxing.gateway.storage.news import NewsEar, Topic

CLOCKS_APART_SECONDS = 300


@pytest.fixture
def path(tmp_path: Path, back_end: str) -> Path:
    return tmp_path / back_end / "hub.sqlite3"


@dataclass
class Process:
    """One of a hub, and its clocks."""

    at: datetime = AT
    elapsed: float = 0.0
    told: list[tuple[int, datetime]] = field(default_factory=list)
    announced: list[tuple[int, float]] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.elapsed

    def holder_epochs(self, living: int, begun: datetime) -> None:
        self.told.append((living, begun))

    def holder_epoch_announced(self, number: int, seconds: float) -> None:
        self.announced.append((number, seconds))

    async def keys(self, database: Database) -> HolderKeys:
        store = HolderEpochStore(database, FILE)
        return await open_holder_keys(store, FILE, self.at, self.seconds)

    @contextmanager
    def following(self, database: Database, keys: HolderKeys) -> Iterator[None]:
        ear = NewsEar(database.news, Topic.HOLDER_EPOCHS, 0.01, self.seconds)
        store = HolderEpochStore(database, FILE)
        following = follow_epochs(
            store, keys, ear, watch=self, clock=self.clock, elapsed=self.seconds
        )
        task = asyncio.create_task(following)
        try:
            yield
        finally:
            task.cancel()


def test_an_epoch_is_announced_longer_ahead_than_a_process_believes_what_it_read() -> None:
    assert ANNOUNCED_AHEAD.total_seconds() >= BELIEVED_SECONDS + 2 * CLOCKS_APART_SECONDS


async def test_who_has_not_looked_for_minutes_answers_nobody(path: Path) -> None:
    process = Process()
    async with open_database(path) as database:
        keys = await process.keys(database)
        process.elapsed = BELIEVED_SECONDS
        assert len(list(keys.all())) == 1
        process.elapsed += 1
        with pytest.raises(StorageUnavailable):
            keys.all()
        keys.learn(keys.known, process.elapsed)
        assert len(list(keys.all())) == 1


async def test_every_process_hears_of_the_next_and_keeps_what_it_has(path: Path) -> None:
    process = Process()
    async with open_database(path) as database:
        keys = await process.keys(database)
        [first] = keys.all()
        with process.following(database, keys):
            assert await HolderEpochStore(database, FILE).begin(AT + DAY, 1, at=AT)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(list(keys.known)) == 1:
                    process.elapsed += 0.02
                    await asyncio.sleep(0.002)
        assert keys.known.numbered(1) is first
        assert keys.known.at(AT) is first
        assert keys.known.at(AT + DAY) is not first
        assert process.told[-1][0] <= 2
        assert process.told[-1][1] == AT


async def test_a_process_with_a_file_that_opens_nothing_any_more_comes_to_an_end(
    path: Path,
) -> None:
    process = Process()
    async with open_database(path) as database:
        keys = await process.keys(database)
        await seal_for(database, FILE, NEW_FILE)
        await leave(database, NEW_FILE)
        with process.following(database, keys):
            for _ in range(20):
                process.elapsed += BELIEVED_SECONDS / 10
                await asyncio.sleep(0.005)
        with pytest.raises(StorageUnavailable):
            keys.all()


async def test_the_next_one_is_announced_when_it_is_due(path: Path) -> None:
    process = Process()
    async with open_database(path) as database:
        await begin(database, 0)
        store = HolderEpochStore(database, FILE)
        for days, announced in ((29, []), (31, [(2, ANNOUNCED_AHEAD.total_seconds())])):
            process.at = AT + days * DAY
            task = asyncio.create_task(begin_in_time(store, TERMS, process, process.clock))
            if announced:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while not process.announced:
                        await asyncio.sleep(0.002)
            else:
                await store.listed()
                await asyncio.sleep(0.05)
            task.cancel()
            assert process.announced == announced


async def test_around_the_boundary_each_of_two_finds_what_the_other_wrote(path: Path) -> None:
    """Their clocks are minutes apart, so for minutes they write under different epochs."""
    begins = AT + 30 * DAY
    async with open_database(path) as one, open_database(path) as other:
        await begin(one, 0)
        assert await HolderEpochStore(one, FILE).begin(begins, 1, at=AT)
        rings = [(await Process().keys(each)).all() for each in (one, other)]
        written = {
            (ring_of, seconds): rings[ring_of].holder(
                *PERSON, begins.fromtimestamp(begins.timestamp() + seconds, begins.tzinfo)
            )
            for ring_of in (0, 1)
            for seconds in (-300, -1, 0, 1, 300)
        }
        assert len({each.ref for each in written.values()}) == 2
        assert len({each.refs for each in written.values()}) == 1
        assert all(
            each.ref in another.refs for each in written.values() for another in written.values()
        )
