"""One issuer as the hub sees it: what it stated lately, or what it states when asked now.

Every answer that leaves here was verified against the trust list handed in with the question,
whether its statement came from the cache or from the network.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

import strawberry

from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import Answer, ByDocument, Question, ReadStatement, Statement
from tongxing.adapters.mistake_reports import MistakeReport, Standing
from tongxing.adapters.signed_list import ReceivedList
from tongxing.gateway.answering.circuit import Circuit
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.statement_cache import StatementCache, StatementKey
from tongxing.keys import HolderKey, HolderRef, TrustList
from tongxing.schema import Color, Decision, Outcome, SourceAnswer


class HubWatch(Protocol):
    def recognized(self, color: Color, decision: Decision) -> None: ...

    def issuer_answered(self, issuer: str, outcome: Outcome, seconds: float) -> None:
        """One question that went to the issuer, and how long the exchange took."""
        ...

    def integrity_alarm(self, request_id: str, issuer: str) -> None:
        """An issuer's evidence was forged, foreign or replayed."""
        ...

    def issuer_silent(self, issuer: str, is_silent: bool) -> None:  # noqa: FBT001 - a callback
        """The issuer is left alone because it does not answer; or it answers again."""
        ...


READ_INLINE = 4
"""Up to this many statements are verified on the event loop (about 0.3 ms each at most); more go
to threads, so that a manifest does not hold up the questions beside it."""

READ_AT_ONCE = 25
"""Statements that a thread reads before the next manifest has its turn: some 10 ms. Handing each
over by itself took longer than decoding it."""

LOOKED_UP_AT_ONCE = 100
"""Kept statements looked up in one turn of the event loop: some 2 ms. The cache never waits."""

K = TypeVar("K")
T = TypeVar("T")

_REUSABLE = frozenset({Outcome.VERIFIED, Outcome.NOT_ENROLLED})
"""The outcomes for which a statement is kept, and used again only while it still reads so."""


_SILENT = frozenset({Outcome.TIMED_OUT, Outcome.BUSY})
"""The outcomes of an issuer that may answer nobody at this time."""


@dataclass(frozen=True, slots=True)
class KeyedQuestion:
    """A question as a link is asked it. ``ref`` is a keyed digest of everything in the question:
    a right number with a wrong name is another question. ``holder`` is None for a scan."""

    question: Question
    ref: str
    holder: HolderRef | None

    @classmethod
    def of(cls, question: Question, holder_key: HolderKey) -> "KeyedQuestion":
        if isinstance(question, ByDocument):
            kind, number = question.document.kind.value, question.document.number
            ref = holder_key.cache_ref("statement", kind, number, question.document.name)
            return cls(question, ref, holder_key.ref(kind, number))
        return cls(question, holder_key.cache_ref("statement", question.code), None)


@dataclass(frozen=True, slots=True)
class Moment:
    """What holds for one request: its client, its time, the trust list, and how long an issuer may
    take: from ``began`` to ``deadline``, in the event loop's seconds.
    """

    client_id: str
    at: datetime
    trust_list: TrustList
    began: float
    deadline: float

    def is_late(self, now: float) -> bool:
        """Whether most of the time is gone."""
        return now - self.began > self.deadline - now


Read = Callable[[Adapter, Mapping[K, T], Moment], dict[K, Answer]]


class IssuerLink:
    """``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        adapter: Adapter,
        *,
        cache: StatementCache,
        readers: Executor,
        evidence: ClockEvidence,
        watch: HubWatch,
        clock: Callable[[], float],
    ) -> None:
        self.issuer = adapter.issuer
        self._adapter = adapter
        self._cache = cache
        self._readers = readers
        self._evidence = evidence
        self._watch = watch
        self._circuit = Circuit(clock, partial(watch.issuer_silent, self.issuer))

    def claims(self, code: str) -> bool:
        return self._adapter.claims(code)

    async def report_mistake(
        self, report: MistakeReport, *, at: datetime, deadline: float
    ) -> str | Outcome:
        return await self._adapter.report_mistake(report, at=at, deadline=deadline)

    async def daily_list(self, *, deadline: float) -> ReceivedList | Outcome:
        return await self._adapter.daily_list(deadline=deadline)

    async def standing(self, reference: str, *, deadline: float) -> Standing | Outcome:
        return await self._adapter.standing(reference, deadline=deadline)

    async def forget(self, holder: HolderRef) -> None:
        """Ask anew about ``holder`` at the next question of any client: what is kept is known to be
        outdated."""
        await self._cache.forget(self.issuer, holder)

    async def recall(self, wanted: Sequence[KeyedQuestion], moment: Moment) -> dict[str, Answer]:
        """The answers that statements kept for this client still give, by ``ref``; no issuer is
        asked. A scan is an event of its own and is never answered from what is kept."""
        kept: dict[str, ReadStatement] = {}
        for number, asked in enumerate(wanted, 1):
            if number % LOOKED_UP_AT_ONCE == 0:
                await asyncio.sleep(0)
            if asked.holder is not None:
                read = await self._cache.get(self._key(asked, moment))
                if read is not None:
                    kept[asked.ref] = read
        answers = await self.read_again(kept, moment)
        return {
            ref: answer for ref, answer in answers.items() if answer.source.outcome in _REUSABLE
        }

    async def read_again(self, kept: Mapping[K, ReadStatement], moment: Moment) -> dict[K, Answer]:
        """What statements that were read before say at ``moment``."""
        return await self._in_pieces(_read_again, kept, moment)

    async def ask(self, wanted: Sequence[KeyedQuestion], moment: Moment) -> dict[str, Answer]:
        """The issuer's answers by ``ref``; the same question is asked once. Batch by batch at the
        same time (the adapter bounds how many): what has come is read while the rest is on its
        way. An issuer that is asked only when another has used up most of the time is not silent
        because it does not answer."""
        missing = {asked.ref: asked for asked in wanted}
        is_late = moment.is_late(asyncio.get_running_loop().time())
        entered = self._circuit.enter()
        if entered is None:
            return dict.fromkeys(missing, self._failure(Outcome.CIRCUIT_OPEN))
        batches = _pieces(missing, self._adapter.batch_limit)
        asking = (self._ask_batch(batch, moment, entered) for batch in batches)
        fetched = await asyncio.gather(*asking)
        answers = {ref: answer for each in fetched for ref, answer in each.items()}
        if _are_silent(answers) and not is_late:
            self._circuit.heard(entered, answered=False)
        return answers

    def _key(self, asked: KeyedQuestion, moment: Moment) -> StatementKey:
        return StatementKey(moment.client_id, self.issuer, asked.ref)

    async def _ask_batch(
        self, batch: dict[str, KeyedQuestion], moment: Moment, entered: float
    ) -> dict[str, Answer]:
        asked_at = asyncio.get_running_loop().time()
        results = await self._adapter.fetch(
            [asked.question for asked in batch.values()], at=moment.at, deadline=moment.deadline
        )
        seconds = asyncio.get_running_loop().time() - asked_at
        fetched = dict(zip(batch, results, strict=True))
        stated = {
            ref: (batch[ref].question, got)
            for ref, got in fetched.items()
            if isinstance(got, Statement)
        }
        answers = await self._in_pieces(_read, stated, moment)
        for number, (ref, answer) in enumerate(answers.items(), 1):
            if number % LOOKED_UP_AT_ONCE == 0:
                await asyncio.sleep(0)
            await self._keep(batch[ref], answer, moment)
        for answer in answers.values():
            if answer.ahead is not None:
                self._evidence.heard(self.issuer, answer.ahead)
        answers |= {
            ref: self._failure(got) for ref, got in fetched.items() if isinstance(got, Outcome)
        }
        for answer in answers.values():
            self._watch.issuer_answered(self.issuer, answer.source.outcome, seconds)
        if not _are_silent(answers):
            # Not when the whole manifest is there: those who wait beside it may be timed out.
            self._circuit.heard(entered, answered=True)
        return answers

    async def _keep(self, asked: KeyedQuestion, answer: Answer, moment: Moment) -> None:
        reusable = answer.read is not None and answer.source.outcome in _REUSABLE
        if reusable and answer.read is not None and asked.holder is not None:
            await self._cache.put(self._key(asked, moment), answer.read, asked.holder)

    def _failure(self, outcome: Outcome) -> Answer:
        return Answer(
            source=SourceAnswer(issuer=strawberry.ID(self.issuer), outcome=outcome), document=None
        )

    async def _in_pieces(
        self, read: Read[K, T], stated: Mapping[K, T], moment: Moment
    ) -> dict[K, Answer]:
        """All of ``stated`` read: at once if they are few, else piece by piece in threads."""
        if len(stated) <= READ_INLINE:
            return read(self._adapter, stated, moment)
        loop = asyncio.get_running_loop()
        pieces = await asyncio.gather(
            *(
                loop.run_in_executor(self._readers, read, self._adapter, piece, moment)
                for piece in _pieces(stated, READ_AT_ONCE)
            )
        )
        return {key: answer for answers in pieces for key, answer in answers.items()}


def _are_silent(answers: Mapping[str, Answer]) -> bool:
    return all(answer.source.outcome in _SILENT for answer in answers.values())


def _read(
    adapter: Adapter, stated: Mapping[K, tuple[Question, Statement]], moment: Moment
) -> dict[K, Answer]:
    return {
        key: adapter.read(statement, question, moment.trust_list, moment.at)
        for key, (question, statement) in stated.items()
    }


def _read_again(
    adapter: Adapter, kept: Mapping[K, ReadStatement], moment: Moment
) -> dict[K, Answer]:
    return {
        key: adapter.read_again(read, moment.trust_list, moment.at) for key, read in kept.items()
    }


def _pieces(whole: Mapping[K, T], most: int) -> Iterator[dict[K, T]]:
    """``whole`` in its order, in pieces of at most so many."""
    keys = list(whole)
    for start in range(0, len(keys), most):
        yield {key: whole[key] for key in keys[start : start + most]}
