"""Who follows the events of arrivals misses none, however they come."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.back_ends import open_database, sqlite_only
from tests.followup.arrival_given import AT, CITY, DISTRICT, GATE, arrival, new
from tests.storage.disk import Disk
from tongxing.gateway.followup.arrival_columns import KEPT_FOR
from tongxing.gateway.followup.arrival_event_store import (
    LOOKED_THROUGH_AT_ONCE,
    OPEN_EVENTS,
    ArrivalEventStore,
    NumberedEvent,
)
from tongxing.gateway.followup.arrival_events import ArrivalEvents
from tongxing.gateway.followup.arrival_store import ArrivalReader, ArrivalStore
from tongxing.gateway.storage import Database, InvalidCursor
from tongxing.gateway.storage.news import News
from tongxing.schema import RegionCode
from tongxing.schema.arrival_event import ArrivalColorChanged

SHANGHAI = RegionCode("310000")
SOON_SECONDS = 10.0
READER = ArrivalReader("jingkou-district", "request-2", (DISTRICT,))


class Kept:
    """The arrivals of a hub, and two processes that tell of them."""

    def __init__(self, database: Database) -> None:
        self.at = AT
        self.database = database
        self.arrivals = ArrivalStore(database)
        self.here, self.beside = (
            ArrivalEvents(ArrivalEventStore(database), self.clock, news)
            for news in (database.news, News())
        )

    def clock(self) -> datetime:
        return self.at

    async def record(self, *numbers: int, district: str = DISTRICT) -> None:
        for number in numbers:
            await self.arrivals.record(new(number, district=district), request_id="r")

    async def acknowledge(self, number: int) -> None:
        await self.arrivals.acknowledge(arrival(number).id, READER, at=self.at)

    async def withdraw(self, number: int) -> None:
        await self.arrivals.withdraw(arrival(number).id, GATE, request_id="r", at=self.at)

    async def told(
        self, count: int, *, region: str = CITY, after: int | None = None
    ) -> Sequence[NumberedEvent]:
        """The first ``count`` events for a follower that begins now."""
        following = self.here.follow(RegionCode(region), after)
        async with asyncio.timeout(SOON_SECONDS):
            events = [await anext(following) for _ in range(count)]
        await following.aclose()
        return events


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        yield Kept(database)


def words(events: Sequence[NumberedEvent]) -> list[tuple[str, int]]:
    return [
        (type(each.event).__name__.removeprefix("Arrival"), each.event.arrival.recognition)
        for each in events
    ]


async def test_all_that_happens_comes_in_the_order_in_which_it_was_committed(kept: Kept) -> None:
    await kept.record(1, 2)
    await kept.acknowledge(2)
    await kept.withdraw(1)
    await kept.record(3)
    assert words(await kept.told(5, after=0)) == [
        ("Recorded", 1),
        ("Recorded", 2),
        ("Acknowledged", 2),
        ("Withdrawn", 1),
        ("Recorded", 3),
    ]


async def test_what_changed_nothing_is_no_event(kept: Kept) -> None:
    await kept.record(1, 1)
    for _ in range(2):
        await kept.acknowledge(1)
    for _ in range(2):
        await kept.withdraw(1)
    await kept.record(1, 2)
    assert [word for word, _ in words(await kept.told(4, after=0))] == [
        "Recorded",
        "Acknowledged",
        "Withdrawn",
        "Recorded",
    ]


async def test_without_a_cursor_the_open_ones_come_first_then_each_new_event(kept: Kept) -> None:
    await kept.record(1, 2, 3)
    await kept.acknowledge(1)
    await kept.withdraw(2)
    following = kept.here.follow(CITY, None)
    async with asyncio.timeout(SOON_SECONDS):
        assert words([await anext(following)]) == [("Recorded", 3)]
        waiting = asyncio.create_task(anext(following))
        await kept.acknowledge(3)
        assert words([await waiting]) == [("Acknowledged", 3)]
    await following.aclose()


async def test_more_open_ones_than_are_read_at_once_come_all(kept: Kept) -> None:
    await kept.record(*range(250))
    events = await kept.told(250)
    assert [number for _, number in words(events)] == list(range(250))


async def test_one_that_another_process_wrote_comes_too(kept: Kept) -> None:
    following = kept.beside.follow(RegionCode(DISTRICT), None)
    waiting = asyncio.create_task(anext(following))
    await kept.record(3)
    async with asyncio.timeout(SOON_SECONDS):
        assert words([await waiting]) == [("Recorded", 3)]
    await following.aclose()


async def test_who_comes_back_goes_on_behind_the_last_one(kept: Kept) -> None:
    """Also if that was one of the open ones: what was closed meanwhile is told then."""
    await kept.record(1, 2, 3)
    first, second = await kept.told(2)
    await kept.acknowledge(3)
    await kept.withdraw(1)
    assert words(await kept.told(3, after=second.number)) == [
        ("Recorded", 3),
        ("Acknowledged", 3),
        ("Withdrawn", 1),
    ]
    assert words(await kept.told(1, after=first.number)) == [("Recorded", 2)]


async def test_a_region_is_told_what_happens_in_it(kept: Kept) -> None:
    await kept.record(1, district="321181")
    await kept.record(2)
    await kept.record(3, district="320102")
    assert words(await kept.told(1, region=DISTRICT, after=0)) == [("Recorded", 2)]
    assert words(await kept.told(2, region=CITY, after=0)) == [("Recorded", 1), ("Recorded", 2)]


async def test_a_look_goes_on_behind_thousands_of_events_elsewhere(kept: Kept) -> None:
    await kept.record(1, district="320102")
    many = [(1,)] * (LOOKED_THROUGH_AT_ONCE + 500)
    sql = "INSERT INTO arrival_events (arrival, kind) VALUES (?, 'ACKNOWLEDGED')"
    await kept.database.write(lambda unit: unit.execute_many(sql, many))
    await kept.record(2)
    assert words(await kept.told(1, after=0)) == [("Recorded", 2)]


async def test_an_event_is_kept_as_long_as_its_arrival(kept: Kept) -> None:
    await kept.record(0)
    (event,) = await kept.told(1)
    kept.at = AT + KEPT_FOR
    await kept.arrivals.record(new(1, at=kept.at), request_id="r")
    assert words(await kept.told(1, after=0)) == [("Recorded", 1)]
    assert await kept.arrivals.sweep(kept.at) == 1
    left = await kept.database.fetch("SELECT count(*) FROM arrival_events")
    assert left == [(1,)]
    (later,) = await kept.told(1)
    assert later.number > event.number


async def test_a_number_that_was_never_given_is_no_cursor(kept: Kept) -> None:
    await kept.record(0)
    await kept.here.check(1)
    with pytest.raises(InvalidCursor):
        await kept.here.check(2)
    await kept.arrivals.sweep(AT + KEPT_FOR + timedelta(hours=1))
    await kept.here.check(1)


@sqlite_only
async def test_a_look_for_open_ones_does_not_walk_past_what_is_closed(kept: Kept) -> None:
    plan = await kept.database.fetch(f"EXPLAIN QUERY PLAN {OPEN_EVENTS}", (0, 0, 2, "32", 10, 10))
    assert [step.partition(" (")[0] for *_, step in plan] == [
        "SEARCH arrivals USING INDEX arrivals_open",
        "SEARCH events USING INDEX arrival_events_by_arrival",
    ]


def test_no_event_tells_who_asked_or_when() -> None:
    assert set(ArrivalColorChanged.__annotations__) == {"arrival", "color", "known_at"}


@pytest.mark.parametrize("back_end", ["postgres"], indirect=True)
@pytest.mark.usefixtures("back_end")
async def test_a_follower_goes_past_nothing_that_a_server_could_still_lose(tmp_path: Path) -> None:
    """A transaction of its own waits until all before it is on disk; none if nothing is new."""
    disk = Disk()
    async with open_database(tmp_path / "state" / "hub.sqlite3", disk) as database:
        kept, store = Kept(database), ArrivalEventStore(database)
        await kept.record(1, district=DISTRICT)
        for region, after, found in ((CITY, 0, 1), (SHANGHAI, 0, 0), (CITY, 1, 0)):
            commits = disk.commits
            page = await store.page(region, after=after, first=10, at=AT)
            assert (len(page.events), page.end) == (found, 1)
            assert disk.commits - commits == (after < 1)
