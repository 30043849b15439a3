"""The national platform's numbers in advance: one call and one signature of ours an exchange."""

import json
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.adapters.federation import HUB_KEY, NONCE, Federated, federated
from tests.adapters.people import AT, WANG, ZHAO
from tests.adapters.simulated_issuer import dump
from tests.adapters.words import Members
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import ByDocument, Statement
from tongxing.adapters.national import National
from tongxing.adapters.tickets import (
    ASKED_EARLIER,
    LONGEST_KEPT,
    NOT_KEPT_FOR,
    TICKETS_AT_ONCE,
    Ticket,
    Tickets,
)
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.schema import Outcome

ONE, TWO = Ticket("one", "1"), Ticket("two", "2")
SECOND = timedelta(seconds=1)


@dataclass
class Numbering:
    """The platform with numbers in advance, each good for one exchange. ``forget`` makes it forget
    those that it gave out; ``gives`` is how many it gives at the most."""

    platform: Federated
    gives: int = TICKETS_AT_ONCE
    known: set[str] = field(default_factory=set)
    given: int = 0
    signed: int = 0
    paths: list[str] = field(default_factory=list)

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        self.paths.append(request.path)
        asked = json.loads(json.loads(request.body)["bizPackage"])
        if request.path == "/serial":
            count = asked.get("count", 1)
            return self._refused() if count > self.gives else self._numbers(count)
        if asked["bizSerialNum"] not in self.known:
            return self._refused()
        self.known.remove(asked["bizSerialNum"])
        return await self.platform.issuer.send(request, deadline=deadline)

    def _numbers(self, count: int) -> HttpResponse:
        numbers = [f"S-{self.given + each}" for each in range(count)]
        self.given += count
        self.known |= set(numbers)
        first, *more = [{"bizSerialNum": each, "randomNum": "R"} for each in numbers]
        return _package({"errcode": 0, "errmsg": "", **first, "more": more})

    def _refused(self) -> HttpResponse:
        return _package({"errcode": 1003, "errmsg": ""})

    key_id = "hub"

    def sign(self, message: bytes) -> bytes:
        self.signed += 1
        return HUB_KEY.sign(message)


def _package(result: Members) -> HttpResponse:
    return HttpResponse(
        200, {}, dump({"bizPackage": dump(result).decode(), "sign": "", "keyId": ""})
    )


def numbering(gives: int = TICKETS_AT_ONCE) -> Numbering:
    platform = federated("national")
    made = Numbering(platform, gives)
    dialect = National(issuer="national", customer_number="hub", signer=lambda: made)
    platform.adapter = Adapter(dialect, made, lambda: NONCE)
    return made


async def ask(numbers: Numbering) -> bool:
    results = await numbers.platform.fetch(ByDocument(WANG))
    return all(isinstance(result, Statement) for result in results)


async def test_an_exchange_takes_one_call_and_one_signature() -> None:
    numbers = numbering()
    for _ in range(TICKETS_AT_ONCE):
        assert await ask(numbers)
    assert numbers.paths == ["/serial", *["/queryInfo"] * TICKETS_AT_ONCE]
    assert numbers.signed == TICKETS_AT_ONCE + 1
    assert await ask(numbers)
    assert numbers.paths[-2:] == ["/serial", "/queryInfo"]


async def test_a_batch_takes_one_number_and_so_does_a_scan() -> None:
    numbers = numbering()
    await numbers.platform.fetch(ByDocument(WANG), ByDocument(ZHAO), numbers.platform.scan)
    calls = ["/queryInfoBatch", "/verifyCode"]
    assert sorted(set(numbers.paths) - {"/serial", "/validateInfo"}) == calls


async def test_a_platform_that_forgot_its_numbers_is_asked_with_another_one() -> None:
    numbers = numbering()
    assert await ask(numbers)
    numbers.known.clear()
    assert await ask(numbers)
    assert numbers.paths[2:] == ["/queryInfo", "/serial", "/queryInfo"]
    assert await ask(numbers)
    assert numbers.paths[5:] == ["/serial", "/queryInfo"], "each asks for its own for a while"


async def test_a_platform_that_gives_one_at_a_time_is_asked_for_one() -> None:
    numbers = numbering(gives=1)
    assert await ask(numbers)
    assert await ask(numbers)
    assert numbers.paths == ["/serial", "/serial", "/queryInfo", "/serial", "/queryInfo"]


async def test_a_platform_that_refuses_everything_is_not_asked_twice_for_it() -> None:
    numbers = numbering(gives=0)
    for _ in range(3):
        assert await numbers.platform.fetch(ByDocument(WANG)) == [Outcome.NO_ACCESS]
    assert numbers.paths == ["/serial"] * 4


@pytest.mark.parametrize(
    ("later", "taken"),
    [(SECOND, [ONE, TWO]), (LONGEST_KEPT, []), (-SECOND, [ONE, TWO]), (-ASKED_EARLIER, [])],
    ids=[
        "each is used once",
        "none after a minute",
        "also by a question that is older than they are",
        "none of a time to come",
    ],
)
def test_numbers_in_stock(later: timedelta, taken: list[Ticket]) -> None:
    kept = Tickets()
    kept.put([ONE, TWO], AT)
    assert list(iter(lambda: kept.take(AT + later), None)) == taken


def test_an_issuer_that_forgot_one_number_is_asked_with_no_other_of_them() -> None:
    kept = Tickets()
    kept.put([ONE], AT)
    kept.distrust(AT)
    assert kept.take(AT) is None


def test_an_issuer_that_forgot_numbers_is_asked_for_several_again_after_a_minute() -> None:
    kept = Tickets()
    kept.distrust(AT)
    assert not kept.may_ask(AT)
    assert not kept.may_ask(AT + NOT_KEPT_FOR - SECOND)
    assert kept.may_ask(AT + NOT_KEPT_FOR)
