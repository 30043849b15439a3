"""Who has seen to an alarm: the first stands, and the log says so once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.storage.records import AT
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.alarm_acknowledgements import AlarmAcknowledgements
from tongxing.gateway.storage.audit import AdministrationRecord, AuditFilter, AuditLog
from tongxing.gateway.storage.slices import Slice
from tongxing.schema.audit_words import AdministrativeAction

RECORD = AdministrationRecord(
    at=AT,
    request_id="r-1",
    client_id="li",
    action=AdministrativeAction.ALARM_ACKNOWLEDGED,
    actor="li",
    alarm="alarm:12",
)


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened


async def test_the_first_acknowledgement_stands_and_is_recorded_once(database: Database) -> None:
    log, kept = await AuditLog.open(database), AlarmAcknowledgements(database)
    await kept.acknowledge(RECORD)
    later = replace(RECORD, client_id="wang", actor="wang", at=AT + timedelta(hours=1))
    await kept.acknowledge(later)
    found = await kept.of(["alarm:12", "stop:12"])
    assert [(alarm, each.by, each.at) for alarm, each in found.items()] == [("alarm:12", "li", AT)]
    page = await log.page(AuditFilter(), Slice(10))
    assert [entry.record for entry in page.items] == [RECORD]


async def test_without_alarms_nothing_is_asked(database: Database) -> None:
    assert await AlarmAcknowledgements(database).of([]) == {}
