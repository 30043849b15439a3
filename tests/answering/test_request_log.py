"""What the log knows before an issuer is asked and before an answer leaves; and that it is little.

Each moment is looked at through a connection of its own: what is not on disk is not there.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.people import AT
from tests.answering.guessing import Guarded, guarded, of_one_prefix, strangers
from tests.answering.on_disk import records_of
from tests.answering.test_hub import EARLIER
from tests.holder_keys import holder_keys
from tests.oracle.faults import Disturbance
from tests.oracle.stack import ISSUERS, Guarding, Stack, person, stack
from tests.oracle.telling import Told
from tongxing.adapters.dialect import ByCode, ByDocument
from tongxing.gateway.answering.asked import KeyedQuestion
from tongxing.gateway.answering.guess_guard import ClientStopped, GuessGuard
from tongxing.gateway.answering.guess_store import Guess, Scan
from tongxing.gateway.answering.guesses import Fate, GuessLimits
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.request_log import RequestLog
from tongxing.gateway.answering.steps import Opened
from tongxing.gateway.storage.audit import (
    AuditMark,
    AuditRecord,
    IntentRecord,
    OutcomeRecord,
    RefusalRecord,
)
from tongxing.gateway.storage.clients.stops import Stop, stop_client
from tongxing.schema import AuditIndex, Purpose, RegionCode, TravelDocument
from tongxing.schema.stopped_client import StopReason

ZHENJIANG, JIANGSU = RegionCode("321100"), RegionCode("320000")
NOWHERE = RegionCode("650000")
SOMEONE, OTHER = person(1), person(2)


@dataclass
class Watched:
    """A stack whose lines look into the log at the moment in which an issuer is asked.
    ``unannounced`` are the issuers that were asked without an intent of this request."""

    stack: Stack
    path: Path
    request: str = ""
    asked: list[str] = field(default_factory=list)
    unannounced: list[str] = field(default_factory=list)
    number: int = 0

    def prepare(self, now: datetime = AT) -> None:
        for issuer, line in self.stack.lines.items():
            line.issuer.people = [SOMEONE, OTHER]
            if issuer in ISSUERS:
                Disturbance(self.stack, issuer, now).tells(Told())
        self.stack.clock.now = now

    async def ask(
        self,
        *questions: ByDocument | ByCode,
        region: RegionCode = ZHENJIANG,
        client: str = "city-a",
    ) -> Sequence[Any]:
        self.number += 1
        self.request = f"asked-{self.number}"
        self.asked.clear()
        for issuer, line in self.stack.lines.items():
            line.meanwhile = self.looking(issuer)
        inquiries = [Inquiry(question, region, Purpose.ENTRY) for question in questions]
        asker = Asker(client, self.request, len(inquiries))
        return await self.stack.hub.recognize(inquiries, asker)

    def looking(self, issuer: str) -> Callable[[], None]:
        def look() -> None:
            self.asked.append(issuer)
            if not any(isinstance(record, IntentRecord) for record in self.on_disk()):
                self.unannounced.append(issuer)

        return look

    def on_disk(self) -> list[AuditRecord]:
        """The records of the last request."""
        return records_of(self.path, self.request)

    def kinds(self) -> list[str]:
        return [type(record).__name__.removesuffix("Record") for record in self.on_disk()]


Watching = Callable[..., Any]


async def watched(tmp_path: Path, watching: Watching, guarding: Guarding = GuessGuard) -> Watched:
    async with stack(tmp_path, lists_ended=False, guarding=guarding) as around:
        looked = Watched(around, tmp_path / "state" / "hub.sqlite3")
        looked.prepare()
        await watching(looked)
        return looked


async def ask_twice(looked: Watched) -> None:
    await looked.ask(ByDocument(SOMEONE))
    assert looked.kinds() == ["Intent", "Outcome"]
    assert looked.asked
    await looked.ask(ByDocument(SOMEONE))


async def test_an_answer_from_kept_statements_alone_is_one_record(tmp_path: Path) -> None:
    async def watching(looked: Watched) -> None:
        await ask_twice(looked)
        assert looked.asked == []
        (outcome,) = looked.on_disk()
        assert isinstance(outcome, OutcomeRecord)
        assert [source.issuer for source in outcome.sources] == [
            source.issuer for source in (await looked.ask(ByDocument(SOMEONE)))[0].sources
        ]

    await watched(tmp_path, watching)


async def test_of_a_manifest_only_those_about_whom_an_issuer_is_asked_are_announced(
    tmp_path: Path,
) -> None:
    async def watching(looked: Watched) -> None:
        await looked.ask(ByDocument(SOMEONE))
        await looked.ask(ByDocument(SOMEONE), ByDocument(OTHER), ByDocument(SOMEONE))
        assert sorted(looked.kinds()) == ["Intent", "Outcome", "Outcome", "Outcome"]
        assert looked.unannounced == []

    await watched(tmp_path, watching)


async def everything(looked: Watched) -> None:
    """By document, kept; and by a code that shows its holder."""
    await ask_twice(looked)
    await looked.ask(looked.stack.scan("zhenjiang"))
    assert len(looked.asked) > 1


async def test_no_issuer_is_asked_before_its_intent_is_on_disk(tmp_path: Path) -> None:
    assert (await watched(tmp_path, everything)).unannounced == []


class Unannounced(GuessGuard):
    """A bug: the questions are counted, and nothing says that they will be asked."""

    async def admit(
        self,
        records: Sequence[AuditRecord],
        guesses: Sequence[Guess | Scan | None],
        asker: Asker,
        at: datetime,
    ) -> None:
        await super().admit([], guesses, asker, at)


async def test_a_skipped_intent_is_seen(tmp_path: Path) -> None:
    async def asking(looked: Watched) -> None:
        await looked.ask(ByDocument(SOMEONE))

    assert (await watched(tmp_path, asking, Unannounced)).unannounced


async def test_no_answer_leaves_before_its_outcome_is_on_disk(tmp_path: Path) -> None:
    async def watching(looked: Watched) -> None:
        for _ in range(3):
            await looked.ask(ByDocument(SOMEONE))
            assert looked.kinds()[-1] == "Outcome"

    await watched(tmp_path, watching)


class Hurried(GuessGuard):
    """A bug: the answer leaves while its outcome is still being written."""

    async def settle(self, records: Sequence[AuditRecord], *rest: Any, **more: Any) -> Any:
        self.late = asyncio.create_task(super().settle(records, *rest, **more))
        return [AuditMark(AuditIndex(number), "A" * 43) for number in range(len(records))]


async def test_an_answer_that_leaves_too_early_is_seen(tmp_path: Path) -> None:
    async def watching(looked: Watched) -> None:
        await looked.ask(ByDocument(SOMEONE))
        assert looked.kinds() == ["Intent"]

    await watched(tmp_path, watching, Hurried)


async def test_a_stopped_client_gets_nothing_that_is_kept(tmp_path: Path) -> None:
    async def watching(looked: Watched) -> None:
        await ask_twice(looked)
        stop = Stop(StopReason.SAME_NAME, 65, 64)
        await looked.stack.database.write(
            lambda unit: stop_client("city-a", stop, AT, "request", unit)
        )
        with pytest.raises(ClientStopped):
            await looked.ask(ByDocument(SOMEONE))
        assert looked.kinds() == []
        await looked.ask(ByDocument(SOMEONE), client="city-b")

    await watched(tmp_path, watching)


async def test_a_denial_that_is_kept_is_one_guess_however_often_it_is_asked(
    tmp_path: Path,
) -> None:
    async def watching(looked: Watched) -> None:
        for _ in range(3):
            await looked.ask(ByDocument(person(3)))
        assert looked.asked == []
        rows = await looked.stack.database.fetch("SELECT counted_on FROM guesses", ())
        assert len(rows) == 1
        tallies = await looked.stack.database.fetch("SELECT unconfirmed FROM tallies", ())
        assert sum(count for (count,) in tallies) == 1

    await watched(tmp_path, watching)


async def test_what_no_policy_decides_is_recorded_with_what_is_kept(tmp_path: Path) -> None:
    async def watching(looked: Watched) -> None:
        await looked.ask(ByDocument(SOMEONE))
        inquiries = [
            Inquiry(ByDocument(SOMEONE), region, Purpose.ENTRY) for region in (NOWHERE, ZHENJIANG)
        ]
        looked.request = "mixed"
        await looked.stack.hub.recognize(inquiries, Asker("city-a", "mixed", 2))
        assert sorted(looked.kinds()) == ["Outcome", "Refusal"]
        assert any(isinstance(record, RefusalRecord) for record in looked.on_disk())

    await watched(tmp_path, watching)


def coach(documents: Sequence[TravelDocument], guarded: Guarded) -> RequestLog:
    """What is logged of one request about ``documents``."""
    asker, questions = Asker("city", "coach", len(documents)), list(map(ByDocument, documents))
    opened = [
        Opened(
            Inquiry(question, ZHENJIANG, Purpose.ENTRY),
            EARLIER,
            ("zhenjiang",),
            KeyedQuestion.of(question, holder_keys(), AT),
        )
        for question in questions
    ]
    guesses = [guarded.guard.guess(question, asker, AT) for question in questions]
    return RequestLog(guarded.guard, asker, opened, guesses, [])


@pytest.mark.parametrize("announced", [range(1), ()], ids=["asked", "kept"])
async def test_who_was_confirmed_is_no_guess_again_because_an_issuer_is_asked_about_a_later_piece(
    tmp_path: Path, announced: Iterable[int]
) -> None:
    *kin, last = of_one_prefix(GuessLimits().per_prefix)
    async with guarded(tmp_path / "hub.sqlite3") as here:
        log = coach([*kin, last], here)
        await log.announce(announced, AT)
        await log.settle(range(len(kin)), [], [Fate.CONFIRMED] * len(kin), AT, ())
        await log.announce([len(kin)], AT)
        await log.settle(range(len(kin), len(kin) + 1), [], [Fate.CONFIRMED], AT, ())
        assert await here.ask(of_one_prefix(GuessLimits().per_prefix, first=100))


async def test_a_stopped_client_is_stopped_also_when_a_later_piece_is_announced(
    tmp_path: Path,
) -> None:
    one, another = strangers(2)
    async with guarded(tmp_path / "hub.sqlite3") as here:
        log = coach([one, another], here)
        await log.announce([0], AT)
        await here.ask(of_one_prefix(GuessLimits().per_prefix + 1))
        with pytest.raises(ClientStopped):
            await log.announce([1], AT)
