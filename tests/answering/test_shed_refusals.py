"""Refusals for want of room: one entry for each client and second, and none is forgotten."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from tests.adapters.people import AT
from tests.back_ends import open_database
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.shed_refusals import ShedRefusals
from tongxing.gateway.storage.audit import (
    AuditFilter,
    AuditLog,
    RefusalRecord,
)
from tongxing.gateway.storage.faults import StorageUnavailable
from tongxing.gateway.storage.slices import Slice

PATIENCE_SECONDS = 60.0


@asynccontextmanager
async def _log(directory: Path) -> AsyncIterator[AuditLog]:
    async with open_database(directory / "hub.sqlite3") as database:
        yield await AuditLog.open(database)


async def _records(log: AuditLog) -> list[RefusalRecord]:
    entries = (await log.page(AuditFilter(), Slice(100))).items
    return [entry.record for entry in entries if isinstance(entry.record, RefusalRecord)]


async def test_a_thousand_refusals_of_two_clients_are_two_entries(tmp_path: Path) -> None:
    async with _log(tmp_path) as log:
        shed = ShedRefusals(log, "OVERLOADED", lambda: AT)
        for number in range(1_000):
            shed.note(Asker(f"client-{number % 2}", f"request-{number}"))
        await shed.record()
        await shed.record()
        assert await _records(log) == [
            RefusalRecord(
                at=AT,
                request_id=f"request-{number}",
                client_id=f"client-{number}",
                code="OVERLOADED",
                purpose=None,
                receiving_region=None,
            )
            for number in range(2)
        ]


async def test_each_second_has_its_own(tmp_path: Path) -> None:
    async with _log(tmp_path) as log:
        now = AT
        shed = ShedRefusals(log, "OVERLOADED", lambda: now)
        for number in range(3):
            shed.note(Asker("city", f"request-{number}"))
            await shed.record()
            now += timedelta(seconds=1)
        at = [record.at for record in await _records(log)]
        assert at == [AT, AT + timedelta(seconds=1), AT + timedelta(seconds=2)]


async def test_they_are_recorded_without_being_asked_for(tmp_path: Path) -> None:
    async with _log(tmp_path) as log:
        shed = ShedRefusals(log, "OVERLOADED", lambda: AT)
        recording = asyncio.create_task(shed.record_in_time())
        shed.note(Asker("city", "request"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await _records(log):
                await asyncio.sleep(0.05)
        recording.cancel()


@dataclass
class FullAtFirst:
    """A log whose disk is full until somebody has made room."""

    log: AuditLog
    is_full: bool = True

    async def append(self, records: Sequence[RefusalRecord]) -> None:
        if self.is_full:
            raise StorageUnavailable
        await self.log.append(records)


async def test_what_could_not_be_recorded_is_tried_again(tmp_path: Path) -> None:
    async with _log(tmp_path) as log:
        full = FullAtFirst(log)
        shed = ShedRefusals(cast("AuditLog", full), "OVERLOADED", lambda: AT)
        for number in range(2):
            shed.note(Asker("city", f"request-{number}"))
            with pytest.raises(StorageUnavailable):
                await shed.record()
        full.is_full = False
        await shed.record()
        assert [record.request_id for record in await _records(log)] == ["request-0"]
