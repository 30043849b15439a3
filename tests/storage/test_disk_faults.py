"""No audit, no answer: the n-th statement fails, the disk is full, a write is cut short."""

import os
import resource
from pathlib import Path

import pytest

from tests.back_ends import open_database, sqlite_only
from tests.storage.disk import Disk, Moment, fail
from tests.storage.mortal import write_with_little_room
from tests.storage.processes import reports, start
from tests.storage.records import SIGNER, intent
from tongxing.gateway.storage.audit import AuditLog, AuditMark, AuditUnavailable
from tongxing.gateway.storage.faults import KeptWithoutMark

ENOUGH = 40
"""More statements than one group and a reconnection need; the tests check that it is."""


@pytest.mark.parametrize("moment", Moment)
async def test_whichever_statement_fails_nothing_is_acknowledged_that_is_not_there(
    path: Path, moment: Moment
) -> None:
    disk = Disk()
    acknowledged: list[AuditMark] = []
    refused = 0
    async with open_database(path, disk, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        for number in range(1, ENOUGH):
            disk.arm(number, moment, fail)
            for _ in range(2):
                try:
                    acknowledged += await log.append([intent(number), intent(number + 1)])
                except AuditUnavailable:
                    refused += 1
        assert not disk.has_failed  # the last faults came after all that there was to do
        disk.disarm()
        [last] = await log.append([intent()])
        assert await log.verify(acknowledged) == last
    assert refused > 4
    assert len(acknowledged) > refused


@sqlite_only
async def test_a_full_disk_answers_nobody_and_is_recovered_from(path: Path) -> None:
    disk = Disk()
    disk.pages = 250
    acknowledged: list[AuditMark] = []
    async with open_database(path, disk, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        refused = 0
        while refused < 5:
            try:
                acknowledged += await log.append([intent(len(acknowledged))] * 50)
            except AuditUnavailable:
                refused += 1
        disk.pages = 1_000_000
        [last] = await log.append([intent()])
        assert last.index == len(acknowledged)
        assert await log.verify(acknowledged) == last


@sqlite_only
@pytest.mark.processes
async def test_writes_that_the_kernel_cuts_short_lose_nothing(path: Path) -> None:
    process, pipe = start(write_with_little_room, path, 30)
    [(failures, acknowledged)] = reports(pipe)
    process.join()
    assert failures > 3
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        head = await log.verify(acknowledged)
    assert head == acknowledged[-1]


async def test_a_head_file_that_cannot_be_written_stops_answers(path: Path) -> None:
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        head_file = path.with_name("hub.sqlite3.head")
        head_file.mkdir()
        with pytest.raises(AuditUnavailable):
            await log.append([intent()])
        assert await log.head() is None
        head_file.rmdir()
        [mark] = await log.append([intent()])
        assert await log.verify([mark]) == mark


async def test_of_a_commit_whose_end_is_not_known_nobody_is_told_that_nothing_was_kept(
    path: Path,
) -> None:
    disk = Disk()
    async with open_database(path, disk, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        disk.arm("COMMIT", Moment.AFTER, fail)
        with pytest.raises(AuditUnavailable) as refused:
            await log.append([intent()])
        assert await log.head() is not None
        assert "nothing" not in str(refused.value.__cause__)


async def test_what_was_kept_without_its_mark_is_acknowledged_to_nobody_and_not_denied(
    path: Path,
) -> None:
    disk = Disk()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def no_room_for_the_head() -> None:
        os.truncate(path.with_name("hub.sqlite3.head"), 0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))

    async with open_database(path, disk, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        disk.arm("COMMIT", Moment.AFTER, no_room_for_the_head)
        try:
            with pytest.raises(AuditUnavailable) as refused:
                await log.append([intent()])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert isinstance(refused.value.__cause__, KeptWithoutMark)
        assert "nothing" not in str(refused.value.__cause__)
        kept = await log.head()
        assert kept is not None
        [mark] = await log.append([intent()])
        assert await log.verify([kept, mark]) == mark
