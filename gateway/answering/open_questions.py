"""Questions that an issuer has not answered yet, and the requests that wait for its answers.

Each request waits until a deadline of its own. One that stops waiting, and one that was there
first, changes nothing for the others: a batch is the issuer's, not a request's. Refuses to know how
a question is asked, and when it leaves.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

import strawberry

from tongxing.adapters.dialect import Answer
from tongxing.gateway.answering.asked import KeyedQuestion, Moment
from tongxing.gateway.answering.circuit import Circuit
from tongxing.gateway.answering.road import ROAD, Road
from tongxing.gateway.origins import ORIGINS
from tongxing.schema import Outcome, SourceAnswer

JOINABLE_SHARE = 0.5
"""A batch may take longer than those who wait when it leaves, by so much of the time that they have
left. A request that asks the same within this time shares it and still has its own whole deadline.
A later one asks anew, so that one batch that hangs does not hang everybody who asks the same."""


WOKEN_AT_ONCE = 32
"""Requests that go on in one turn of the event loop because an issuer has answered: each of them
takes some 0.5 ms until it waits again."""


def no_answer(issuer: str, outcome: Outcome) -> Answer:
    """What asking came to if the issuer stated nothing."""
    return Answer(SourceAnswer(issuer=strawberry.ID(issuer), outcome=outcome), document=None)


class Waking:
    """Wakes those who wait, few in a turn of the event loop: ten thousand who asked the same would
    otherwise all be judged before anything else is answered."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    def wake(self, done: "asyncio.Future[None]") -> None:
        """Let the one who waits for ``done`` go on, in its turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._wake_some)
        self._waiting.append(done)

    def _wake_some(self) -> None:
        for _ in range(min(WOKEN_AT_ONCE, len(self._waiting))):
            done = self._waiting.popleft()
            if not done.done():
                done.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._wake_some)


class Wait:
    """What one request waits for from one issuer. ``entered`` is the circuit's time; ``is_late``
    says that the issuer was asked too late for its silence to be its own."""

    def __init__(
        self, issuer: str, moment: Moment, entered: float, waking: Waking, *, is_late: bool
    ) -> None:
        self.issuer = issuer
        self.moment = moment
        self.entered = entered
        self.is_late = is_late
        self.is_heard = False
        """Whether the circuit has heard of the silence that this request met: a manifest counts
        once."""
        self.origins = ORIGINS.get()
        self.road = ROAD.get()
        self._answers: dict[str, Answer] = {}
        self._open: dict[str, OpenQuestion] = {}
        self._awaited: set[str] = set()
        self._waking = waking
        self._done: asyncio.Future[None] | None = None
        self._fault: BaseException | None = None

    @property
    def counts(self) -> bool:
        """Whether the circuit hears of it if this request waits in vain."""
        return not (self.is_late or self.is_heard)

    def wait_for(self, question: "OpenQuestion") -> None:
        self._open[question.asked.ref] = question
        question.waits[self] = None

    def settle(self, ref: str, answer: Answer) -> None:
        self._answers[ref] = answer
        self._open.pop(ref, None)
        self._awaited.discard(ref)
        if not self._awaited:
            self._wake()

    def fail(self, fault: BaseException) -> None:
        """An error of ours: there will be no answer, and nobody waits for it."""
        self._fault = fault
        self._wake()

    async def answers(self, refs: Collection[str]) -> Mapping[str, Answer]:
        """The issuer's answers, those to ``refs`` among them, as soon as these are there; TIMED_OUT
        for what has not come by the deadline. What has come by then is read first: that the hub is
        busy is no silence of the issuer."""
        await self._settled(refs, until=self.moment.deadline)
        if self._is_missing(refs):
            self._give_up()
            await self._settled(refs, until=inf)
        if self._fault is not None:
            raise self._fault
        return self._answers

    def leave(self) -> None:
        """Wait no longer."""
        for question in self._open.values():
            question.waits.pop(self, None)
        self._open = {}

    async def _settled(self, refs: Collection[str], *, until: float) -> None:
        self._awaited = {ref for ref in refs if ref in self._open}
        if self._awaited and self._fault is None:
            loop = asyncio.get_running_loop()
            done = self._done = loop.create_future()
            timer = None if until == inf else loop.call_at(until, self._wake)
            try:
                await done
            finally:
                if timer is not None:
                    timer.cancel()

    def _is_missing(self, refs: Collection[str]) -> bool:
        return self._fault is None and any(ref in self._open for ref in refs)

    def _give_up(self) -> None:
        """Time is up for what has not come."""
        for ref, question in list(self._open.items()):
            if question.has_come:
                continue
            if question.batch is not None and self.counts:
                question.batch.was_silent()
            question.waits.pop(self, None)
            self.settle(ref, no_answer(self.issuer, Outcome.TIMED_OUT))

    def _wake(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            self._waking.wake(done)


@dataclass(slots=True, eq=False)
class OpenQuestion:
    """Of one client, come by ``road``. ``batch`` is that with which it has left; None while it
    waits to leave. ``left_with`` is the last moment of its own requests that waited then.
    ``has_come``: its answer is here, and is being read."""

    asked: KeyedQuestion
    client_id: str
    road: Road = ()
    waits: dict[Wait, None] = field(default_factory=dict)
    batch: "Batch | None" = None
    left_with: Moment | None = None
    has_come: bool = False

    def may_join(self, moment: Moment) -> bool:
        """Whether a request of that moment can share the answer without a shorter deadline than its
        own."""
        return self.batch is None or moment.deadline <= self.batch.deadline

    @property
    def latest(self) -> Moment | None:
        """The last moment of those that wait; None if nobody does any more."""
        last: Moment | None = None
        for wait in self.waits:
            if last is None or wait.moment.is_after(last):
                last = wait.moment
        return last

    def settle(self, answer: Answer) -> None:
        waits, self.waits = self.waits, {}
        for wait in waits:
            wait.settle(self.asked.ref, answer)

    def fail(self, fault: BaseException) -> None:
        for wait in self.waits:
            wait.fail(fault)


class Batch:
    """Questions that have left together, and by ``ref`` who asked each: what several clients ask at
    the same time is asked once. ``moment`` is the last one of all that wait when it leaves."""

    def __init__(
        self, questions: Mapping[str, list[OpenQuestion]], circuit: Circuit, now: float
    ) -> None:
        self.questions = questions
        self._circuit = circuit
        self._is_silence_heard = False
        waits = list(dict.fromkeys(self._waits()))  # a manifest waits once, whatever it asks
        self.moment = waits[0].moment
        for wait in waits:
            if wait.moment.is_after(self.moment):
                self.moment = wait.moment
        last = max(wait.moment.deadline for wait in waits)
        self.joinable_seconds = JOINABLE_SHARE * max(0.0, last - now)
        self.deadline = last + self.joinable_seconds
        self.entered = max(wait.entered for wait in waits)
        """When those that wait entered, by the clock of the circuits."""
        self.origins = tuple(dict.fromkeys(each for wait in waits for each in wait.origins))
        """On whose behalf it is asked, each once."""
        self.road = waits[0].road
        """The hubs that its questions have come through: what leaves together has come by one."""
        for each in self.each():
            each.batch, each.left_with = self, each.latest

    def each(self) -> Iterator[OpenQuestion]:
        return (question for same in self.questions.values() for question in same)

    def end(self) -> None:
        """All is settled. What is let go of refers to nothing in a circle then, so it is gone at
        once and not only when garbage is collected."""
        self.questions = {}

    def answered(self) -> None:
        """The issuer said something, to whatever question."""
        self._circuit.heard(self.entered, answered=True)

    def was_silent(self) -> None:
        """The issuer has let somebody wait in vain. The circuit hears it once of each batch, and
        once of each request; not if it was asked too late."""
        waits = () if self._is_silence_heard else {w for w in self._waits() if w.counts}
        if waits:
            self._is_silence_heard = True
            for wait in waits:
                wait.is_heard = True
            self._circuit.heard(self.entered, answered=False)

    def _waits(self) -> Iterator[Wait]:
        return (wait for question in self.each() for wait in question.waits)
