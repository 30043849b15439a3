"""One issuer at several addresses: one that is late or fails costs nobody the answer."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from tests.connection import PATIENCE_SECONDS
from tongxing.adapters.hedging import ENOUGH
from tongxing.adapters.repeat_budget import FIRST_REPEATS, REPEATS_PER_QUESTION, RepeatBudget
from tongxing.adapters.replicas import Replicas
from tongxing.adapters.wire import (
    ConnectionFault,
    HttpRequest,
    HttpResponse,
    TimedOut,
    TooLarge,
    TransportError,
    Unreachable,
    UnreadableStatus,
)

QUESTION = HttpRequest("POST", "/v1/status", {}, b"{}", response_limit_bytes=100)
REPORT = replace(QUESTION, repeatable=False)
LIST = replace(QUESTION, worth_waiting=True)


@dataclass
class Replica:
    """Answers with its name; or as told. ``asked``: how often."""

    name: str
    budget: RepeatBudget
    fault: TransportError | None = None
    hangs: bool = False
    asked: int = 0
    left_alone: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        """Counts the question, as a client does."""
        self.budget.asked()
        self.asked += 1
        self.came.set()
        if self.hangs:
            await self._hang(deadline)
        if self.fault is not None:
            raise self.fault
        return HttpResponse(200, {}, self.name.encode())

    async def _hang(self, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await asyncio.Event().wait()
        except TimeoutError:
            raise TimedOut from None
        except asyncio.CancelledError:
            self.left_alone += 1
            raise


@dataclass
class Issuer:
    replicas: Sequence[Replica]
    transport: Replicas
    hedged: list[None]

    async def ask(self, request: HttpRequest = QUESTION, seconds: float = PATIENCE_SECONDS) -> str:
        deadline = asyncio.get_running_loop().time() + seconds
        return (await self.transport.send(request, deadline=deadline)).body.decode()

    async def warm_up(self) -> None:
        """It is known then what is usual."""
        for _ in range(ENOUGH):
            assert await self.ask() == "first"

    @property
    def asked(self) -> int:
        return sum(each.asked for each in self.replicas)


@pytest.fixture
def issuer() -> Issuer:
    budget, hedged = RepeatBudget(), list[None]()
    replicas = [Replica("first", budget), Replica("second", budget)]
    on_hedge: Callable[[], None] = lambda: hedged.append(None)  # noqa: E731
    return Issuer(replicas, Replicas(replicas, budget, on_hedge), hedged)


async def test_one_that_answers_is_asked_alone(issuer: Issuer) -> None:
    await issuer.warm_up()
    assert [each.asked for each in issuer.replicas] == [ENOUGH, 0]
    assert not issuer.hedged


async def test_one_that_is_late_is_overtaken(issuer: Issuer) -> None:
    await issuer.warm_up()
    first, second = issuer.replicas
    first.hangs = True
    assert await issuer.ask() == "second"
    assert first.left_alone == 1
    assert len(issuer.hedged) == 1
    assert await issuer.ask() == "second"
    assert second.asked == 2, "who answered is asked first from now on"
    assert len(issuer.hedged) == 1


BLAMED = {
    "no connection": Unreachable(),
    "another's certificate": Unreachable(ConnectionFault.CERTIFICATE),
    "no HTTP": Unreachable(ConnectionFault.NOT_HTTP),
    "a server error": UnreadableStatus(500),
    "out of service": UnreadableStatus(503),
}
NOT_BLAMED = {
    "too many requests": UnreadableStatus(429),
    "no access": UnreadableStatus(401),
    "another page": UnreadableStatus(302),
    "too large": TooLarge(),
}


@pytest.mark.parametrize("fault", BLAMED.values(), ids=BLAMED)
async def test_if_one_fails_the_other_answers_at_once(
    issuer: Issuer, fault: TransportError
) -> None:
    """Nothing is known yet of what is usual."""
    issuer.replicas[0].fault = fault
    assert await issuer.ask() == "second"
    assert await issuer.ask() == "second"
    assert [each.asked for each in issuer.replicas] == [1, 2]


@pytest.mark.parametrize("fault", NOT_BLAMED.values(), ids=NOT_BLAMED)
async def test_what_the_system_answers_it_would_answer_elsewhere(
    issuer: Issuer, fault: TransportError
) -> None:
    issuer.replicas[0].fault = fault
    with pytest.raises(type(fault)):
        await issuer.ask()
    assert issuer.asked == 1


async def test_if_all_fail_the_fault_of_the_first_is_told(issuer: Issuer) -> None:
    issuer.replicas[0].fault = UnreadableStatus(503)
    issuer.replicas[1].fault = Unreachable()
    with pytest.raises(UnreadableStatus):
        await issuer.ask()


async def test_one_that_is_late_may_still_answer(issuer: Issuer) -> None:
    """The second one fails: it is waited for as long as there is time."""
    await issuer.warm_up()
    first, second = issuer.replicas
    first.hangs, second.fault = True, Unreachable()
    with pytest.raises(TimedOut):
        await issuer.ask(seconds=0.2)
    assert second.asked == 1
    assert first.left_alone == 0


async def test_what_changes_something_is_sent_once(issuer: Issuer) -> None:
    await issuer.warm_up()
    issuer.replicas[0].fault = Unreachable()
    with pytest.raises(Unreachable):
        await issuer.ask(REPORT)
    assert issuer.replicas[1].asked == 0
    assert await issuer.ask(REPORT) == "second", "the next one goes elsewhere"


async def test_a_long_answer_is_waited_for(issuer: Issuer) -> None:
    """If the replica fails, the other one is asked."""
    await issuer.warm_up()
    first, second = issuer.replicas
    first.hangs = True
    with pytest.raises(TimedOut):
        await issuer.ask(LIST, seconds=0.1)
    assert second.asked == 0
    second.fault, first.hangs = Unreachable(), False
    assert await issuer.ask(LIST) == "first"


async def test_who_goes_away_asks_nobody_any_more(issuer: Issuer) -> None:
    for each in issuer.replicas:
        each.hangs = True
    asking = asyncio.create_task(issuer.ask())
    await issuer.replicas[0].came.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert issuer.replicas[0].left_alone == 1


@pytest.mark.parametrize("way", ["fails", "hangs"])
async def test_an_issuer_in_trouble_gets_few_more_requests(issuer: Issuer, way: str) -> None:
    """At most 1.1 times the questions, and a few at the beginning."""
    await issuer.warm_up()
    for each in issuer.replicas:
        each.fault = Unreachable() if way == "fails" else None
        each.hangs = way == "hangs"
    questions = 60
    for _ in range(questions):
        with pytest.raises(TransportError):
            await issuer.ask(seconds=PATIENCE_SECONDS if way == "fails" else 0.04)
    most = (1 + REPEATS_PER_QUESTION) * (questions + ENOUGH) + FIRST_REPEATS
    assert questions < issuer.asked - ENOUGH <= most


async def test_without_a_budget_the_next_question_goes_elsewhere(issuer: Issuer) -> None:
    await issuer.warm_up()
    first, second = issuer.replicas
    while issuer.replicas[0].budget.take():
        pass
    first.hangs = True
    with pytest.raises(TimedOut):
        await issuer.ask(seconds=0.1)
    assert second.asked == 0
    assert await issuer.ask() == "second"
