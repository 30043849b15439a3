"""Another hub, as this one asks it for the statements of the issuers behind it.

What several issuers' questions bring together in one turn of the event loop leaves in one request,
under one token and one deadline. Responsible for each exchange being recorded before anything rests
on it, and for a hub that does not answer being left alone for a while. Refuses to verify and to
judge: what comes goes the way of any statement.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tongxing.adapters.between_hubs import (
    ISSUERS_AT_ONCE,
    QUESTIONS_AT_ONCE,
    STATEMENTS_AT_ONCE,
    HubQuestion,
    OtherHubRefuses,
    Request,
    Told,
)
from tongxing.adapters.dialect import Question
from tongxing.adapters.exchange import Conversation, conduct
from tongxing.adapters.hub_token import HubToken
from tongxing.adapters.wire import CONCURRENT_EXCHANGES, Transport
from tongxing.gateway.answering.circuit import Circuit
from tongxing.gateway.answering.issuer_streams import FEW, RELAYED_AT_ONCE
from tongxing.gateway.answering.relay_log import Exchanged, RelayLog
from tongxing.gateway.answering.road import ROAD, Road, is_hurried
from tongxing.gateway.storage import StorageUnavailable
from tongxing.schema import Outcome, RegionCode

MILLISECONDS = 1_000

_SILENT = frozenset({Outcome.TIMED_OUT, Outcome.BUSY})


@dataclass(slots=True, eq=False)
class _Waiting:
    """The questions of one issuer's link."""

    issuer: str
    questions: Sequence[Question]
    deadline: float
    told: "asyncio.Future[list[Told]]"


@dataclass(slots=True)
class _Departure:
    """What leaves together."""

    at: datetime
    road: Road
    waiting: list[_Waiting] = field(default_factory=list)

    def asked(self) -> list[HubQuestion]:
        """Each question once, with all issuers that are to be asked it."""
        issuers: dict[Question, dict[str, None]] = {}
        for each in self.waiting:
            for question in each.questions:
                issuers.setdefault(question, {})[each.issuer] = None
        return [
            HubQuestion(question, some)
            for question, named in issuers.items()
            for some in _some_issuers(tuple(named))
        ]


@dataclass(frozen=True, slots=True)
class ThisHub:
    """How the other one knows this one: by its id, and as acting for ``region``."""

    id: str
    region: RegionCode


class OtherHub:
    """The hub ``hub``. ``new_exchange`` draws a new text for each request; ``on_refused`` hears the
    code with which it refuses a whole request."""

    def __init__(
        self,
        hub: str,
        own: ThisHub,
        *,
        transport: Transport,
        token: HubToken,
        log: RelayLog,
        circuit: Circuit,
        new_exchange: Callable[[], str],
        on_refused: Callable[[str], None],
    ) -> None:
        self.hub = hub
        self._own = own
        self._transport = transport
        self._token = token
        self._log = log
        self._circuit = circuit
        self._new_exchange = new_exchange
        self._on_refused = on_refused
        self._turns = asyncio.Semaphore(CONCURRENT_EXCHANGES)
        self._relayed_turns = asyncio.Semaphore(RELAYED_AT_ONCE)
        self._leaving: dict[tuple[Road, bool], _Departure] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(
        self, issuer: str, questions: Sequence[Question], *, at: datetime, deadline: float
    ) -> Sequence[Told]:
        """What came for each question by ``deadline``. Raises nothing but what is a fault of this
        program."""
        waiting = _Waiting(issuer, questions, deadline, asyncio.get_running_loop().create_future())
        self._put(waiting, at)
        try:
            async with asyncio.timeout_at(deadline):
                return await waiting.told
        except TimeoutError:
            return [Outcome.TIMED_OUT] * len(questions)

    async def close(self) -> None:
        """End what is under way. Nobody waits for it any more."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _put(self, waiting: _Waiting, at: datetime) -> None:
        """A single question is not answered with two hundred of a manifest."""
        key = (ROAD.get(), len(waiting.questions) > FEW)
        departure = self._leaving.get(key)
        if departure is None:
            departure = self._leaving[key] = _Departure(at, key[0])
            asyncio.get_running_loop().call_soon(self._leave, key)
        departure.waiting.append(waiting)

    def _leave(self, key: tuple[Road, bool]) -> None:
        task = asyncio.ensure_future(self._carry(self._leaving.pop(key)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _carry(self, departure: _Departure) -> None:
        """Whatever happens, who waits hears of it."""
        try:
            told = await self._told(departure)
        except Exception as fault:  # noqa: BLE001 - it is raised where somebody waits
            for each in departure.waiting:
                if not each.told.done():
                    each.told.set_exception(fault)
            return
        for each in departure.waiting:
            if not each.told.done():
                each.told.set_result([told[question, each.issuer] for question in each.questions])

    async def _told(self, departure: _Departure) -> Mapping[tuple[Question, str], Told]:
        deadline = max(each.deadline for each in departure.waiting)
        told: dict[tuple[Question, str], Told] = {}
        for some in _at_once(departure.asked()):
            found = await self._in_turn(some, departure, deadline)
            for asked, by_issuer in zip(some, found, strict=True):
                told |= {(asked.question, issuer): each for issuer, each in by_issuer.items()}
        return told

    async def _in_turn(
        self, asked: Sequence[HubQuestion], departure: _Departure, deadline: float
    ) -> Sequence[Mapping[str, Told]]:
        """What other hubs ask leaves exchanges for this hub's own clients, whatever the issuer."""
        if not departure.road:
            return await self._exchanged(asked, departure, deadline)
        try:
            async with asyncio.timeout_at(deadline):
                await self._relayed_turns.acquire()
        except TimeoutError:
            return _all(asked, Outcome.TIMED_OUT)
        try:
            return await self._exchanged(asked, departure, deadline)
        finally:
            self._relayed_turns.release()

    async def _exchanged(
        self, asked: Sequence[HubQuestion], departure: _Departure, deadline: float
    ) -> Sequence[Mapping[str, Told]]:
        """What one request brings, recorded. A hub that is left alone is not asked."""
        entered = self._circuit.enter()
        if entered is None:
            return _all(asked, Outcome.CIRCUIT_OPEN)
        exchange = self._new_exchange()
        hurried = is_hurried(departure.road, deadline - asyncio.get_running_loop().time())
        got = await self._asked(exchange, asked, departure, deadline)
        is_silent = isinstance(got, Outcome) and got in _SILENT
        if not (is_silent and hurried):
            self._circuit.heard(entered, answered=not is_silent)
        told = _all(asked, got) if isinstance(got, Outcome) else got
        by_question = zip((each.question for each in asked), told, strict=True)
        exchanged = Exchanged(exchange, self.hub, self._own.region, departure.at)
        try:
            await self._log.asked(exchanged, by_question)
        except StorageUnavailable:  # no audit, no answer
            return _all(asked, Outcome.BUSY)
        return told

    async def _asked(
        self, exchange: str, asked: Sequence[HubQuestion], departure: _Departure, deadline: float
    ) -> Sequence[Mapping[str, Told]] | Outcome:
        """A token that the hub does not take is replaced once. What it refuses by a code is not
        asked again."""
        for _ in range(2):
            missing = await self._token.ensure(departure.at, deadline)
            if missing is not None:
                return missing
            number, refused = self._token.number, list[str]()
            request = self._request(exchange, asked, departure, deadline)
            (got,) = await conduct(
                self._heard(request, refused),
                self._transport,
                self._turns,
                questions=1,
                deadline=deadline,
            )
            if got is not Outcome.NO_ACCESS or refused:
                break
            self._token.forget(number)
        return got

    def _request(
        self, exchange: str, asked: Sequence[HubQuestion], departure: _Departure, deadline: float
    ) -> Request:
        left = deadline - asyncio.get_running_loop().time()
        return Request(
            exchange=exchange,
            region=self._own.region,
            road=(*departure.road, self._own.id),
            within_milliseconds=max(1, int(left * MILLISECONDS)),
            asked=asked,
        )

    def _heard(
        self, request: Request, refused: list[str]
    ) -> Conversation[Sequence[Mapping[str, Told]]]:
        """Operators hear with which code the whole request was refused; it is put into
        ``refused``."""
        try:
            told = yield from request.ask()
        except OtherHubRefuses as refuses:
            self._on_refused(refuses.code)
            refused.append(refuses.code)
            raise
        return (told,)


def _some_issuers(named: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    for start in range(0, len(named), ISSUERS_AT_ONCE):
        yield named[start : start + ISSUERS_AT_ONCE]


def _at_once(asked: Sequence[HubQuestion]) -> Iterable[Sequence[HubQuestion]]:
    """Never more than the other hub takes in one request."""
    some: list[HubQuestion] = []
    statements = 0
    for each in asked:
        statements += len(each.issuers)
        if some and (len(some) == QUESTIONS_AT_ONCE or statements > STATEMENTS_AT_ONCE):
            yield some
            some, statements = [], len(each.issuers)
        some.append(each)
    yield some


def _all(asked: Iterable[HubQuestion], outcome: Outcome) -> list[Mapping[str, Told]]:
    return [dict.fromkeys(each.issuers, outcome) for each in asked]
