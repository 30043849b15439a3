"""Who follows notices misses none, however they come."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.followup.arrival_given import AT, CITY, DISTRICT, arrival
from tongxing.gateway.followup.arrival_notices import ArrivalNotices
from tongxing.gateway.followup.arrival_store import ArrivalStore
from tongxing.gateway.storage import Database

SOON_SECONDS = 10.0


def clock() -> datetime:
    return AT


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ArrivalStore]:
    async with Database.open(tmp_path / "state" / "hub.sqlite3") as database:
        yield ArrivalStore(database)


async def test_open_ones_come_first_then_each_new_one(store: ArrivalStore) -> None:
    notices = ArrivalNotices(store, clock)
    await store.record(arrival(1), request_id="r")
    following = notices.follow(CITY, 0)
    async with asyncio.timeout(SOON_SECONDS):
        assert (await anext(following)).arrival.recognition == 1
        waiting = asyncio.create_task(anext(following))
        await store.record(arrival(2), request_id="r")
        notices.announce()
        assert (await waiting).arrival.recognition == 2
    await following.aclose()


async def test_one_that_another_process_recorded_comes_too(store: ArrivalStore) -> None:
    following = ArrivalNotices(store, clock).follow(DISTRICT, 0)
    waiting = asyncio.create_task(anext(following))
    await store.record(arrival(3), request_id="r")
    async with asyncio.timeout(SOON_SECONDS):
        assert (await waiting).arrival.recognition == 3
    await following.aclose()


async def test_who_comes_back_goes_on_behind_the_last_one(store: ArrivalStore) -> None:
    for number in range(3):
        await store.record(arrival(number), request_id="r")
    notices = ArrivalNotices(store, clock)
    first = notices.follow(CITY, 0)
    seen = [await anext(first), await anext(first)]
    await first.aclose()
    again = notices.follow(CITY, seen[-1].number)
    assert (await anext(again)).arrival.recognition == 2
    await again.aclose()
