"""An issuer that answers when the test lets it, and the requests that ask it."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from tests.adapters.federation import NONCE, TRUSTED, dialect, federated
from tests.adapters.people import AT
from tests.answering.test_hub import Unwatched
from tests.connection import PATIENCE_SECONDS
from tests.holder_keys import holder_keys
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import Answer, ByDocument, Question
from tongxing.adapters.wire import HttpRequest, HttpResponse, Transport
from tongxing.gateway.answering.asked import KeyedQuestion, Moment
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.open_questions import Wait
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.keys import TrustList
from tongxing.schema import Outcome, TravelDocument

HOLDERS = holder_keys()
ISSUER = "zhenjiang"


@dataclass
class Held:
    """``asked``: the requests that have come, each with its deadline."""

    answering: Transport
    asked: list[tuple[HttpRequest, float]] = field(default_factory=list)
    _let_go: dict[int, asyncio.Event] = field(default_factory=dict)
    is_open: bool = False

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        number = len(self.asked)
        self.asked.append((request, deadline))
        if not self.is_open:
            await self._event(number).wait()
        return await self.answering.send(request, deadline=deadline)

    async def came(self, count: int = 1) -> None:
        """Returns when so many requests have come."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.asked) < count:
                await asyncio.sleep(0.001)

    def let_go(self, number: int) -> None:
        self._event(number).set()

    def open(self) -> None:
        """From now on every request is answered at once."""
        self.is_open = True
        for number in range(len(self.asked)):
            self.let_go(number)

    @property
    def people(self) -> list[list[str]]:
        """The numbers that each request asks about."""
        return [
            [question["number"] for question in json.loads(request.body)["questions"]]
            for request, _ in self.asked
        ]

    def _event(self, number: int) -> asyncio.Event:
        return self._let_go.setdefault(number, asyncio.Event())


def held(**misbehavior: Any) -> Held:
    return Held(federated(ISSUER, **misbehavior).issuer)


def link_to(
    transport: Transport, readers: Executor, link: Callable[..., IssuerLink] = IssuerLink
) -> IssuerLink:
    return link(
        Adapter(dialect(ISSUER), transport, lambda: NONCE),
        cache=StatementCache(
            lifetime_seconds=60, room_of_client=10_000_000, room=100_000_000, clock=monotonic
        ),
        readers=readers,
        evidence=ClockEvidence(lambda _: None),
        watch=Unwatched(),
        clock=monotonic,
    )


def moment(
    client: str = "city", seconds: float = PATIENCE_SECONDS, listed: TrustList = TRUSTED
) -> Moment:
    now = asyncio.get_running_loop().time()
    return Moment(client, AT, listed, now, now + seconds)


def keyed(*asked: TravelDocument | Question) -> list[KeyedQuestion]:
    questions = [ByDocument(each) if isinstance(each, TravelDocument) else each for each in asked]
    return [KeyedQuestion.of(question, HOLDERS, AT) for question in questions]


def asking(
    link: IssuerLink, at: Moment, *asked: TravelDocument | Question
) -> "asyncio.Task[Mapping[str, Answer]]":
    """The answers by ``ref``; the question is put before this returns."""
    wanted = keyed(*asked)
    return asyncio.ensure_future(_answers(link.ask(wanted, at), [each.ref for each in wanted]))


async def _answers(wait: Wait, refs: Sequence[str]) -> Mapping[str, Answer]:
    try:
        return await wait.answers(refs)
    finally:
        wait.leave()


def outcomes(answers: Mapping[str, Answer], *asked: TravelDocument | Question) -> Sequence[Outcome]:
    return [answers[each.ref].source.outcome for each in keyed(*asked)]
