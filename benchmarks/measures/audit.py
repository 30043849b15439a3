"""How many bytes the audit log takes on disk, for a record.

Hot questions write nothing but their records, so what the state directory grew by is theirs, with
what is filled in behind them; the daily list of a new hub is waited for. Of the database its pages
count, as a reader sees them: with a write-ahead log the file itself grows later.
"""

import re
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.goals import Goal
from benchmarks.measure import NotMeasured, ask_once, under_load
from benchmarks.measures.run import Run
from benchmarks.questions import always, is_recognition, of_hub
from benchmarks.rows import Row
from benchmarks.stage import Stage
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.sandbox.provisioning.layout import Layout

_INDEX = re.compile(rb'"auditIndex":"?(\d+)')

RECORDS = 4_000
"""So many that a page more or less does not count."""

ROUNDS_MAX = 30

LIST_SECONDS = 120
"""A new hub takes its issuer's daily list in the background."""


def audit_bytes(run: Run, goals: Sequence[Goal]) -> list[Row]:
    stage = run.stage
    request = of_hub(stage, run.travelers.known_to_all())
    _wait_for_the_list(stage)
    first, bytes_before = _index(stage, request), _bytes_kept(stage)
    records = 0
    for _ in range(ROUNDS_MAX):
        under_load(stage, stage.servers["hub"], always(request), is_recognition)
        records = _index(stage, request) - first
        if records >= RECORDS:
            break
    grown = _bytes_kept(stage) - bytes_before
    print(f"\naudit log: {records:,} records of hot questions take {grown:,} bytes on disk")
    (goal,) = goals
    return [Row(goal, grown / records, {"records": float(records), "bytes": float(grown)})]


def _index(stage: Stage, request: bytes) -> int:
    found = _INDEX.search(ask_once(stage.hub_url, request)[1])
    if found is None:
        raise NotMeasured("an answer without an audit index")
    return int(found[1])


def _wait_for_the_list(stage: Stage) -> None:
    for _ in range(LIST_SECONDS):
        with closing(_opened(stage.layout.database)) as connection:
            if connection.execute("SELECT 1 FROM lists WHERE complete = 1").fetchall():
                return
        time.sleep(1)
    raise NotMeasured("the daily list was not taken in time")


def _bytes_kept(stage: Stage) -> int:
    """Of the database and of every other file, logs for people apart."""
    layout = stage.layout
    others = (
        file.stat().st_size
        for file in layout.directory.rglob("*")
        if file.is_file() and layout.logs not in file.parents and not _is_database(file, layout)
    )
    return _database_bytes(layout.database) + sum(others)


def _is_database(file: Path, layout: Layout) -> bool:
    """The file, its journals and what is shared about them."""
    name = layout.database.name
    return file.parent == layout.directory and file.name in {
        name,
        *(f"{name}-{passing}" for passing in ("journal", "wal", "shm")),
    }


def _database_bytes(database: Path) -> int:
    with closing(_opened(database)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(page_bytes)


def _opened(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
