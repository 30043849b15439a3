"""An issuer that answers is not left alone because some questions to it had no time."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic

import pytest

from tests.adapters.docked_issuers import DOCKED
from tests.adapters.federation import NONCE, TRUSTED, dialect, federated
from tests.adapters.people import AT, WANG, ZHAO
from tests.answering.guessing import strangers
from tests.answering.test_hub import Unwatched
from tests.holder_keys import holder_keys
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import ByDocument
from tongxing.adapters.wire import HttpRequest, HttpResponse, TimedOut, Transport
from tongxing.gateway.answering.asked import KeyedQuestion, Moment
from tongxing.gateway.answering.circuit import FAILURES
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.schema import Outcome, TravelDocument

ONE_BY_ONE = next(iter(DOCKED))
"""A system that is asked about one person in each exchange."""

HOLDERS = holder_keys()


@dataclass
class Slow:
    """Answers at most ``answers`` questions, and leaves the others waiting until ``over``."""

    answering: Transport
    answers: int = 0
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    is_silent: bool = False

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        if self.is_silent:
            raise TimedOut
        if not self.answers:
            await self.over.wait()
            raise TimedOut
        self.answers -= 1
        response = await self.answering.send(request, deadline=deadline)
        self.answered.set()
        return response


@pytest.fixture
def slow() -> Slow:
    return Slow(federated(ONE_BY_ONE).issuer)


@pytest.fixture
def link(slow: Slow) -> Iterator[IssuerLink]:
    with ThreadPoolExecutor(1) as readers:
        yield IssuerLink(
            Adapter(dialect(ONE_BY_ONE), slow, lambda: NONCE),
            cache=StatementCache(
                lifetime_seconds=30, room_of_client=100_000, room=1_000_000, clock=monotonic
            ),
            readers=readers,
            evidence=ClockEvidence(lambda _: None),
            watch=Unwatched(),
            clock=lambda: 0.0,
        )


async def ask(link: IssuerLink, *people: TravelDocument, late: bool = False) -> set[Outcome]:
    now = asyncio.get_running_loop().time()
    began = now - 120 if late else now
    wanted = [KeyedQuestion.of(ByDocument(each), HOLDERS, AT) for each in people]
    wait = link.ask(wanted, Moment("city", AT, TRUSTED, began, now + 60))
    answers = await wait.answers([each.ref for each in wanted])
    wait.leave()
    return {answer.source.outcome for answer in answers.values()}


async def test_who_was_asked_too_late_is_not_silent(link: IssuerLink, slow: Slow) -> None:
    """A scan that its own issuer answers at the last moment leaves the others no time."""
    slow.is_silent = True
    for _ in range(2 * FAILURES):
        assert await ask(link, WANG, late=True) == {Outcome.TIMED_OUT}
    slow.is_silent, slow.answers = False, 1
    assert Outcome.CIRCUIT_OPEN not in await ask(link, WANG)


async def test_who_is_asked_in_time_and_says_nothing_is_silent(
    link: IssuerLink, slow: Slow
) -> None:
    slow.is_silent = True
    for _ in range(FAILURES):
        assert await ask(link, WANG) == {Outcome.TIMED_OUT}
    assert await ask(link, WANG) == {Outcome.CIRCUIT_OPEN}


async def test_what_it_answers_of_a_manifest_counts_at_once(link: IssuerLink, slow: Slow) -> None:
    """Beside a long manifest single questions may find no turn; the issuer is not silent."""
    slow.is_silent = True
    for _ in range(FAILURES - 1):
        await ask(link, WANG)
    slow.is_silent, slow.answers = False, 1
    manifest = asyncio.create_task(ask(link, WANG, *strangers(3)))
    await slow.answered.wait()
    slow.is_silent = True
    await asyncio.sleep(0)
    assert await ask(link, ZHAO) == {Outcome.TIMED_OUT}
    assert await ask(link, ZHAO) == {Outcome.TIMED_OUT}
    slow.over.set()
    assert Outcome.TIMED_OUT in await manifest
