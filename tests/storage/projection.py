"""The tables that are filled in behind the log, and what they would be if they were made anew."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.back_ends import open_session, run_sql
from tongxing.gateway.storage.indexing import BLOCK_ENTRIES, fill
from tongxing.gateway.storage.sessions import Session

TABLES = ("audit_holders", "audit_requests", "audit_spans")

Projection = Mapping[str, Sequence[Any]]


def indexed_until(path: Path) -> int:
    ((until,),) = run_sql(path, "SELECT until FROM audit_indexed")
    return int(until)


async def is_filled_in(path: Path, entries: int) -> None:
    """Return once all whole blocks of so many entries are."""
    while indexed_until(path) < entries - entries % BLOCK_ENTRIES:
        await asyncio.sleep(0.005)


def projections(path: Path, blocks_at_once: int = 1) -> tuple[Projection, Projection]:
    """What is in the database, and what is filled in from the log if all of that is thrown away;
    the database stays as it is."""
    with closing(open_session(path)) as session:
        session.execute("BEGIN")
        kept = _read(session)
        throw_away(session)
        ((until,),) = kept["audit_indexed"]
        for _ in range(0, until, blocks_at_once * BLOCK_ENTRIES):
            left = until // BLOCK_ENTRIES - _read(session)["audit_indexed"][0][0] // BLOCK_ENTRIES
            fill(session, min(blocks_at_once, left))
        anew = _read(session)
        session.execute("ROLLBACK")
    return kept, anew


def throw_away(session: Session) -> None:
    for table in TABLES:
        session.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
    session.execute("UPDATE audit_indexed SET until = 0")


def _read(session: Session) -> Projection:
    return {
        table: sorted(session.execute(f"SELECT * FROM {table}"))  # noqa: S608 - constants
        for table in (*TABLES, "audit_indexed")
    }
