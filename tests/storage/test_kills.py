"""Acknowledged means on disk: the process is killed, and what it acknowledged is there."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.back_ends import open_database, sqlite_only
from tests.storage.disk import Moment
from tests.storage.mortal import (
    append_until_killed,
    die_at,
    die_half_written,
    die_with_what_was_handed_over,
)
from tests.storage.processes import reports, start
from tests.storage.records import SIGNER, intent
from tongxing.gateway.storage.audit import AuditLog, AuditMark

pytestmark = pytest.mark.processes

KILLS = int(os.environ.get("SOAK_KILLS", "20"))
"""``SOAK_KILLS=1000`` for the long run."""


async def _check(path: Path, acknowledged: list[AuditMark]) -> None:
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        head = await log.verify(acknowledged)
    assert head is not None
    assert head.index >= max(mark.index for mark in acknowledged)


async def test_killed_at_random_moments_nothing_acknowledged_is_lost(path: Path) -> None:
    moments = random.Random(20200306)
    acknowledged: list[AuditMark] = []
    for _ in range(KILLS):
        process, pipe = start(append_until_killed, path)
        first = pipe.recv()
        time.sleep(moments.uniform(0, 0.03))  # when to kill is what is tried here
        process.kill()
        latest = [first, *reports(pipe)]
        process.join()
        acknowledged = [mark for marks in latest for mark in marks]
        await _check(path, acknowledged)
    assert acknowledged[-1].index > KILLS


@pytest.mark.parametrize("moment", Moment)
async def test_killed_at_each_statement_nothing_acknowledged_is_lost(
    path: Path, moment: Moment
) -> None:
    """Each process appends to what the one before it left; the last lives to the end."""
    for number in range(1, 30):
        process, pipe = start(die_at, path, number, moment)
        acknowledged = [mark for marks in reports(pipe) for mark in marks]
        process.join()
        await _check(path, acknowledged)
        if process.exitcode == 0:
            break
    assert process.exitcode == 0
    assert number > 8


@pytest.mark.parametrize("at", ["asked", "COMMIT"])
async def test_killed_between_hand_over_and_commit_nobody_was_told(path: Path, at: str) -> None:
    process, pipe = start(die_with_what_was_handed_over, path, at)
    [first] = reports(pipe)
    process.join()
    assert process.exitcode != 0
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        assert await log.verify(first) == first[-1]
        assert await log.append([intent()])


@sqlite_only
async def test_who_reads_first_rolls_back_what_a_killed_process_left_half_written(
    path: Path,
) -> None:
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        [mark] = await log.append([intent()])
        before = _bytes_beside(path)
        process, pipe = start(die_half_written, path)
        assert reports(pipe) == []
        process.join()
        assert _bytes_beside(path) > before
        assert await log.head() == mark
        assert await log.verify() == mark
        await log.append([intent()])


def _bytes_beside(path: Path) -> int:
    """Of the database and its journal, whichever kind it is."""
    return sum(file.stat().st_size for file in path.parent.iterdir())
