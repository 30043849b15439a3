"""What leaves for one issuer, and when: few exchanges with many questions in each.

A question leaves at once if nothing is under way. What comes meanwhile leaves together, when the
answer is back or after a while, whichever is sooner. The same question of one client is not
asked twice at a time. Responsible for this order and for its bounds. Refuses to know what an answer
says: a question leaves once, whatever comes back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from math import inf

from tongxing.gateway.answering.asked import KeyedQuestion
from tongxing.gateway.answering.circuit import Circuit
from tongxing.gateway.answering.issuer_streams import FEW, Stream, Streams
from tongxing.gateway.answering.open_questions import Batch, OpenQuestion, Wait, no_answer
from tongxing.gateway.answering.road import Road
from tongxing.keys import HolderRef
from tongxing.schema import Outcome

_Key = tuple[str, Road, str]
"""Whose question, by which road, and which."""

Carry = Callable[[Batch], Awaitable[None]]
"""Asks the questions of a batch and settles each."""


class IssuerQueue:
    def __init__(self, issuer: str, batch_limit: int, circuit: Circuit, carry: Carry) -> None:
        self._issuer = issuer
        self._circuit = circuit
        self._carry = carry
        self._streams = Streams(batch_limit)
        self._open: dict[_Key, OpenQuestion] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_due = False
        self._timer: asyncio.TimerHandle | None = None

    def put(self, wanted: Sequence[KeyedQuestion], wait: Wait) -> None:
        """Let ``wait`` wait for the answers to ``wanted``. One for which there is no room, or whose
        turn comes too late, is BUSY at once."""
        is_manifest = len(wanted) > FEW
        for asked in {asked.ref: asked for asked in wanted}.values():
            question = self._joined(asked, wait)
            if question is None:
                stream = self._streams.of(asked, wait, is_manifest=is_manifest)
                question = None if stream is None else self._put(stream, asked, wait)
            if question is None:
                wait.settle(asked.ref, no_answer(self._issuer, Outcome.BUSY))
            else:
                wait.wait_for(question)
        self._leave_soon()

    def is_open(self, client_id: str, road: Road, ref: str) -> bool:
        """Whether an answer to this question is on its way to this client, by this road."""
        return (client_id, road, ref) in self._open

    def settled(self, question: OpenQuestion) -> None:
        """Nobody can join it any more."""
        key = _key(question)
        if self._open.get(key) is question:
            del self._open[key]

    def forget(self, holder: HolderRef) -> None:
        """Nobody can join a question about ``holder`` that has left: its answer may be older than
        what is known by now."""
        for question in list(self._open.values()):
            asked = question.asked.holder
            if asked is not None and holder in asked.refs and question.batch is not None:
                self.settled(question)

    async def close(self) -> None:
        """End what is under way. Nobody waits for it any more."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _joined(self, asked: KeyedQuestion, wait: Wait) -> OpenQuestion | None:
        """A scan is an event of its own and is never joined."""
        moment = wait.moment
        question = self._open.get((moment.client_id, wait.road, asked.ref))
        return question if question is not None and question.may_join(moment) else None

    def _put(self, stream: Stream, asked: KeyedQuestion, wait: Wait) -> OpenQuestion | None:
        moment = wait.moment
        left = moment.deadline - asyncio.get_running_loop().time()
        if stream.pace.is_hopeless(stream.lanes.before(moment.client_id), left):
            return None
        question = OpenQuestion(asked, moment.client_id, wait.road)
        if not stream.lanes.put(question.client_id, question):
            return None
        if asked.holder is not None:
            self._open[_key(question)] = question
        return question

    def _leave_soon(self) -> None:
        """In the next turn of the loop: who asks in this one leaves with it."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._leave)

    def _leave(self) -> None:
        self._is_due = False
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        waits = [self._leave_from(stream, loop.time()) for stream in self._streams.each()]
        next_at = min(waits)
        self._timer = None if next_at == inf else loop.call_at(next_at, self._leave)

    def _leave_from(self, stream: Stream, now: float) -> float:
        """When to look again at what waits; ``inf`` if nothing waits for a time to come."""
        while stream.lanes and self._streams.may_leave(stream, len(self._under_way)):
            if now < stream.leaves_at:
                return stream.leaves_at
            self._send(stream, now)
        return inf

    def _send(self, stream: Stream, now: float) -> None:
        questions = self._next(stream)
        if not questions:
            return
        batch = Batch(questions, self._circuit, now)
        stream.under_way += 1
        stream.left_at = now
        task = asyncio.ensure_future(self._carry(batch))
        self._under_way.add(task)
        task.add_done_callback(partial(self._came_back, stream, batch, now))

    def _next(self, stream: Stream) -> dict[str, list[OpenQuestion]]:
        """The next questions by ``ref``, without those for whose answer nobody waits any more. The
        same question of several clients is in it once (decision 35)."""
        questions: dict[str, list[OpenQuestion]] = {}
        while stream.lanes and len(questions) < stream.at_once:
            question = stream.lanes.take()
            if question.waits:
                questions.setdefault(question.asked.ref, []).append(question)
            else:
                self.settled(question)
        return questions

    def _came_back(
        self, stream: Stream, batch: Batch, left_at: float, task: asyncio.Task[None]
    ) -> None:
        self._under_way.discard(task)
        stream.under_way -= 1
        stream.pace.took(asyncio.get_running_loop().time() - left_at)
        fault = None if task.cancelled() else task.exception()
        for question in batch.each():
            self.settled(question)
            if fault is not None:
                question.fail(fault)
        batch.end()
        self._leave_soon()


def _key(question: OpenQuestion) -> _Key:
    return question.client_id, question.road, question.asked.ref
