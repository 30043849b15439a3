"""COMMIT means "on disk": which settings are chosen, and that they are in force."""

import sqlite3
from pathlib import Path

import pytest

from tongxing.gateway.storage import Database, durability
from tongxing.gateway.storage.sqlite import ROLLBACK_JOURNAL, WRITE_AHEAD_LOG

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
