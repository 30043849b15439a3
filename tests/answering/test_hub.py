"""The hub itself, without HTTP: what holds at the moment of the answer, and not of the question."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import cast

import pytest

from tests.adapters.federation import TRUSTED
from tests.adapters.people import AT, WANG
from tests.recognition.given import shipped
from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.flip_store import FlipAlarms, FlipStore
from tongxing.gateway.answering.history_store import HistoryStore, RememberedHistories
from tongxing.gateway.answering.hub import Hub
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.list_store import ListStore
from tongxing.gateway.operation.steady_clock import ClockJumped, SteadyClock
from tongxing.gateway.policy.in_force import Policies
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog
from tongxing.keys import HolderKey, HubSigner, TrustList, TrustStore
from tongxing.schema import Color, Decision, Outcome, Purpose, RegionCode

REGION = RegionCode("321100")
STEP = timedelta(seconds=2)
EARLIER = replace(shipped("zhenjiang-1"), valid_from=AT - STEP, valid_until=AT + 100 * STEP)
LATER = replace(
    EARLIER, version=replace(EARLIER.version, version=2), replaces=1, valid_from=AT + STEP
)


@dataclass
class Ticking:
    """Each look at the clock is one step later."""

    now: datetime = AT - STEP

    def __call__(self) -> datetime:
        self.now += STEP
        return self.now


class Trusting:
    def current(self, _at: datetime) -> TrustList:
        return TRUSTED


class Unwatched:
    def recognized(self, color: Color, decision: Decision) -> None: ...
    def issuer_answered(self, issuer: str, outcome: Outcome, seconds: float) -> None: ...
    def integrity_alarm(self, request_id: str, issuer: str) -> None: ...
    def mass_flip(self, issuer: str, basis: str, people: int) -> None: ...


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    holder_key, watch = HolderKey(b"k" * 32), Unwatched()
    async with Database.open(tmp_path / "state" / "hub.sqlite3") as database:
        yield Hub(
            hub_id="hub",
            links={},
            policies=Policies.of({"1.toml": EARLIER, "2.toml": LATER}),
            trust=cast("TrustStore", Trusting()),
            audit=await AuditLog.open(database),
            history=RememberedHistories(
                HistoryStore(database), lifetime_seconds=30.0, capacity=100, clock=monotonic
            ),
            lists=await DailyLists.open(ListStore(database), holder_key),
            flips=FlipAlarms(FlipStore(database), watch),
            signer=HubSigner.generate(),
            holder_key=holder_key,
            evidence=ClockEvidence(lambda _: None),
            watch=watch,
            clock=Ticking(),
            deadline_seconds=1.0,
        )


async def test_without_a_clock_that_can_be_believed_there_is_no_answer(hub: Hub) -> None:
    hub._clock = SteadyClock(Ticking(), lambda: 0.0, lambda _: None)
    inquiry = Inquiry(ByDocument(WANG), REGION, Purpose.ENTRY)
    with pytest.raises(ClockJumped):
        await hub.recognize([inquiry], Asker("city-a", "request-1"))


async def test_a_policy_that_begins_while_issuers_are_asked_decides(hub: Hub) -> None:
    inquiry = Inquiry(ByDocument(WANG), REGION, Purpose.ENTRY)
    (recognition,) = await hub.recognize([inquiry], Asker("city-a", "request-1"))
    assert recognition.policy.version == 2
