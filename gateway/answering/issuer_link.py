"""One issuer as the hub sees it: what it stated lately, or what it states when asked now.

Every answer that leaves here was verified against the trust list handed in with the question,
whether its statement came from the cache or from the network.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Protocol, TypeVar

from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import (
    Answer,
    ChangeFeed,
    Question,
    ReadStatement,
    ReceivedChanges,
    Result,
    Statement,
)
from tongxing.adapters.membership_filter import ReceivedFilter
from tongxing.adapters.mistake_reports import MistakeReport, Standing
from tongxing.adapters.signed_list import ReceivedList
from tongxing.gateway.answering.asked import KeyedQuestion, Moment
from tongxing.gateway.answering.asked_apart import AskedApart
from tongxing.gateway.answering.bad_answers import BadAnswers, Conduct, conduct_in
from tongxing.gateway.answering.between_workers import BetweenWorkers, Told
from tongxing.gateway.answering.circuit import Circuit
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.issuer_queue import IssuerQueue
from tongxing.gateway.answering.open_questions import (
    Batch,
    OpenQuestion,
    Wait,
    Waking,
    no_answer,
)
from tongxing.gateway.answering.road import ROAD, is_hurried
from tongxing.gateway.answering.shared_statements import SharedStatements
from tongxing.gateway.answering.statement_cache import StatementCache, StatementKey
from tongxing.gateway.answering.statement_reading import StatementReading, in_pieces
from tongxing.gateway.origins import ORIGINS
from tongxing.keys import HolderRef
from tongxing.schema import Color, Decision, Outcome
from tongxing.schema.federation import Reach


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

    def issuer_left_alone(self, issuer: str, why: str, is_left: bool) -> None:  # noqa: FBT001
        """The issuer is left alone because of its answers; or it is asked again."""
        ...


LOOKED_UP_AT_ONCE = 100
"""Kept statements looked up in one turn of the event loop: some 2 ms. The cache never waits."""

K = TypeVar("K")

REUSABLE = frozenset({Outcome.VERIFIED, Outcome.NOT_ENROLLED})
"""The outcomes for which a statement is kept, and used again only while it still reads so."""


_SILENT = frozenset({Outcome.TIMED_OUT, Outcome.BUSY})
"""The outcomes of an issuer that may answer nobody at this time."""


class IssuerLink:
    """``clock`` is monotonic, in seconds. ``shared`` is what other workers of the hub are told, if
    the settings say where."""

    def __init__(
        self,
        adapter: Adapter,
        *,
        cache: StatementCache,
        readers: Executor,
        evidence: ClockEvidence,
        watch: HubWatch,
        clock: Callable[[], float],
        shared: SharedStatements | None = None,
    ) -> None:
        self.issuer = adapter.issuer
        self.change_feed = adapter.change_feed
        self._adapter = adapter
        self._cache = cache
        self._reading = StatementReading(adapter, readers)
        self._evidence = evidence
        self._watch = watch
        self._circuit = Circuit(clock, partial(watch.issuer_silent, self.issuer))
        self._bad_answers = BadAnswers(clock, partial(watch.issuer_left_alone, self.issuer))
        self._apart = AskedApart()
        self._waking = Waking()
        self._shared = shared
        carry = self._ask_alone
        if shared is not None:
            shared.on_forgotten(self.issuer, self.forget)
            carry = BetweenWorkers(self.issuer, shared, self._ask, self._settle_kept).carry
        self._queue = IssuerQueue(self.issuer, adapter.batch_limit, self._circuit, carry)

    @property
    def reach(self) -> Reach:
        """How asking the issuer goes, as this process sees it."""
        if self._circuit.is_open:
            return Reach.SILENT
        return Reach.BAD_ANSWERS if self._bad_answers.is_left_alone else Reach.ASKED

    def claims(self, code: str) -> bool:
        return self._adapter.claims(code)

    @property
    def road(self) -> tuple[str, ...]:
        """The hub that is asked in the issuer's place; none if the issuer itself is asked."""
        return self._adapter.road

    def opening(self, statement: Statement) -> tuple[str, ...]:
        return self._adapter.opening(statement)

    async def report_mistake(
        self, report: MistakeReport, *, at: datetime, deadline: float
    ) -> str | Outcome:
        return await self._adapter.report_mistake(report, at=at, deadline=deadline)

    async def daily_list(self, *, deadline: float) -> ReceivedList | Outcome:
        return await self._adapter.daily_list(deadline=deadline)

    async def membership_filter(
        self, after: str | None, *, deadline: float
    ) -> ReceivedFilter | Outcome:
        return await self._adapter.membership_filter(after, deadline=deadline)

    async def changes(
        self, feed: ChangeFeed, after: int, limit: int, *, deadline: float
    ) -> ReceivedChanges | Outcome:
        return await self._adapter.changes(feed, after, limit, deadline=deadline)

    async def standing(self, reference: str, *, deadline: float) -> Standing | Outcome:
        return await self._adapter.standing(reference, deadline=deadline)

    async def forget(self, holder: HolderRef) -> None:
        """Ask anew about ``holder`` at the next question of any client: what is kept is known to be
        outdated, and so is what an exchange may bring that is under way."""
        self._queue.forget(holder)
        await self._cache.forget(self.issuer, holder)

    async def forget_everywhere(self, holder: HolderRef) -> None:
        """The same, and let the other workers do so at once, with what all of them share."""
        await self.forget(holder)
        if self._shared is not None:
            await self._shared.forget(self.issuer, holder)

    @property
    def shares(self) -> bool:
        """Whether there is anything to ``learn``."""
        return self._shared is not None and self._shared.is_here

    async def learn(self, wanted: Sequence[KeyedQuestion], moment: Moment) -> None:
        """Let ``recall`` find what other workers of the hub were told of ``wanted``. What is on its
        way here is not looked for."""
        if self._shared is None:
            return
        client, road, queue = moment.client_id, ROAD.get(), self._queue
        keys = [
            self._key(asked, client)
            for asked in wanted
            if asked.holder is not None and not queue.is_open(client, road, asked.ref)
        ]
        if keys:
            await self._shared.find(keys)

    async def recall(self, wanted: Sequence[KeyedQuestion], moment: Moment) -> dict[str, Answer]:
        """The answers that statements kept for this client still give, by ``ref``; no issuer is
        asked. A scan is an event of its own and is never answered from what is kept."""
        kept: dict[str, ReadStatement] = {}
        received: dict[str, tuple[Question, Statement]] = {}
        keys: dict[str, StatementKey] = {}
        for number, asked in enumerate(wanted, 1):
            if number % LOOKED_UP_AT_ONCE == 0:
                await asyncio.sleep(0)
            if asked.holder is not None:
                keys[asked.ref] = self._key(asked, moment.client_id)
                found = await self._cache.get(keys[asked.ref])
                if isinstance(found, ReadStatement):
                    kept[asked.ref] = found
                elif found is not None:
                    received[asked.ref] = (asked.question, found)
        if not (kept or received):
            return {}
        answers = await self.read_again(kept, moment)
        for ref, answer in (await self._reading.read(received, moment)).items():
            answers[ref] = answer
            if answer.read is not None:
                await self._cache.put_read(keys[ref], answer.read)
        return {ref: answer for ref, answer in answers.items() if answer.source.outcome in REUSABLE}

    async def read_again(self, kept: Mapping[K, ReadStatement], moment: Moment) -> dict[K, Answer]:
        """What statements that were read before say at ``moment``."""
        return await self._reading.read_again(kept, moment)

    def ask(self, wanted: Sequence[KeyedQuestion], moment: Moment) -> Wait:
        """Put the questions to the issuer, and wait for its answers by ``ref``. An issuer that is
        asked only when another has used up most of the time is not silent because it does not
        answer. To share an answer with others that ask the same, call this in the turn of the loop
        in which ``recall`` found nothing."""
        now = asyncio.get_running_loop().time()
        is_late = moment.is_late(now) or is_hurried(ROAD.get(), moment.deadline - now)
        passed = self._bad_answers.passed(wanted)
        entered = self._circuit.enter() if passed else None
        if entered is None:
            wait = Wait(self.issuer, moment, 0.0, self._waking, is_late=is_late)
            self._leave_alone(wanted, wait)
            return wait
        wait = Wait(self.issuer, moment, entered, self._waking, is_late=is_late)
        if passed is not wanted:
            asked = {each.ref for each in passed}
            self._leave_alone([each for each in wanted if each.ref not in asked], wait)
        self._queue.put(passed, wait)
        return wait

    async def close(self) -> None:
        await self._queue.close()

    def _leave_alone(self, wanted: Sequence[KeyedQuestion], wait: Wait) -> None:
        for asked in wanted:
            wait.settle(asked.ref, no_answer(self.issuer, Outcome.CIRCUIT_OPEN))

    def _key(self, asked: KeyedQuestion, client_id: str) -> StatementKey:
        return StatementKey(client_id, self.issuer, asked.ref)

    async def _ask_alone(self, batch: Batch) -> None:
        await self._ask(batch, batch.questions)

    async def _settle_kept(
        self, questions: Sequence[OpenQuestion], batch: Batch
    ) -> Sequence[OpenQuestion]:
        """Settle what kept statements answer by now; the questions that are left."""
        left: list[OpenQuestion] = []
        by_client: dict[str, list[OpenQuestion]] = {}
        for question in questions:
            by_client.setdefault(question.client_id, []).append(question)
        for client_id, same in by_client.items():
            moment = replace(batch.moment, client_id=client_id)
            answers = await self.recall([each.asked for each in same], moment)
            for question in same:
                answer = answers.get(question.asked.ref)
                if answer is None:
                    left.append(question)
                else:
                    batch.questions[question.asked.ref].remove(question)
                    self._queue.settled(question)
                    question.settle(self._at_the_latest(question, answer, moment))
        return left

    async def _ask(self, batch: Batch, refs: Collection[str]) -> Told:
        """Ask about these of a batch; each question is settled as soon as its answer is read. What
        is kept of it, for whom."""
        asked_at, since = asyncio.get_running_loop().time(), self._cache.now()
        asked = {ref: batch.questions[ref] for ref in refs}
        questions = {ref: same[0].asked.question for ref, same in asked.items()}
        results = await self._fetch(list(questions.values()), batch)
        for each in chain.from_iterable(asked.values()):
            each.has_come = True
        seconds = asyncio.get_running_loop().time() - asked_at
        if all(isinstance(got, Outcome) and got in _SILENT for got in results):
            batch.was_silent()
        else:
            batch.answered()
        stated: dict[str, tuple[Question, Statement]] = {}
        said: set[Conduct | None] = set()
        for ref, got in zip(questions, results, strict=True):
            if isinstance(got, Statement):
                stated[ref] = questions[ref], _as_asked(got, batch.questions[ref][0])
            else:
                self._watch.issuer_answered(self.issuer, got, seconds)
                nothing = no_answer(self.issuer, got)
                said.add(conduct_in(nothing.source))
                self._settle(batch, ref, nothing)
        pieces = in_pieces(stated)
        told: Told = {}
        reading = (self._read_piece(piece, batch, seconds, since, told) for piece in pieces)
        said.update(*await asyncio.gather(*reading))
        self._bad_answers.heard(batch.entered, [same[0].asked for same in asked.values()], said)
        return told

    async def _fetch(self, questions: Sequence[Question], batch: Batch) -> Sequence[Result]:
        """One result for each. If they are refused as a whole, one of them may be to blame: each is
        asked once more by itself, within bounds. An answer that did not come is no refusal."""
        ORIGINS.set(batch.origins)
        ROAD.set(batch.road)
        at, deadline = batch.moment.at, batch.deadline
        self._apart.asked(len(questions))
        results = await self._adapter.fetch(questions, at=at, deadline=deadline)
        if not _are_refused(results) or not self._apart.may_ask(len(questions)):
            return results
        singly = (self._adapter.fetch([each], at=at, deadline=deadline) for each in questions)
        return [result for (result,) in await asyncio.gather(*singly)]

    async def _read_piece(
        self,
        stated: Mapping[str, tuple[Question, Statement]],
        batch: Batch,
        seconds: float,
        since: float,
        told: Told,
    ) -> set[Conduct | None]:
        """What the answers say of the issuer. What is kept of them is put into ``told``."""
        answers = await self._reading.read(stated, batch.moment)
        for ref, answer in answers.items():
            if answer.ahead is not None:
                self._evidence.heard(self.issuer, answer.ahead)
            self._watch.issuer_answered(self.issuer, answer.source.outcome, seconds)
            for question in batch.questions[ref]:
                own = self._own_answer(question, answer, batch.moment)
                await self._keep(question, own, since, told)
            self._settle(batch, ref, answer)
        return {conduct_in(answer.source) for answer in answers.values()}

    def _own_answer(self, question: OpenQuestion, answer: Answer, read_at: Moment) -> Answer:
        """``answer`` as read for the first client that asked, as it is for that of ``question``."""
        if answer.read is None:
            return answer
        statement = _as_asked(answer.read.statement, question)
        if statement is answer.read.statement:
            return answer
        own = replace(answer.read, statement=statement)
        return self._adapter.read_again(own, read_at.trust_list, read_at.at)

    def _settle(self, batch: Batch, ref: str, answer: Answer) -> None:
        """Whoever joined after the batch had left is answered by the trust list of its own
        moment."""
        for question in batch.questions[ref]:
            self._queue.settled(question)
            own = self._own_answer(question, answer, batch.moment)
            question.settle(self._at_the_latest(question, own, batch.moment))

    def _at_the_latest(self, question: OpenQuestion, answer: Answer, read_at: Moment) -> Answer:
        latest, read = question.latest, answer.read
        if latest is None or read is None or not latest.is_after(read_at):
            return answer
        return self._adapter.read_again(read, latest.trust_list, latest.at)

    async def _keep(
        self, question: OpenQuestion, answer: Answer, asked_at: float, told: Told
    ) -> None:
        """For the client that asked: another one finds only what its own questions brought."""
        asked, reusable = question.asked, answer.source.outcome in REUSABLE
        if reusable and answer.read is not None and asked.holder is not None:
            key = self._key(asked, question.client_id)
            if await self._cache.put(key, answer.read, asked.holder, asked_at=asked_at):
                told[key] = answer.read.statement, asked.holder


def _as_asked(statement: Statement, question: OpenQuestion) -> Statement:
    """As if the client of ``question`` had asked alone: a statement that names the time at which
    another one asked would show it that somebody asks about this person."""
    left_with = question.left_with
    if left_with is None or left_with.at == statement.received_at:
        return statement
    return statement.received(left_with.at)


def _are_refused(results: Sequence[Result]) -> bool:
    first = results[0]
    is_refusal = isinstance(first, Outcome) and first is not Outcome.TIMED_OUT
    return is_refusal and len(results) > 1 and all(result is first for result in results)
