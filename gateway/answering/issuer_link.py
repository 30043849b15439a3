"""One issuer as the hub sees it: what it stated lately, or what it states when asked now.

Every answer that leaves here was verified against the trust list handed in with the question,
whether its statement came from the cache or from the network.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import strawberry
from aiocache import SimpleMemoryCache

from tongxing.adapters.adapter import Adapter
from tongxing.adapters.corrections import MistakeReport, Standing
from tongxing.adapters.dialect import Answer, ByDocument, Question, Statement
from tongxing.adapters.lists import ReceivedList
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


class StatementCache:
    """A bounded, short-lived store of statements in this process.

    Keys are keyed digests, never a document. Nothing here says what a statement means: whoever
    takes one out must verify it against the trust list of that moment.
    """

    def __init__(self, *, lifetime_seconds: float, capacity: int) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._capacity = capacity
        self._statements = SimpleMemoryCache()
        self._oldest_first: OrderedDict[str, tuple[str, HolderRef]] = OrderedDict()

    async def get(self, key: str) -> Statement | None:
        statement: Statement | None = await self._statements.get(key)
        return statement

    async def put(self, key: str, statement: Statement, *, issuer: str, holder: HolderRef) -> None:
        await self._statements.set(key, statement, ttl=self._lifetime_seconds)
        self._oldest_first[key] = issuer, holder
        self._oldest_first.move_to_end(key)
        while len(self._oldest_first) > self._capacity:
            evicted, _ = self._oldest_first.popitem(last=False)
            await self._statements.delete(evicted)

    async def forget(self, issuer: str, holder: HolderRef) -> None:
        """Looks through all that is kept, some milliseconds: it is done once for a correction,
        while an index would have to be kept for every statement."""
        stated = [key for key, of in self._oldest_first.items() if of == (issuer, holder)]
        for key in stated:
            # Another may have come first: each deletion gives the others a turn.
            self._oldest_first.pop(key, None)
            await self._statements.delete(key)

    async def close(self) -> None:
        await self._statements.clear()
        self._oldest_first.clear()


READ_INLINE = 4
"""Up to this many statements are verified on the event loop (about 0.3 ms each at most); more go
to threads, so that a manifest does not hold up the questions beside it."""

READ_AT_ONCE = 25
"""Statements that a thread reads before the next manifest has its turn: some 10 ms. Handing each
over by itself took longer than decoding it."""

T = TypeVar("T")

_REUSABLE = frozenset({Outcome.VERIFIED, Outcome.NOT_ENROLLED})
"""The outcomes for which a statement is kept, and used again only while it still reads so."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What holds for one request: when, whom to believe, and until when an issuer may answer.

    ``deadline`` is in the event loop's seconds.
    """

    at: datetime
    trust_list: TrustList
    deadline: float


class IssuerLink:
    def __init__(
        self,
        adapter: Adapter,
        *,
        cache: StatementCache,
        holder_key: HolderKey,
        readers: Executor,
        watch: HubWatch,
    ) -> None:
        self.issuer = adapter.issuer
        self._adapter = adapter
        self._cache = cache
        self._holder_key = holder_key
        self._readers = readers
        self._watch = watch

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
        """Ask anew about ``holder`` at the next question: what is kept is known to be outdated."""
        await self._cache.forget(self.issuer, holder)

    async def ask(self, questions: Sequence[Question], moment: Moment) -> list[Answer]:
        """One answer for each question, in order; the same question is asked once."""
        keys = [self._key(question) for question in questions]
        pending = dict(zip(keys, questions, strict=True))
        answers = await self._recall(pending, moment)
        missing = {key: pending[key] for key in pending if key not in answers}
        answers |= await self._fetch(missing, moment)
        return [answers[key] for key in keys]

    def _key(self, question: Question) -> str:
        """The name is part of the key: a right number with a wrong name is another question."""
        if isinstance(question, ByDocument):
            document = question.document
            parts = [document.kind.value, document.number, document.name]
        else:
            parts = [question.code]
        return self._holder_key.cache_ref("statement", self.issuer, *parts)

    async def _recall(self, pending: dict[str, Question], moment: Moment) -> dict[str, Answer]:
        held = {key: await self._cache.get(key) for key in pending}
        kept = {key: statement for key, statement in held.items() if statement is not None}
        answers = await self._read(kept, pending, moment)
        return {
            key: answer for key, answer in answers.items() if answer.source.outcome in _REUSABLE
        }

    async def _fetch(self, missing: dict[str, Question], moment: Moment) -> dict[str, Answer]:
        """Batch by batch at the same time (the adapter bounds how many): what has come is read
        while the rest is on its way."""
        batches = _pieces(missing, self._adapter.batch_limit)
        fetched = await asyncio.gather(*(self._fetch_batch(batch, moment) for batch in batches))
        return {key: answer for answers in fetched for key, answer in answers.items()}

    async def _fetch_batch(self, missing: dict[str, Question], moment: Moment) -> dict[str, Answer]:
        asked_at = asyncio.get_running_loop().time()
        results = await self._adapter.fetch(
            list(missing.values()), at=moment.at, deadline=moment.deadline
        )
        seconds = asyncio.get_running_loop().time() - asked_at
        fetched = dict(zip(missing, results, strict=True))
        stated = {key: got for key, got in fetched.items() if isinstance(got, Statement)}
        failed = {key: got for key, got in fetched.items() if isinstance(got, Outcome)}
        answers = await self._read(stated, missing, moment)
        await self._keep(answers, stated, missing)
        answers |= {key: self._failure(outcome) for key, outcome in failed.items()}
        for answer in answers.values():
            self._watch.issuer_answered(self.issuer, answer.source.outcome, seconds)
        return answers

    async def _keep(
        self,
        answers: dict[str, Answer],
        stated: dict[str, Statement],
        questions: dict[str, Question],
    ) -> None:
        """A scan is an event of its own and is never answered from the cache."""
        for key, answer in answers.items():
            question = questions[key]
            if isinstance(question, ByDocument) and answer.source.outcome in _REUSABLE:
                holder = self._holder_key.ref(
                    question.document.kind.value, question.document.number
                )
                await self._cache.put(key, stated[key], issuer=self.issuer, holder=holder)

    def _failure(self, outcome: Outcome) -> Answer:
        return Answer(
            source=SourceAnswer(issuer=strawberry.ID(self.issuer), outcome=outcome), document=None
        )

    async def _read(
        self, statements: dict[str, Statement], questions: dict[str, Question], moment: Moment
    ) -> dict[str, Answer]:
        def read(some: dict[str, Statement]) -> dict[str, Answer]:
            return {
                key: self._adapter.read(statement, questions[key], moment.trust_list, moment.at)
                for key, statement in some.items()
            }

        if len(statements) <= READ_INLINE:
            return read(statements)
        loop = asyncio.get_running_loop()
        pieces = await asyncio.gather(
            *(
                loop.run_in_executor(self._readers, read, piece)
                for piece in _pieces(statements, READ_AT_ONCE)
            )
        )
        return {key: answer for answers in pieces for key, answer in answers.items()}


def _pieces(whole: dict[str, T], most: int) -> Iterator[dict[str, T]]:
    """``whole`` in its order, in pieces of at most so many."""
    keys = list(whole)
    for start in range(0, len(keys), most):
        yield {key: whole[key] for key in keys[start : start + most]}
