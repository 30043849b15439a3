"""A mistake that is reported twice at once reaches its issuer once, whichever process of the hub
gets which report."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, cast

import msgspec
import pytest
from msgspec.structs import replace

from tests.adapters.federation import NONCE, dialect
from tests.answering.test_hub import Trusting, Unwatched
from tests.back_ends import open_database
from tests.connection import PATIENCE_SECONDS
from tests.followup.arrival_given import AT, GATE, HUB, KEYS, presented
from tests.followup.test_appeal import SOURCES
from tests.signed_receipts import signed_receipt
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.wire import HttpRequest, HttpResponse, Unreachable
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.own_receipts import OwnReceipts
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.gateway.followup.correction_store import CorrectionStore
from tongxing.gateway.followup.corrections import CorrectionRefusal, Corrections, Mistake
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.keys import HubSigner, TrustStore
from tongxing.keys.hub_keys import HubKeys
from tongxing.schema import COUNTRY, DocumentKind, RefusalCode, TravelDocument
from tongxing.schema.correction import Correction, MistakeKind

MIRA = TravelDocument.parse(DocumentKind.PASSPORT, "X3211001", "LINDEN MIRA")
MISTAKE = Mistake(MIRA, "sukangma", MistakeKind.NEVER_THERE)
SIGNER = HubSigner.generate()
SET_RED = replace(SOURCES[1], digest="A" * 43)
CLAIMS: dict[str, Any] = msgspec.to_builtins(presented(sources=(SET_RED,)))
RECEIPT = signed_receipt(SIGNER, CLAIMS)
ASKER = Asker(GATE, "request-1")
SECONDS = PATIENCE_SECONDS


@dataclass
class Issuer:
    """Answers once it is let go; ``reached`` is set at the first report, ``down`` lets it fail."""

    reports: int = 0
    down: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, _request: HttpRequest, *, deadline: float) -> HttpResponse:
        self.reports += 1
        self.reached.set()
        async with asyncio.timeout_at(deadline):
            await self.let_go.wait()
        if self.down:
            raise Unreachable
        return HttpResponse(200, {}, b'{"reference": "reference-of-the-issuer"}')


@dataclass
class Clock:
    at: datetime = AT

    def __call__(self) -> datetime:
        return self.at


@asynccontextmanager
async def process(
    path: Path, issuer: Issuer, clock: Clock, seconds: float = SECONDS
) -> AsyncIterator[Corrections]:
    """What one process of a hub has for itself."""
    with ThreadPoolExecutor(1) as readers:
        async with open_database(path / "state" / "hub.sqlite3") as database:
            link = IssuerLink(
                Adapter(dialect("sukangma"), issuer, lambda: NONCE),
                cache=StatementCache(
                    lifetime_seconds=30, room_of_client=100_000, room=1_000_000, clock=monotonic
                ),
                readers=readers,
                evidence=ClockEvidence(lambda _: None),
                watch=Unwatched(),
                clock=monotonic,
            )
            audit = await AuditLog.open(database)
            yield Corrections(
                hub_id=HUB,
                receipts=OwnReceipts(HubKeys.of_one(SIGNER, HUB, clock), audit, clock),
                links={"sukangma": link},
                holder_keys=KEYS,
                holder_links=HolderLinks(database),
                store=CorrectionStore(database),
                guard=GuessGuard(audit, KEYS, GuessLimits(), Unwatched()),
                trust=cast("TrustStore", Trusting()),
                audit=audit,
                clock=clock,
                deadline_seconds=seconds,
            )


async def test_two_processes_hand_in_one_report(tmp_path: Path) -> None:
    issuer, clock = Issuer(), Clock()
    async with process(tmp_path, issuer, clock) as one, process(tmp_path, issuer, clock) as other:
        first = asyncio.create_task(one.report(RECEIPT, MISTAKE, ASKER, [COUNTRY]))
        await asyncio.wait_for(issuer.reached.wait(), SECONDS)
        second = asyncio.create_task(other.report(RECEIPT, MISTAKE, ASKER, [COUNTRY]))
        await asyncio.sleep(0.3)
        issuer.let_go.set()
        told = await first, await second
    assert issuer.reports == 1
    assert isinstance(told[0], Correction)
    assert told[0] == told[1]


@dataclass
class Overtaken(Clock):
    """Read at the beginning of a report, and between its look for an earlier one and its claim:
    there, ``meanwhile`` happens."""

    meanwhile: Callable[[], None] = lambda: None
    read: int = 0

    def __call__(self) -> datetime:
        self.read += 1
        if self.read == 2:
            self.meanwhile()
        return self.at


async def test_what_was_filed_after_the_look_is_not_handed_in_again(tmp_path: Path) -> None:
    issuer, first = Issuer(), list[Correction | CorrectionRefusal]()
    issuer.let_go.set()

    async def elsewhere() -> Correction | CorrectionRefusal:
        async with process(tmp_path, issuer, Clock()) as another:
            return await another.report(RECEIPT, MISTAKE, ASKER, [COUNTRY])

    def handed_in() -> None:
        with ThreadPoolExecutor(1) as thread:
            first.append(thread.submit(asyncio.run, elsewhere()).result(SECONDS))

    async with process(tmp_path, issuer, Overtaken(AT, handed_in)) as late:
        second = await late.report(RECEIPT, MISTAKE, ASKER, [COUNTRY])
    assert first == [second]
    assert isinstance(second, Correction)
    assert issuer.reports == 1


async def test_what_the_first_could_not_hand_in_the_second_does(tmp_path: Path) -> None:
    issuer, clock = Issuer(down=True), Clock()
    async with process(tmp_path, issuer, clock) as one, process(tmp_path, issuer, clock) as other:
        first = asyncio.create_task(one.report(RECEIPT, MISTAKE, ASKER, [COUNTRY]))
        await asyncio.wait_for(issuer.reached.wait(), SECONDS)
        second = asyncio.create_task(other.report(RECEIPT, MISTAKE, ASKER, [COUNTRY]))
        issuer.let_go.set()
        assert await first == CorrectionRefusal(RefusalCode.ISSUER_UNAVAILABLE)
        issuer.down = False
        assert isinstance(await second, Correction | CorrectionRefusal)
        assert isinstance(await other.report(RECEIPT, MISTAKE, ASKER, [COUNTRY]), Correction)


async def test_a_report_of_a_process_that_ended_holds_nobody_up_for_long(tmp_path: Path) -> None:
    issuer, clock = Issuer(), Clock()
    async with (
        process(tmp_path, issuer, clock) as one,
        process(tmp_path, issuer, clock, seconds=0.2) as other,
    ):
        first = asyncio.create_task(one.report(RECEIPT, MISTAKE, ASKER, [COUNTRY]))
        await asyncio.wait_for(issuer.reached.wait(), SECONDS)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        refused = await other.report(RECEIPT, MISTAKE, ASKER, [COUNTRY])
        assert refused == CorrectionRefusal(RefusalCode.ISSUER_UNAVAILABLE)
        clock.at += timedelta(seconds=SECONDS + 10)
        issuer.let_go.set()
        assert isinstance(await other.report(RECEIPT, MISTAKE, ASKER, [COUNTRY]), Correction)
    assert issuer.reports == 2
