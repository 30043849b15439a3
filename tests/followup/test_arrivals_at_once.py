"""An arrival, its event and its audit entry are one: over processes, and if the disk fails."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.followup.arrival_given import AT, CITY, DISTRICT, GATE, arrival, new
from tests.followup.test_known_colors import Watched, stated
from tests.storage.disk import Disk, Moment, fail
from tongxing.gateway.followup.arrival_store import ArrivalReader, ArrivalStore
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.audit import ArrivalRecord, AuditFilter, AuditLog
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import Color
from tongxing.schema.audit_words import ArrivalAction

READER = ArrivalReader("jingkou-district", "request-2", (DISTRICT,))
RECEIPT = b"one receipt"
DISTRICTS = ("321102", "321111", "321112", "321181", "321182", "321183")
ENOUGH = 60
"""More than the statements of all that the test does."""


def path_of(tmp_path: Path) -> Path:
    return tmp_path / "state" / "hub.sqlite3"


async def test_of_two_processes_that_record_one_receipt_one_is_first(tmp_path: Path) -> None:
    """Each for districts of its own, so that every one stands in the way of the others."""
    async with (
        open_database(path_of(tmp_path)) as one,
        open_database(path_of(tmp_path)) as other,
    ):
        stores = ArrivalStore(one), ArrivalStore(other)
        made = [new(n, district=d, receipt=RECEIPT) for n, d in enumerate(DISTRICTS)]
        kept = await asyncio.gather(
            *(stores[n % 2].record(each, request_id="r") for n, each in enumerate(made))
        )
        page = await stores[0].page(CITY, Slice(10), notices=True, at=AT)
    assert len({each.id for each in kept}) == len(page.entries) == 1


async def test_a_withdrawal_and_an_acknowledgement_at_once_agree(tmp_path: Path) -> None:
    async with (
        open_database(path_of(tmp_path)) as one,
        open_database(path_of(tmp_path)) as other,
    ):
        gate, office = ArrivalStore(one), ArrivalStore(other)
        for number in range(20):
            await gate.record(new(number), request_id="r")
            arrival_id = arrival(number).id
            withdrawn, acknowledged = await asyncio.gather(
                gate.withdraw(arrival_id, GATE, request_id="r", at=AT),
                office.acknowledge(arrival_id, READER, at=AT),
            )
            assert withdrawn is not None
            assert acknowledged is not None
            was_first = acknowledged.withdrawn_at is None
            assert (withdrawn.acknowledged_at is not None) == was_first


@pytest.mark.parametrize("moment", Moment)
async def test_what_fails_half_way_leaves_nothing_and_can_be_done_again(
    tmp_path: Path, moment: Moment
) -> None:
    disk = Disk()
    failed = 0
    async with open_database(path_of(tmp_path), disk) as database:
        watched, audit = Watched(database), await AuditLog.open(database)
        for number in range(ENOUGH):
            for act in _acts(watched, number):
                disk.arm(number, moment, fail)
                try:
                    await act()
                except StorageUnavailable:
                    failed += 1
                    disk.disarm()
                    await act()
                disk.disarm()
            await _check(watched, audit, number)
    assert failed > 10


def _acts(watched: Watched, number: int) -> Sequence[Callable[[], Awaitable[object]]]:
    arrival_id = arrival(number).id
    return (
        lambda: watched.record(number, stated(Color.GREEN)),
        lambda: watched.see(number, stated(Color.RED, hours=1)),
        lambda: watched.arrivals.acknowledge(arrival_id, READER, at=AT),
        lambda: watched.arrivals.withdraw(arrival_id, GATE, request_id="r", at=AT),
    )


async def _check(watched: Watched, audit: AuditLog, number: int) -> None:
    events = await watched.events.page(CITY, after=0, first=1_000, at=AT)
    seen = Counter(
        type(each.event).__name__
        for each in events.events
        if each.event.arrival.recognition == number
    )
    assert seen == dict.fromkeys(
        ("ArrivalRecorded", "ArrivalColorChanged", "ArrivalAcknowledged", "ArrivalWithdrawn"), 1
    )
    page = await audit.page(AuditFilter(), Slice(1_000))
    acts = [
        each.record.action
        for each in page.items
        if isinstance(each.record, ArrivalRecord) and each.record.recognition == number
    ]
    assert acts == [ArrivalAction.RECORDED, ArrivalAction.ACKNOWLEDGED, ArrivalAction.WITHDRAWN]
