"""COMMIT means "on disk": which settings are chosen, and that they are in force."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from tongxing.gateway.storage import Database, durability
from tongxing.gateway.storage.sqlite import ROLLBACK_JOURNAL, WRITE_AHEAD_LOG
from tongxing.gateway.storage.sqlite_library import sqlite3

ROOT = Path(__file__).resolve().parents[2]

CHOICES = {
    "3.40.1 may lose writes in WAL": ((3, 40, 1), ROLLBACK_JOURNAL),
    "3.44.5 may lose writes in WAL": ((3, 44, 5), ROLLBACK_JOURNAL),
    "3.44.6 is mended": ((3, 44, 6), WRITE_AHEAD_LOG),
    "3.45.0 is later, and not mended": ((3, 45, 0), ROLLBACK_JOURNAL),
    "3.50.6 may lose writes in WAL": ((3, 50, 6), ROLLBACK_JOURNAL),
    "3.50.7 is mended": ((3, 50, 7), WRITE_AHEAD_LOG),
    "3.51.2 may lose writes in WAL": ((3, 51, 2), ROLLBACK_JOURNAL),
    "3.51.3 is mended": ((3, 51, 3), WRITE_AHEAD_LOG),
    "3.52.0 stays mended": ((3, 52, 0), WRITE_AHEAD_LOG),
}


@pytest.mark.parametrize(("version", "chosen"), CHOICES.values(), ids=CHOICES)
def test_the_journal_is_chosen_by_version(version: tuple[int, int, int], chosen: object) -> None:
    assert durability(version) is chosen


async def test_the_choice_is_in_force_where_the_hub_writes(path: Path) -> None:
    chosen = durability(sqlite3.sqlite_version_info)
    async with Database.open(path) as database:
        [(journal,)] = await database.write(lambda t: t.execute("PRAGMA journal_mode"))
        [(synchronous,)] = await database.write(lambda t: t.execute("PRAGMA synchronous"))
    assert journal == chosen.journal_mode
    assert synchronous == {"FULL": 2, "EXTRA": 3}[chosen.synchronous]


def test_the_library_that_the_program_brings_may_use_a_write_ahead_log() -> None:
    assert durability(sqlite3.sqlite_version_info) is WRITE_AHEAD_LOG


async def test_a_program_that_reads_for_long_stops_no_commit(path: Path) -> None:
    async with Database.open(path) as database:
        with closing(sqlite3.connect(path)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM audit_entries").fetchall()
            await database.write(
                lambda t: t.execute("INSERT INTO facts VALUES ('a fact', 1, 'its digest')")
            )
            assert reader.execute("SELECT count(*) FROM facts").fetchall() == [(0,)]


async def test_a_database_of_the_time_of_the_rollback_journal_is_taken_over(path: Path) -> None:
    async with Database.open(path) as database:
        await database.write(lambda t: t.execute("INSERT INTO facts VALUES ('old', 1, 'digest')"))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode = delete").fetchone() == ("delete",)
    async with Database.open(path) as database:
        assert await database.fetch("SELECT name FROM facts") == [("old",)]
        assert await database.fetch("PRAGMA journal_mode") == [("wal",)]


def test_no_other_sqlite_opens_a_database_of_the_hub() -> None:
    """Two libraries in one process give up each other's locks. The city's books are its own."""
    plain = re.compile(r"^\s*(import|from) sqlite3\b", re.MULTILINE)
    files = [
        file for room in ("gateway", "tests", "benchmarks") for file in ROOT.glob(f"{room}/**/*.py")
    ]
    assert len(files) > 500
    importing = [file for file in files if plain.search(file.read_text("utf-8"))]
    assert importing == [ROOT / "gateway" / "storage" / "sqlite_library.py"]
