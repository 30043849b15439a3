"""The adapter: one result for each question, in order, by the deadline, whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.adapters.docked_issuers import DOCKED
from tests.adapters.federation import NONCE, dialect, federated
from tests.adapters.people import AT, WANG, ZHAO
from tests.adapters.signers import EVERY_ISSUER, ISSUERS
from tests.connection import PATIENCE_SECONDS
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import ByDocument, Question, Statement
from tongxing.adapters.dialects import DIALECTS, HubIdentity
from tongxing.adapters.wire import (
    CONCURRENT_EXCHANGES,
    Encoded,
    HttpRequest,
    HttpResponse,
    TimedOut,
    TooLarge,
    Transport,
    TransportError,
    Unreachable,
    UnreadableStatus,
)
from tongxing.keys.signing import Sm2Signer
from tongxing.schema import Outcome

every_issuer = pytest.mark.parametrize("issuer", EVERY_ISSUER)
BATCH_LIMITS = {"zhenjiang": 1_000, "sukangma": 200, "national": 200}


class Failing:
    """A transport on which every request ends in the same way."""

    def __init__(self, end: Callable[[], Awaitable[HttpResponse]]) -> None:
        self._end = end
        self.under_way = 0
        self.most_under_way = 0
        self.finished = 0

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self._end()
        finally:
            self.under_way -= 1
            self.finished += 1


def raising(error: TransportError) -> Failing:
    async def end() -> HttpResponse:
        raise error

    return Failing(end)


def stalled() -> Failing:
    async def end() -> HttpResponse:
        await asyncio.Event().wait()
        raise AssertionError

    return Failing(end)


def answering(body: bytes) -> Failing:
    async def end() -> HttpResponse:
        return HttpResponse(200, {}, body)

    return Failing(end)


async def fetch(
    issuer: str, transport: Transport, *questions: Question, seconds: float = PATIENCE_SECONDS
) -> list[Statement | Outcome]:
    adapter = Adapter(dialect(issuer), transport, lambda: NONCE)
    deadline = asyncio.get_running_loop().time() + seconds
    return await adapter.fetch(questions, at=AT, deadline=deadline)


@every_issuer
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TimedOut(), Outcome.TIMED_OUT),
        (Unreachable(), Outcome.BUSY),
        (TooLarge(), Outcome.MALFORMED),
        (Encoded(), Outcome.MALFORMED),
        (UnreadableStatus(503), Outcome.BUSY),
        (UnreadableStatus(500), Outcome.BUSY),
        (UnreadableStatus(429), Outcome.BUSY),
        (UnreadableStatus(401), Outcome.NO_ACCESS),
        (UnreadableStatus(403), Outcome.NO_ACCESS),
        (UnreadableStatus(302), Outcome.MALFORMED),
        (UnreadableStatus(204), Outcome.MALFORMED),
        (UnreadableStatus(404), Outcome.MALFORMED),
    ],
    ids=repr,
)
async def test_a_failure_on_the_way_is_an_outcome(
    issuer: str, error: TransportError, expected: Outcome
) -> None:
    asked = federated(issuer)
    questions = (ByDocument(WANG), asked.scan, ByDocument(ZHAO))
    assert await fetch(issuer, raising(error), *questions) == [expected] * 3


@every_issuer
async def test_an_issuer_that_stalls_is_cut_off_at_the_deadline(issuer: str) -> None:
    transport = stalled()
    loop = asyncio.get_running_loop()
    before = loop.time()
    questions = (ByDocument(WANG), federated(issuer).scan)
    results = await fetch(issuer, transport, *questions, seconds=0.1)
    assert results == [Outcome.TIMED_OUT] * 2
    assert loop.time() - before < PATIENCE_SECONDS
    assert (transport.under_way, transport.finished) == (0, 2)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_waiting_for_a_turn_ends_at_the_deadline_too() -> None:
    transport = stalled()
    questions = [federated("sukangma").scan] * (3 * CONCURRENT_EXCHANGES)
    results = await fetch("sukangma", transport, *questions, seconds=0.1)
    assert results == [Outcome.TIMED_OUT] * len(questions)
    assert transport.most_under_way == CONCURRENT_EXCHANGES


async def test_a_deadline_that_has_passed_asks_nobody_for_long() -> None:
    assert await fetch("sukangma", stalled(), ByDocument(WANG), seconds=-1) == [Outcome.TIMED_OUT]


async def test_who_stops_waiting_leaves_nothing_behind() -> None:
    transport = stalled()
    waiting = asyncio.create_task(fetch("national", transport, *[federated("national").scan] * 5))
    while transport.under_way < 5:
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (transport.under_way, transport.finished) == (0, 5)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_one_question_that_stalls_does_not_hold_the_others() -> None:
    asked = federated("sukangma")
    stall = asyncio.Event()

    class FirstStalls:
        first = True

        async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
            if self.first:
                self.first = False
                await stall.wait()
            return await asked.issuer.send(request, deadline=deadline)

    results = await fetch("sukangma", FirstStalls(), *[asked.scan] * 4, seconds=0.5)
    assert results[0] is Outcome.TIMED_OUT
    assert all(isinstance(result, Statement) for result in results[1:])


@every_issuer
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>login</body></html>",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"resCode":' * 5_000,
        b'{"resCode": 99999999999999999999}',
        b'{"bizPackage": "{}", "sign": "", "keyId": ""}',
        b'{"bizPackage": "\\ud800", "sign": "", "keyId": ""}',
        b'{"statements": {}, "statement": 1}',
        b'{"statements": [], "resCode": NaN}',
    ],
    ids=lambda body: body[:24],
)
async def test_a_body_of_another_kind_is_malformed(issuer: str, body: bytes) -> None:
    questions = (ByDocument(WANG), federated(issuer).scan)
    assert await fetch(issuer, answering(body), *questions) == [Outcome.MALFORMED] * 2


@every_issuer
async def test_no_question_asks_nobody(issuer: str) -> None:
    assert await fetch(issuer, stalled()) == []


async def test_answers_come_back_in_the_order_of_the_questions() -> None:
    asked = federated("zhenjiang")
    questions: list[Question] = [asked.scan, ByDocument(ZHAO), asked.scan, ByDocument(WANG)]
    results = await asked.fetch(*questions)
    for result, question in zip(results, questions, strict=True):
        assert isinstance(result, Statement)
        assert asked.read(result, question).source.outcome is Outcome.VERIFIED


async def test_every_exchange_draws_a_nonce_of_its_own() -> None:
    drawn = iter(["a" * 22, "b" * 22, "c" * 22])
    asked = federated("sukangma")
    adapter = Adapter(dialect("sukangma"), asked.issuer, lambda: next(drawn))
    deadline = asyncio.get_running_loop().time() + 1
    await adapter.fetch([asked.scan] * 3, at=AT, deadline=deadline)
    bodies = [sent.body.decode() for sent in asked.issuer.requests]
    assert [body[-22:] for body in bodies] == ["a" * 22, "b" * 22, "c" * 22]


def test_the_table_of_dialects_makes_each_for_the_issuer_that_is_configured() -> None:
    hub = HubIdentity("issuer-id", Credential("secret-token"), "customer", Sm2Signer.generate)
    assert sorted(DIALECTS) == sorted([*ISSUERS, *DOCKED])
    for name, make in DIALECTS.items():
        assert make(hub).issuer == "issuer-id"
        assert make(hub).batch_limit == BATCH_LIMITS.get(name, 1)
    assert "secret-token" not in repr(hub)


@every_issuer
async def test_a_signature_header_that_is_no_text_is_an_outcome(issuer: str) -> None:
    """One issuer's odd octets must not take the answers of the others with them."""
    body = b'{"resCode": 0, "code": 0, "statements": ["a"], "bizPackage": "{}"}'
    raw = b"\xff\xfe..\x80".decode("utf-8", "surrogateescape")

    async def end() -> HttpResponse:
        return HttpResponse(200, {"x-signature": raw}, body)

    adapter = Adapter(dialect(issuer), Failing(end), lambda: NONCE)
    deadline = asyncio.get_running_loop().time() + 1
    (result,) = await adapter.fetch([ByDocument(WANG)], at=AT, deadline=deadline)
    if isinstance(result, Statement):
        answer = adapter.read(result, ByDocument(WANG), federated(issuer).trust_list, AT)
        assert answer.source.outcome is Outcome.BAD_SIGNATURE
