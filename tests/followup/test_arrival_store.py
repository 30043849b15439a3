"""What the store of arrivals does: once, in order, for the right regions, for 14 days."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.back_ends import open_database, sqlite_only
from tests.followup.arrival_given import AT, CITY, DISTRICT, GATE, arrival, new
from tongxing.gateway.followup.arrival_columns import KEPT_FOR
from tongxing.gateway.followup.arrival_store import (
    NOTICES,
    ArrivalReader,
    ArrivalStore,
    NewArrival,
)
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import ArrivalRecord, AuditFilter, AuditLog
from tongxing.gateway.storage.slices import Slice
from tongxing.gateway.storage.sweeping import SWEPT_AT_ONCE
from tongxing.schema import RegionCode, contains
from tongxing.schema.arrival import Arrival
from tongxing.schema.audit_words import ArrivalAction

READER = ArrivalReader("jingkou-district", "request-2", (DISTRICT,))
RECEIPT = b"one receipt that is handed in several times"
ALL = Slice(1_000)


class Kept:
    def __init__(self, database: Database, audit: AuditLog) -> None:
        self.database = database
        self.store = ArrivalStore(database)
        self.audit = audit

    async def add(self, *arrivals: NewArrival) -> None:
        for each in arrivals:
            await self.store.record(each, request_id="request-1")

    async def withdraw(
        self, number: int, *, client_id: str = GATE, at: datetime = AT
    ) -> Arrival | None:
        return await self.store.withdraw(
            arrival(number).id, client_id, request_id="request-3", at=at
        )

    async def numbers(self, region: str, *, notices: bool = False) -> list[int]:
        page = await self.store.page(RegionCode(region), ALL, notices=notices, at=AT)
        return [each.recognition for each in page.items]

    async def records(self) -> Sequence[ArrivalRecord]:
        page = await self.audit.page(AuditFilter(), Slice(100))
        return [e.record for e in page.items if isinstance(e.record, ArrivalRecord)]


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        audit = await AuditLog.open(database)
        yield Kept(database, audit)


async def test_what_is_recorded_twice_is_there_once_and_audited_once(kept: Kept) -> None:
    first = await kept.store.record(new(1), request_id="request-1")
    later = new(1, at=AT + timedelta(hours=1))
    assert await kept.store.record(later, request_id="request-9") == first
    assert await kept.numbers(CITY) == [1]
    (record,) = await kept.records()
    assert (record.action, record.request_id, record.holder, record.receiving_region) == (
        ArrivalAction.RECORDED,
        "request-1",
        first.holder,
        DISTRICT,
    )


async def test_of_many_that_acknowledge_at_once_one_is_first(kept: Kept) -> None:
    await kept.add(new(1))
    readers = [ArrivalReader(f"office-{number}", f"r-{number}", (DISTRICT,)) for number in range(8)]
    results = await asyncio.gather(
        *(kept.store.acknowledge(arrival(1).id, reader, at=AT) for reader in readers)
    )
    assert len({(each.acknowledged_by, each.acknowledged_at) for each in results if each}) == 1
    acts = [record.action for record in await kept.records()]
    assert acts == [ArrivalAction.RECORDED, ArrivalAction.ACKNOWLEDGED]


async def test_what_is_withdrawn_is_shown_as_such_and_is_no_notice_any_more(kept: Kept) -> None:
    await kept.add(new(1), new(2))
    withdrawn = await kept.withdraw(1)
    assert withdrawn is not None
    assert withdrawn.withdrawn_at == AT
    assert await kept.numbers(DISTRICT, notices=True) == [2]
    assert await kept.numbers(DISTRICT) == [1, 2]
    assert await kept.store.find(arrival(1).id, READER, at=AT) == withdrawn


async def test_of_many_that_withdraw_at_once_one_is_audited(kept: Kept) -> None:
    await kept.add(new(1))
    times = [AT + timedelta(seconds=number) for number in range(8)]
    results = await asyncio.gather(*(kept.withdraw(1, at=at) for at in times))
    assert len({each.withdrawn_at for each in results if each}) == 1
    acts = [record.action for record in await kept.records()]
    assert acts == [ArrivalAction.RECORDED, ArrivalAction.WITHDRAWN]


async def test_an_acknowledged_arrival_can_be_withdrawn_and_says_both(kept: Kept) -> None:
    await kept.add(new(1))
    await kept.store.acknowledge(arrival(1).id, READER, at=AT)
    withdrawn = await kept.withdraw(1, at=AT + timedelta(hours=1))
    assert withdrawn is not None
    assert (withdrawn.acknowledged_at, withdrawn.acknowledged_by) == (AT, READER.client_id)


async def test_a_withdrawn_arrival_is_not_acknowledged(kept: Kept) -> None:
    await kept.add(new(1))
    await kept.withdraw(1)
    told = await kept.store.acknowledge(arrival(1).id, READER, at=AT)
    assert told is not None
    assert (told.withdrawn_at, told.acknowledged_at) == (AT, None)


async def test_a_client_that_did_not_record_it_withdraws_nothing(kept: Kept) -> None:
    await kept.add(new(1))
    assert await kept.withdraw(1, client_id="transport-hub") is None
    assert await kept.numbers(DISTRICT, notices=True) == [1]


async def test_one_receipt_stands_for_one_arrival_until_it_is_withdrawn(kept: Kept) -> None:
    first, elsewhere = new(1, receipt=RECEIPT), new(2, district="321181", receipt=RECEIPT)
    await kept.add(first, elsewhere)
    assert await kept.numbers(CITY) == [1]
    await kept.withdraw(1)
    await kept.add(elsewhere)
    assert await kept.numbers(CITY, notices=True) == [2]


async def test_a_late_repetition_does_not_bring_back_what_was_withdrawn(kept: Kept) -> None:
    await kept.add(new(1, receipt=RECEIPT))
    await kept.withdraw(1)
    again = await kept.store.record(new(1, receipt=RECEIPT), request_id="request-2")
    assert again.withdrawn_at == AT
    await kept.add(new(2, district="321181", receipt=RECEIPT), new(1, receipt=RECEIPT))
    assert await kept.numbers(CITY, notices=True) == [2]


async def test_what_is_acknowledged_is_no_notice_any_more(kept: Kept) -> None:
    await kept.add(new(1), new(2))
    await kept.store.acknowledge(arrival(1).id, READER, at=AT)
    assert await kept.numbers(DISTRICT, notices=True) == [2]
    assert await kept.numbers(DISTRICT) == [1, 2]


NOT_THEIRS = {
    "another district": (RegionCode("321181"),),
    "the city beside": (RegionCode("321200"),),
    "no region": (),
}


@pytest.mark.parametrize("regions", NOT_THEIRS.values(), ids=NOT_THEIRS)
async def test_nobody_else_can_acknowledge_or_find_it(
    kept: Kept, regions: tuple[RegionCode, ...]
) -> None:
    await kept.add(new(1))
    reader = ArrivalReader("somebody", "request-3", regions)
    assert await kept.store.acknowledge(arrival(1).id, reader, at=AT) is None
    assert await kept.store.find(arrival(1).id, reader, at=AT) is None
    assert await kept.numbers(DISTRICT, notices=True) == [1]


class CountedReads:
    """A database that counts how often it is read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.number = 0

    async def fetch(self, sql: str, parameters: Sequence[object] = ()) -> list[object]:
        self.number += 1
        return await self._database.fetch(sql, parameters)


async def test_many_are_found_in_one_read_and_nobody_else_s_with_them(kept: Kept) -> None:
    """As a gateway asks for them."""
    await kept.add(*map(new, range(1, 6)), new(7, district="321181"))
    reads = CountedReads(kept.database)
    asked = [arrival(number).id for number in (3, 1, 9, 7)] + ["no such id", ""]
    store = ArrivalStore(cast("Database", reads))
    found = await store.find_all(asked, READER, at=AT)
    assert {each.recognition for each in found.values()} == {1, 3}
    assert all(found[each.id] is each for each in found.values())
    assert reads.number == 1


@pytest.mark.parametrize("arrival_id", ["", "AAAA", "no such id", "王安宁", "a" * 3_000])
async def test_an_id_that_was_never_given_is_none(kept: Kept, arrival_id: str) -> None:
    await kept.add(new(1))
    assert await kept.store.acknowledge(arrival_id, READER, at=AT) is None


async def test_pages_follow_each_other_and_miss_none(kept: Kept) -> None:
    await kept.add(*(new(number) for number in range(7)))
    seen: list[int] = []
    wanted, more = Slice(3), True
    while more:
        page = await kept.store.page(CITY, wanted, notices=False, at=AT)
        seen += [each.recognition for each in page.items]
        wanted, more = Slice(3, after=page.end), page.has_next
    assert seen == list(range(7))


async def test_after_14_days_nothing_is_shown_changed_or_left(kept: Kept) -> None:
    await kept.add(new(0))
    ended = AT + KEPT_FOR
    page = await kept.store.page(CITY, ALL, notices=False, at=ended)
    assert not page.entries
    assert await kept.store.acknowledge(arrival(0).id, READER, at=ended) is None
    assert await kept.store.find(arrival(0).id, READER, at=ended) is None
    assert await kept.withdraw(0, at=ended) is None
    assert await kept.store.sweep(ended - timedelta(microseconds=1)) == 0
    assert await kept.store.sweep(ended) == 1
    assert await kept.numbers(CITY) == []


async def test_a_sweep_is_done_in_pieces_and_leaves_none(kept: Kept) -> None:
    many = [new(number) for number in range(SWEPT_AT_ONCE + 1)]
    await asyncio.gather(*(kept.store.record(each, request_id="r") for each in many))
    assert await kept.store.sweep(AT + KEPT_FOR + timedelta(days=1)) == SWEPT_AT_ONCE + 1


async def test_a_number_is_not_given_twice(kept: Kept) -> None:
    await kept.add(new(0))
    ((before, _),) = (await kept.store.page(CITY, ALL, notices=False, at=AT)).entries
    await kept.store.sweep(AT + KEPT_FOR)
    await kept.add(new(1))
    ((after, _),) = (await kept.store.page(CITY, ALL, notices=False, at=AT)).entries
    assert after > before


REGIONS = ["000000", "320000", "321100", "321102", "321181", "321200", "441900", "440000"]


@settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(asked=st.sampled_from(REGIONS))
async def test_a_region_is_shown_what_lies_in_it(kept: Kept, asked: str) -> None:
    districts = ["321102", "321181", "321202", "441900", "110101"]
    await kept.add(*(new(number, district=d) for number, d in enumerate(districts)))
    expected = [n for n, d in enumerate(districts) if contains(RegionCode(asked), RegionCode(d))]
    assert await kept.numbers(asked) == expected


@sqlite_only
async def test_a_look_for_notices_does_not_walk_past_what_is_acknowledged(tmp_path: Path) -> None:
    """Followers look every few seconds, and a reader holds up every commit."""
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        sql = NOTICES.page_sql(ALL)
        plan = await database.fetch(f"EXPLAIN QUERY PLAN {sql}", (0, 2, "32", 0, 10, 10))
    assert [step.partition(" (")[0] for *_, step in plan] == [
        "SEARCH arrivals USING INDEX arrivals_open"
    ]
