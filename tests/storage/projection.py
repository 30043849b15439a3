"""The tables that are filled in behind the log, and what they would be if they were made anew."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tongxing.gateway.storage.indexing import BLOCK_ENTRIES, fill
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.sqlite_session import SqliteSession

TABLES = ("audit_holders", "audit_requests", "audit_spans")

Projection = Mapping[str, Sequence[Any]]


def indexed_until(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        ((until,),) = connection.execute("SELECT until FROM audit_indexed")
    return int(until)


async def is_filled_in(path: Path, entries: int) -> None:
    """Return once all whole blocks of so many entries are."""
    while indexed_until(path) < entries - entries % BLOCK_ENTRIES:
        await asyncio.sleep(0.005)


def projections(path: Path, blocks_at_once: int = 1) -> tuple[Projection, Projection]:
    """What is in the file, and what is filled in from the log if all of that is thrown away; the
    file stays as it is."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        kept = _read(connection)
        throw_away(connection)
        ((until,),) = kept["audit_indexed"]
        for _ in range(0, until, blocks_at_once * BLOCK_ENTRIES):
            left = (
                until // BLOCK_ENTRIES - _read(connection)["audit_indexed"][0][0] // BLOCK_ENTRIES
            )
            fill(SqliteSession(connection), min(blocks_at_once, left))
        anew = _read(connection)
        connection.execute("ROLLBACK")
    return kept, anew


def throw_away(connection: sqlite3.Connection) -> None:
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
    connection.execute("UPDATE audit_indexed SET until = 0")


def _read(connection: sqlite3.Connection) -> Projection:
    return {
        table: connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - constants
        for table in (*TABLES, "audit_indexed")
    }
