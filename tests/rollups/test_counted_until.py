"""How far behind the log the figures are."""

from datetime import timedelta

from tests.rollups.given import NOON, Counting
from tests.storage.records import AT, intent
from tongxing.gateway.rollups.counted_until import counted_until
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog


async def test_what_is_not_counted_is_as_old_as_its_first_entry(
    database: Database, audit: AuditLog, counting: Counting
) -> None:
    assert await counted_until(database, NOON) == NOON
    first = intent(1)
    await audit.append([first, intent(2)])
    assert await counted_until(database, NOON) == first.at
    await counting.count(AT + timedelta(minutes=1))
    assert await counted_until(database, NOON) == NOON
