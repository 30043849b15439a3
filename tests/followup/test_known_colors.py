"""When the color of a traveler who has arrived changes, and what is told of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import strawberry

from tests.back_ends import open_database, sqlite_only
from tests.followup.arrival_given import AT, CITY, DISTRICT, GATE, HOLDERS, arrival, new
from tests.holder_keys import one as known_as
from tests.storage.disk import Disk
from tongxing.gateway.answering.sightings import Sighting
from tongxing.gateway.followup.arrival_columns import KEPT_FOR
from tongxing.gateway.followup.arrival_event_store import ArrivalEventStore
from tongxing.gateway.followup.arrival_store import ArrivalReader, ArrivalStore, NewArrival
from tongxing.gateway.followup.known_colors import KnownColors, standing_sql
from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.keys import HolderRef
from tongxing.schema import Color, HistoryEntry, RegionCode
from tongxing.schema.arrival import Arrival
from tongxing.schema.arrival_event import ArrivalColorChanged

READER = ArrivalReader("jingkou-district", "request-2", (DISTRICT,))
HOURS = timedelta(hours=1)
GREEN, YELLOW, RED = Color.GREEN, Color.YELLOW, Color.RED


def stated(
    color: Color, *, by: str = "sukangma", place: str = "321100", hours: float = 0
) -> HistoryEntry:
    """What ``by`` states as of so many hours after the arrival."""
    return HistoryEntry(
        issuer=strawberry.ID(by),
        issuing_place=RegionCode(place),
        color=color,
        basis=[],
        previous_color=None,
        as_of=AT + hours * HOURS,
        changed_at=None,
        known_at=AT + hours * HOURS,
        evidence_digest=None,
    )


class Watched:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.arrivals = ArrivalStore(database)
        self.events = ArrivalEventStore(database)
        self.colors = KnownColors()

    async def record(self, number: int, *entries: HistoryEntry, district: str = DISTRICT) -> None:
        await self.arrivals.record(new(number, district=district, stated=entries), request_id="r")

    async def see(self, number: int, *entries: HistoryEntry, at: datetime = AT + HOURS) -> None:
        """As an answer to somebody about the holder of the arrival of this number."""
        sightings = [Sighting(known_as(HolderRef(arrival(number).holder)), lambda: entries)]
        await self.database.write(self.colors.seeing(sightings, at))

    async def changes(self) -> list[tuple[int, Color]]:
        page = await self.events.page(CITY, after=0, first=1_000, at=AT)
        events = [each.event for each in page.events]
        return [
            (each.arrival.recognition, each.color)
            for each in events
            if isinstance(each, ArrivalColorChanged)
        ]

    async def found(self, number: int) -> Arrival:
        found = await self.arrivals.find(arrival(number).id, READER, at=AT)
        assert found is not None
        return found


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        yield Watched(database)


Stated = Sequence[HistoryEntry]
CASES: dict[str, tuple[Stated, Sequence[Stated], list[Color]]] = {
    "an issuer turns the holder red": (
        [stated(GREEN)],
        [[stated(RED, hours=1)]],
        [RED],
    ),
    "the same again, by another client's question": (
        [stated(GREEN)],
        [[stated(RED, hours=1)], [stated(RED, hours=2)]],
        [RED],
    ),
    "red, and green again once the issuer takes it back": (
        [stated(GREEN)],
        [[stated(RED, hours=1)], [stated(GREEN, hours=2)]],
        [RED, GREEN],
    ),
    "nothing changed": ([stated(GREEN)], [[stated(GREEN, hours=1)]], []),
    "the issuer that set the red is silent": (
        [stated(GREEN), stated(RED, by="national")],
        [[stated(GREEN, hours=1)]],
        [],
    ),
    "an issuer that was silent at the gate states a red": (
        [stated(GREEN)],
        [[stated(GREEN, hours=1), stated(RED, by="national", hours=1)]],
        [RED],
    ),
    "an issuer that was silent at the gate states a green": (
        [stated(GREEN)],
        [[stated(GREEN, by="national", hours=1)]],
        [],
    ),
    "a milder red than there is already": (
        [stated(RED, by="national")],
        [[stated(YELLOW, hours=1)]],
        [],
    ),
    "the red goes and a yellow remains": (
        [stated(RED, by="national"), stated(YELLOW)],
        [[stated(GREEN, by="national", hours=1)]],
        [YELLOW],
    ),
    "another place of the same issuer states a green": (
        [stated(YELLOW, place="330300")],
        [[stated(GREEN, place="330100", hours=1)]],
        [],
    ),
    "an older statement comes from a cache": (
        [stated(GREEN)],
        [[stated(RED, hours=2)], [stated(GREEN, hours=1)]],
        [RED],
    ),
    "a statement from before the last one of the same color": (
        [stated(RED)],
        [[stated(RED, hours=2)], [stated(GREEN, hours=1)]],
        [],
    ),
    "no issuer had stated a color, and one states a red": ([], [[stated(RED, hours=1)]], [RED]),
    "no issuer had stated a color, and one states a green": (
        [],
        [[stated(GREEN, hours=1)], [stated(YELLOW, hours=2)]],
        [YELLOW],
    ),
}


@pytest.mark.parametrize(("before", "since", "told"), CASES.values(), ids=CASES)
async def test_a_change_is_told_where(
    watched: Watched, before: Stated, since: Sequence[Stated], told: list[Color]
) -> None:
    await watched.record(1, *before)
    for entries in since:
        await watched.see(1, *entries)
    assert await watched.changes() == [(1, color) for color in told]
    assert (await watched.found(1)).changed_color is (told[-1] if told else None)


async def test_the_day_is_told_and_no_moment(watched: Watched) -> None:
    """The moment is that at which somebody asked."""
    await watched.record(1, stated(GREEN))
    await watched.see(
        1, stated(RED, hours=1), at=datetime.fromisoformat("2020-03-06T23:59:59+08:00")
    )
    page = await watched.events.page(CITY, after=0, first=10, at=AT)
    change = page.events[-1].event
    assert isinstance(change, ArrivalColorChanged)
    end = datetime.fromisoformat("2020-03-07T00:00:00+08:00")
    assert (change.known_at, change.arrival.change_known_at) == (end, end)


async def test_every_arrival_of_the_holder_that_stands_is_told_and_no_other(
    watched: Watched,
) -> None:
    """Several districts may wait for one traveler."""
    await watched.record(1, stated(GREEN))
    again = replace(arrival(1, district="321181"), id=arrival(9).id)
    await watched.arrivals.record(NewArrival(again, b"later", [stated(GREEN)]), request_id="r")
    await watched.record(2, stated(GREEN))
    await watched.see(1, stated(RED, hours=1))
    assert await watched.changes() == [(1, RED), (1, RED)]
    await watched.arrivals.withdraw(arrival(1).id, GATE, request_id="r", at=AT)
    await watched.see(1, stated(YELLOW, hours=2))
    assert await watched.changes() == [(1, RED), (1, RED), (1, YELLOW)]


async def test_an_acknowledged_arrival_goes_on_being_watched(watched: Watched) -> None:
    await watched.record(1, stated(GREEN))
    await watched.arrivals.acknowledge(arrival(1).id, READER, at=AT)
    await watched.see(1, stated(RED, hours=1))
    assert await watched.changes() == [(1, RED)]


async def test_after_14_days_nothing_is_told(watched: Watched) -> None:
    await watched.record(0, stated(GREEN))
    await watched.see(0, stated(RED, hours=1), at=AT + KEPT_FOR)
    assert await watched.changes() == []


async def test_a_manifest_of_many_holders_is_looked_up_at_once(watched: Watched) -> None:
    for number in range(3):
        await watched.record(number, stated(GREEN))
    holders = [HOLDERS.ref("PASSPORT", str(number)) for number in range(1_000)]
    sightings = [Sighting(known_as(holder), lambda: [stated(RED, hours=1)]) for holder in holders]
    await watched.database.write(watched.colors.seeing(sightings, AT))
    assert await watched.changes() == [(0, RED), (1, RED), (2, RED)]


@sqlite_only
async def test_a_look_for_a_holder_walks_past_no_other_arrival(watched: Watched) -> None:
    plan = await watched.database.fetch(f"EXPLAIN QUERY PLAN {standing_sql(1)}", (b"",))
    assert [step for *_, step in plan] == [
        "SEARCH arrivals USING INDEX arrivals_by_holder (holder=?)"
    ]


async def test_answers_of_one_group_about_one_holder_look_it_up_once(tmp_path: Path) -> None:
    """Each has a time of its own."""
    disk = Disk()
    sightings = [Sighting(known_as(HolderRef(arrival(0).holder)), list)]
    async with Database.open(tmp_path / "state" / "hub.sqlite3", disk.connect) as database:
        colors = Watched(database).colors
        one, other = (colors.seeing(sightings, at) for at in (AT, AT + HOURS))

        def both(unit: UnitOfWork) -> tuple[int, int]:
            before = disk.statements
            one(unit)
            between = disk.statements
            other(unit)
            return between - before, disk.statements - between

        assert await database.write(both) == (1, 0)
