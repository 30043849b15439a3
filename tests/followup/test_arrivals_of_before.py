"""A database of the version before: its arrivals are events now, and are watched."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.back_ends import open_database, sqlite_only
from tests.followup.arrival_given import AT, CITY, DISTRICT, GATE, arrival, new
from tests.followup.test_arrival_events import words
from tests.followup.test_known_colors import HOURS, Watched, stated
from tongxing.gateway.followup.arrival_store import ArrivalReader
from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.tables import APPLICATION_ID, MIGRATIONS
from tongxing.keys import base64url
from tongxing.schema import Color

BEFORE = next(n for n, step in enumerate(MIGRATIONS) if "arrival_events" in " ".join(step))
"""The version of the tables in which arrivals had neither events nor withdrawals."""

READER = ArrivalReader("jingkou-district", "request-2", (DISTRICT,))


def _row(number: int, color: Color, acknowledged_after: timedelta | None) -> tuple[object, ...]:
    made = arrival(number)
    acknowledged = None if acknowledged_after is None else microseconds(AT + acknowledged_after)
    return (
        base64url.decode(made.id),
        base64url.decode(made.holder),
        made.district,
        made.purpose.value,
        color.value,
        made.decision.value,
        number,
        microseconds(made.recorded_at),
        GATE,
        acknowledged,
        None if acknowledged is None else "jingkou-district",
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "state" / "hub.sqlite3"
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as connection:
        for step in MIGRATIONS[:BEFORE]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {BEFORE}")
        connection.executemany(
            "INSERT INTO arrivals VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                _row(1, Color.GREEN, timedelta(hours=2)),
                _row(2, Color.YELLOW, timedelta(hours=1)),
                _row(3, Color.UNKNOWN, None),
            ],
        )
        connection.commit()
    path.chmod(0o600)
    return path


@sqlite_only
async def test_its_arrivals_come_as_events_in_their_order(path: Path) -> None:
    async with open_database(path) as database:
        page = await Watched(database).events.page(CITY, after=0, first=10, at=AT)
    assert words(page.events) == [
        ("Recorded", 1),
        ("Recorded", 2),
        ("Recorded", 3),
        ("Acknowledged", 2),
        ("Acknowledged", 1),
    ]


@sqlite_only
async def test_its_receipts_still_make_one_arrival_each(path: Path) -> None:
    async with open_database(path) as database:
        store = Watched(database).arrivals
        again = await store.record(new(3), request_id="r")
        assert (again.id, again.recorded_at) == (arrival(3).id, arrival(3).recorded_at)
        withdrawn = await store.withdraw(arrival(3).id, GATE, request_id="r", at=AT)
        assert withdrawn is not None
        elsewhere = new(4, district="321181", receipt=base64url.decode(arrival(3).id))
        assert await store.record(elsewhere, request_id="r") == elsewhere.arrival


@sqlite_only
async def test_what_is_stated_of_them_gets_no_milder_than_it_was_at_the_gate(path: Path) -> None:
    """Nobody knows which issuer had stated the color at the gate."""
    async with open_database(path) as database:
        watched = Watched(database)
        for number in (1, 2, 3):
            await watched.see(number, stated(Color.GREEN, hours=1))
        assert await watched.changes() == []
        for number in (1, 2, 3):
            await watched.see(number, stated(Color.RED, hours=2), at=AT + 2 * HOURS)
            await watched.see(number, stated(Color.GREEN, hours=3), at=AT + 3 * HOURS)
        told = await watched.changes()
    assert told == [
        (1, Color.RED),
        (1, Color.GREEN),
        (2, Color.RED),
        (2, Color.YELLOW),
        (3, Color.RED),
        (3, Color.GREEN),
    ]
