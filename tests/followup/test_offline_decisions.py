"""What a gate decided without a network is recorded once, with its own time, on both back ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.followup.arrival_given import AT, CITY, DISTRICT, GATE
from tests.storage.records import outcome
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.followup.arrival_store import ArrivalStore
from tongxing.gateway.followup.offline_decisions import (
    GateDecision,
    HandedIn,
    OfflineDecisions,
    is_well_formed,
    moment_of,
)
from tongxing.gateway.followup.offline_store import HANDED_IN_WITHIN, OfflineStore
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditFilter, AuditLog, OfflineDecisionRecord
from tongxing.gateway.storage.slices import Slice
from tongxing.keys.pass_refusal import PassFault, PassFaulty
from tongxing.keys.passes import PassClaims, PassStatus
from tongxing.schema import AuditIndex, RegionCode
from tongxing.schema.arrival import Arrival
from tongxing.schema.audit_words import AuditKind
from tongxing.schema.offline_decision import OfflineOutcome
from tongxing.schema.refusal import RefusalCode

OUT, R = OfflineOutcome, RefusalCode
ID = "0b5e2f0a-1111-4222-8333-0123456789ab"
GOOD_PASS = "a pass of this hub"
DECIDED_AT = AT - timedelta(hours=3)
DECISION = GateDecision(ID, GOOD_PASS, 7, PassStatus.GREEN, None, DECIDED_AT, None)


class Kept:
    def __init__(self, database: Database, audit: AuditLog) -> None:
        self.database = database
        self.audit = audit
        self.recognition = AuditIndex(0)
        self.decisions = OfflineDecisions(
            store=OfflineStore(database),
            arrivals=ArrivalStore(database),
            audit=audit,
            read_pass=self._read,
            clock=lambda: AT,
        )

    def _read(self, unverified: str, at: datetime) -> PassClaims:
        if unverified != GOOD_PASS:
            raise PassFaulty(PassFault.PASS_ALTERED)
        seconds = int(at.timestamp())
        return PassClaims(
            iss="hub",
            iat=seconds,
            exp=seconds + 60,
            name="李*",
            doc="RESIDENT_ID",
            tail="1234",
            region=CITY,
            purpose="TRANSPORT",
            policy=1,
            color="GREEN",
            decision="ADMIT",
            audit=self.recognition,
            serial=1,
            idx=1,
            uri="https://hub.example/status-lists/1",
        )

    async def hand_in(
        self, decision: GateDecision = DECISION, client: str = GATE, off: timedelta = timedelta(0)
    ) -> HandedIn:
        """``off``: how far the device's clock is ahead."""
        told = replace(decision, decided_at=decision.decided_at + off)
        return await self.decisions.hand_in(told, CITY, AT + off, Asker(client, "request-9"))

    async def records(self) -> list[OfflineDecisionRecord]:
        page = await self.audit.page(AuditFilter(kind=AuditKind.OFFLINE_DECISION), Slice(50))
        return [
            each.record for each in page.items if isinstance(each.record, OfflineDecisionRecord)
        ]


@pytest.fixture
async def kept(tmp_path: Path, back_end: str) -> AsyncIterator[Kept]:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        audit = await AuditLog.open(database)
        made = Kept(database, audit)
        (made.recognition, *_) = [mark.index for mark in await audit.append([outcome()])]
        yield made


async def test_it_is_recorded_once_as_decided_offline_with_its_own_time(kept: Kept) -> None:
    assert await kept.hand_in() == HandedIn(OUT.RECORDED)
    assert await kept.hand_in() == HandedIn(OUT.RECORDED_BEFORE)
    (record,) = await kept.records()
    assert (record.at, record.decided_at) == (AT, DECIDED_AT)
    assert (record.status, record.fault, record.list_state) == (PassStatus.GREEN, None, 7)
    assert (record.decision_id, record.recognition) == (ID, kept.recognition)
    assert record.holder is not None


async def test_two_devices_that_hand_in_the_same_are_told_apart(kept: Kept) -> None:
    made = await asyncio.gather(*(kept.hand_in(client=f"gate-{n}") for n in range(4)))
    assert sorted(each.outcome.name for each in made) == ["HANDED_IN_BY_ANOTHER"] * 3 + ["RECORDED"]
    assert len(await kept.records()) == 1


async def test_a_clock_that_is_off_is_set_right(kept: Kept) -> None:
    assert (await kept.hand_in(off=timedelta(days=-30))).outcome is OUT.RECORDED
    (record,) = await kept.records()
    assert record.decided_at == DECIDED_AT


REFUSED = {
    "another content under its id": (
        replace(DECISION, status=PassStatus.RED),
        OUT.CONTRADICTS_ITSELF,
    ),
    "older than sixty days": (
        replace(DECISION, id=ID.replace("0b", "0c"), decided_at=AT - HANDED_IN_WITHIN * 1.01),
        OUT.TOO_OLD,
    ),
    "from the future": (
        replace(DECISION, id=ID.replace("0b", "0c"), decided_at=AT + timedelta(seconds=1)),
        OUT.FROM_THE_FUTURE,
    ),
    "an id that is none": (replace(DECISION, id="1"), OUT.MALFORMED),
    "a fault with a name in it": (
        replace(DECISION, id=ID.replace("0b", "0c"), fault="李红"),
        OUT.MALFORMED,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_taken_changes_nothing(kept: Kept, name: str) -> None:
    decision, expected = REFUSED[name]
    await kept.hand_in()
    assert await kept.hand_in(decision) == HandedIn(expected)
    assert len(await kept.records()) == 1


async def test_a_forged_pass_is_recorded_without_a_person(kept: Kept) -> None:
    forged = replace(DECISION, unverified_pass="forged", status=None, fault="PASS_ALTERED")
    assert (await kept.hand_in(forged)).outcome is OUT.RECORDED
    (record,) = await kept.records()
    assert (record.holder, record.recognition, record.fault) == (None, None, "PASS_ALTERED")


async def test_an_arrival_comes_with_it_once(kept: Kept) -> None:
    bound = replace(DECISION, destination=DISTRICT)
    first, again = await kept.hand_in(bound), await kept.hand_in(bound)
    assert isinstance(first.arrival, Arrival)
    assert isinstance(again.arrival, Arrival)
    assert (first.arrival.id, first.arrival.district) == (again.arrival.id, DISTRICT)
    assert first.arrival.recorded_at == DECIDED_AT
    assert first.arrival.recognition == kept.recognition


NO_ARRIVAL = {
    "a red": (replace(DECISION, status=PassStatus.RED), R.HOLDER_UNKNOWN),
    "a forged pass": (replace(DECISION, unverified_pass="forged"), R.HOLDER_UNKNOWN),
    "a whole city": (replace(DECISION, destination=CITY), R.DESTINATION_NOT_A_DISTRICT),
    "elsewhere": (
        replace(DECISION, destination=RegionCode("310101")),
        R.DESTINATION_OUTSIDE_REGION,
    ),
}


@pytest.mark.parametrize("name", NO_ARRIVAL)
async def test_no_arrival_is_recorded_for(kept: Kept, name: str) -> None:
    decision, expected = NO_ARRIVAL[name]
    bound = replace(decision, destination=decision.destination or DISTRICT)
    assert await kept.hand_in(bound) == HandedIn(OUT.RECORDED, expected)


async def test_ids_are_forgotten_when_they_would_be_too_old(kept: Kept) -> None:
    await kept.hand_in()
    store = OfflineStore(kept.database)
    assert await store.sweep(AT + HANDED_IN_WITHIN) == 0
    assert await store.sweep(AT + HANDED_IN_WITHIN + timedelta(days=2)) == 1


def test_times_are_compared_on_one_clock() -> None:
    wrong = datetime(1970, 1, 1, tzinfo=UTC)
    assert moment_of(wrong, wrong + timedelta(minutes=5), AT) == AT - timedelta(minutes=5)
    assert is_well_formed(DECISION)
    assert not is_well_formed(replace(DECISION, list_state=0))
