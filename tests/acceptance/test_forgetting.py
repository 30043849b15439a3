"""What is past its time leaves the disk of a hub that nobody asks anything."""

import asyncio
from collections.abc import Mapping
from contextlib import closing

from tests.acceptance.hubs import await_that, serving
from tests.acceptance.standing import NewState
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.sandbox.provisioning.layout import Layout

LONG_AGO = 1_000_000
"""Microseconds after 1970."""

MANY = 1_418
"""More than one piece of a sweep."""

EXPIRED: Mapping[str, str] = {
    "history": "(randomblob(16), 'zhenjiang', '321102', 'RED', '', NULL, ?1, NULL, ?1, NULL, ?1)",
    "arrivals": "(NULL, randomblob(16), x'00', '321102', 'TRAVEL', 'RED', 'REFUSE', 1, ?1, 'c', "
    "NULL, NULL, NULL, NULL, NULL, NULL)",
    "corrections": "(randomblob(16), x'00', 'zhenjiang', 'OTHER', 'd', '321100', 'r', 'REPORTED', "
    "?1, 'c', NULL)",
    "flips": "('zhenjiang', 'DECLARED', randomblob(16), ?1, 'd')",
    "used_once": "(randomblob(32), ?1)",
    "guesses": "(randomblob(16), x'00', x'00', x'00', x'00', ?1, NULL)",
    "tallies": "(hex(randomblob(4)), ?1 / 86400000000, 1, 0, 0, 0, 0, 0)",
}


def _left(layout: Layout) -> dict[str, int]:
    with closing(sqlite3.connect(layout.database, timeout=30)) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in EXPIRED
        }


def _fill(layout: Layout) -> None:
    asyncio.run(Database.open(layout.database).close())
    with closing(sqlite3.connect(layout.database)) as connection:
        for table, values in EXPIRED.items():
            insert = f"INSERT INTO {table} VALUES {values}"  # noqa: S608
            connection.executemany(insert, [(LONG_AGO,)] * MANY)
        connection.commit()


def test_an_idle_hub_deletes_all_that_is_past_its_time(new_layout: NewState) -> None:
    layout = new_layout()
    _fill(layout)
    assert set(_left(layout).values()) == {MANY}
    with serving(layout):
        await_that(lambda: not any(_left(layout).values()), "everything past its time was gone")
