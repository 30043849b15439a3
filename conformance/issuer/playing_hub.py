"""The kit plays the hub: it asks a participant everything that a hub would, and keeps what it saw.

Responsible for the probes and their order; judges nothing. The dialect and the guarded client are
the hub's own. If the first question gets no HTTP response, nothing else is asked: each further one
would wait as long. Effects: the event loop's seconds.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import cycle, islice

from tongxing.adapters.adapter import Adapter
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import (
    ByCode,
    ByDocument,
    Checkpoint,
    Dialect,
    Question,
    Stamp,
    Statement,
)
from tongxing.adapters.dialects import DIALECTS, HubIdentity
from tongxing.adapters.exchange import conduct
from tongxing.adapters.membership_filter import ReceivedFilter
from tongxing.adapters.mistake_reports import MistakeReport, report_mistake
from tongxing.adapters.wire import ANSWER_LIMIT_BYTES, HttpRequest, Transport, TransportError
from tongxing.conformance.issuer.observed import Asked, Corrections, Feed, Fetched, Load, Observed
from tongxing.conformance.issuer.participant import Expectation, Participant, TestPerson
from tongxing.conformance.issuer.recording import Exchange, RecordedTransport
from tongxing.conformance.issuer.walking import Walk, walk
from tongxing.keys import base64url
from tongxing.keys.signing import Sm2Signer
from tongxing.schema import DocumentKind, Outcome, TravelDocument
from tongxing.schema.correction import MistakeKind

FEED_PAGE = 50
FEED_AFTER = (0, 1)
"""Two pages that overlap: a change keeps its number."""

FETCH_SECONDS = 60.0
"""For what may be as long as a list of everybody."""

CHECKPOINT = Checkpoint(
    name="符合性检查 conformance",
    position="出口 exit",
    department="测试组 tests",
    verifier_name="测试员",
    verifier_phone="13800000000",
)
WRONG_CREDENTIAL = "conformance-wrong-credential"
UNKNOWN_REFERENCE = "conformance-no-such-reference"
_OTHER_NAMES = {DocumentKind.RESIDENT_ID: "测试甲乙"}
_OTHER_NAME = "NOBODY ELSE"

Open = Callable[[Credential], AbstractAsyncContextManager[Transport]]


@dataclass(frozen=True, slots=True)
class Stage:
    """The rim: ``open`` gives a client to the participant, ``now`` aware times, ``nonce`` 22 new
    base64url characters. ``questions`` is how many are asked at once for the load, ``in_a_batch``
    how many together at most, if the format allows so many."""

    open: Open
    now: Callable[[], datetime]
    nonce: Callable[[], str]
    deadline_seconds: float
    questions: int
    in_a_batch: int


async def observe(participant: Participant, url: str, stage: Stage) -> Observed:
    """Ask everything. Never raises, whatever the participant does."""
    async with stage.open(Credential(participant.credential)) as transport:
        playing = _Playing(participant, transport, stage)
        seen = Observed(participant, url, stage.deadline_seconds)
        first = await playing.ask(participant.persons[:1])
        seen = replace(seen, alone=first)
        if not any(each.response for each in first[0].exchanges):
            return seen
        seen = await playing.questions(seen)
        seen = await playing.offers(seen)
    return replace(seen, without_credential=await _without_credential(participant, stage))


class _Playing:
    def __init__(self, participant: Participant, transport: Transport, stage: Stage) -> None:
        self._participant = participant
        self._transport = transport
        self._stage = stage
        self._dialect = dialect_of(participant)

    async def questions(self, seen: Observed) -> Observed:
        persons = self._participant.persons
        batch = [*persons, persons[0]]
        return replace(
            seen,
            alone=seen.alone + await self.ask(persons[1:]),
            wrong_name=await self._ask(self._with_another_name()),
            batch=await self._together(batch),
            whole_batch=await self._together(list(islice(cycle(persons), self._stage.in_a_batch))),
            scans=tuple([await self._scan(each) for each in persons if each.code]),
            foreign=await self._foreign(),
            load=await self._load(persons[0]),
        )

    async def offers(self, seen: Observed) -> Observed:
        offers = self._participant.offers
        return replace(
            seen,
            corrections=await self._corrections() if offers.corrections else None,
            daily_list=await self._daily_list() if offers.daily_list else None,
            membership=await self._membership() if offers.filter_key else None,
            feed=await self._feed() if offers.changes else None,
        )

    async def ask(self, persons: Sequence[TestPerson]) -> tuple[Asked, ...]:
        return tuple([await self._ask(person) for person in persons])

    async def _ask(self, person: TestPerson) -> Asked:
        (asked,) = await self._questions([person], [ByDocument(person.document)])
        return asked

    async def _together(self, persons: Sequence[TestPerson]) -> tuple[Asked, ...]:
        """Empty if the system takes one question at a time."""
        if self._dialect.batch_limit == 1:
            return ()
        persons = persons[: self._dialect.batch_limit]
        return await self._questions(persons, [ByDocument(each.document) for each in persons])

    async def _scan(self, person: TestPerson) -> Asked:
        scan = ByCode(person.code or "", CHECKPOINT)
        (asked,) = await self._questions([person], [scan])
        return asked

    async def _foreign(self) -> Asked | None:
        code = self._participant.foreign_code
        if code is None:
            return None
        nobody = replace(self._participant.persons[0], label="foreign-code", code=code)
        return await self._scan(replace(nobody, expects=Expectation.NOBODY))

    async def _questions(
        self, persons: Sequence[TestPerson], questions: Sequence[Question]
    ) -> tuple[Asked, ...]:
        recorded, at = RecordedTransport(self._transport), self._stage.now()
        results = await self._adapter(recorded).fetch(questions, at=at, deadline=self._deadline())
        exchanges = tuple(recorded.exchanges)
        return tuple(
            Asked(
                person.label,
                person.expects,
                question,
                exchanges,
                result,
                self._walk(result, question) if isinstance(result, Statement) else None,
                at,
            )
            for person, question, result in zip(persons, questions, results, strict=True)
        )

    def _walk(self, statement: Statement, question: Question) -> Walk:
        trusted = self._participant.trust_list
        return walk(self._dialect, statement, question, trusted, self._stage.now())

    def _adapter(self, transport: Transport) -> Adapter:
        return Adapter(self._dialect, transport, self._stage.nonce)

    def _deadline(self, seconds: float | None = None) -> float:
        lasts = self._stage.deadline_seconds if seconds is None else seconds
        return asyncio.get_running_loop().time() + lasts

    def _with_another_name(self) -> TestPerson:
        person = self._participant.with_color()[0]
        kind = person.document.kind
        name = _OTHER_NAMES.get(kind, _OTHER_NAME)
        document = TravelDocument.parse(kind, person.document.number, name)
        return TestPerson(f"{person.label}-wrong-name", document, Expectation.NOBODY)

    async def _load(self, person: TestPerson) -> Load | None:
        recorded = RecordedTransport(self._transport)
        adapter, clock = self._adapter(recorded), asyncio.get_running_loop().time

        async def one() -> float:
            began = clock()
            question = ByDocument(person.document)
            await adapter.fetch([question], at=self._stage.now(), deadline=self._deadline())
            return clock() - began

        seconds = await asyncio.gather(*(one() for _ in range(self._stage.questions)))
        return Load(tuple(recorded.exchanges), tuple(seconds))

    async def _corrections(self) -> Corrections:
        recorded = RecordedTransport(self._transport)
        adapter = self._adapter(recorded)
        report = self._report(self._participant.with_color()[0])
        first, again = await self._reported_twice(recorded, report)
        standing = None
        if isinstance(first, str):
            standing = await adapter.standing(first, deadline=self._deadline())
        unknown = await adapter.standing(UNKNOWN_REFERENCE, deadline=self._deadline())
        nobody = next(
            (p for p in self._participant.persons if p.expects is Expectation.NOBODY), None
        )
        refused = None
        if nobody is not None:
            refused = await adapter.report_mistake(
                self._report(nobody), at=self._stage.now(), deadline=self._deadline()
            )
        return Corrections(tuple(recorded.exchanges), first, again, standing, unknown, refused)

    def _report(self, person: TestPerson) -> MistakeReport:
        evidence = base64url.encode(sha256(b"conformance").digest())
        return MistakeReport(person.document, MistakeKind.NEVER_THERE, evidence)

    async def _reported_twice(
        self, transport: Transport, report: MistakeReport
    ) -> tuple[str | Outcome, str | Outcome]:
        """The very same bytes, as after an answer that was lost."""
        stamp = Stamp(self._stage.now(), self._stage.nonce())

        async def report_once() -> str | Outcome:
            exchange, turns = report_mistake(report, stamp), asyncio.Semaphore()
            (result,) = await conduct(
                exchange, transport, turns, questions=1, deadline=self._deadline()
            )
            return result

        return await report_once(), await report_once()

    async def _daily_list(self) -> Fetched:
        recorded = RecordedTransport(self._transport)
        adapter = self._adapter(recorded)
        first = await adapter.daily_list(deadline=self._deadline(FETCH_SECONDS))
        again = await adapter.daily_list(deadline=self._deadline(FETCH_SECONDS))
        return Fetched(tuple(recorded.exchanges), first, again, self._stage.now())

    async def _membership(self) -> Fetched:
        recorded = RecordedTransport(self._transport)
        adapter = self._adapter(recorded)
        first = await adapter.membership_filter(None, deadline=self._deadline(FETCH_SECONDS))
        after = None
        if isinstance(first, ReceivedFilter):
            after = base64url.encode(sha256(first.head).digest())
        again = await adapter.membership_filter(after, deadline=self._deadline(FETCH_SECONDS))
        return Fetched(tuple(recorded.exchanges), first, again, self._stage.now())

    async def _feed(self) -> Feed:
        recorded = RecordedTransport(self._transport)
        for after in FEED_AFTER:
            path = f"/v1/changes?after={after}&limit={FEED_PAGE}"
            request = HttpRequest("GET", path, {}, b"", ANSWER_LIMIT_BYTES * FEED_PAGE)
            try:
                await recorded.send(request, deadline=self._deadline())
            except TransportError:
                break
        return Feed(tuple(recorded.exchanges), FEED_AFTER)


def dialect_of(participant: Participant, credential: str | None = None) -> Dialect:
    """As the settings of a hub would have it."""
    key = participant.hub_key or Sm2Signer.generate()
    token = Credential(participant.credential if credential is None else credential)
    identity = HubIdentity(participant.issuer, token, participant.customer_number, lambda: key)
    return DIALECTS[participant.dialect](identity)


async def _without_credential(participant: Participant, stage: Stage) -> tuple[Exchange, ...]:
    """One question with a credential that the participant never gave."""
    person = participant.persons[0]
    async with stage.open(Credential(WRONG_CREDENTIAL)) as transport:
        recorded = RecordedTransport(transport)
        dialect = dialect_of(participant, WRONG_CREDENTIAL)
        adapter = Adapter(dialect, recorded, stage.nonce)
        deadline = asyncio.get_running_loop().time() + stage.deadline_seconds
        await adapter.fetch([ByDocument(person.document)], at=stage.now(), deadline=deadline)
    return tuple(recorded.exchanges)
