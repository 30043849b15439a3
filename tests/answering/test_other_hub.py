"""A hub that answers wrongly, late or not at all: it is an issuer's silence, and no more."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest

from tests.adapters.federation import TRUSTED, dialect, federated
from tests.adapters.people import AT, GATE, WANG, ZHAO
from tests.answering.guessing import strangers
from tests.answering.held_issuer import Held
from tests.holder_keys import holder_keys
from tongxing.adapters.between_hubs import RELAY_DOCUMENT_ID
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import ByCode, ByDocument, Question, Statement
from tongxing.adapters.hub_token import HubToken
from tongxing.adapters.through_hub import ThroughHub
from tongxing.adapters.wire import (
    ANSWER_LIMIT_BYTES,
    HttpRequest,
    HttpResponse,
    TimedOut,
    TooLarge,
    Unreachable,
    UnreadableStatus,
)
from tongxing.gateway.answering.circuit import FAILURES, Circuit
from tongxing.gateway.answering.issuer_streams import RELAYED_AT_ONCE
from tongxing.gateway.answering.other_hub import OtherHub, ThisHub
from tongxing.gateway.answering.relay_log import RelayLog
from tongxing.gateway.answering.road import ROAD, Road
from tongxing.gateway.storage.audit import AuditUnavailable
from tongxing.keys import base64url
from tongxing.schema import Evidence, Outcome, RegionCode, TravelDocument

HUB, OWN = "city-hub", "province-hub"
QUESTION = ByDocument(WANG)

Body = dict[str, Any]
Edit = Callable[[Body], Any]


def _handed(issuer: str, question: Question) -> Body:
    """As the city's hub hands over what it got from the issuer itself."""
    stated = asyncio.run(federated(issuer).state(question))
    return {
        "issuer": {"id": issuer},
        "outcome": "VERIFIED",
        "road": [HUB],
        "relayedStatement": {
            "call": stated.form,
            "parts": [base64url.encode(part) for part in stated.parts],
            "opening": list(dialect(issuer).opening(stated)),
        },
    }


HANDED = {
    (issuer, document): json.dumps(_handed(issuer, ByDocument(document)))
    for issuer in ("zhenjiang", "sukangma")
    for document in (WANG, ZHAO)
}


def handed(issuer: str, document: TravelDocument = WANG) -> Body:
    body: Body = json.loads(HANDED[issuer, document])
    return body


@dataclass
class City:
    """The hub that is asked. ``answer`` makes its answer of the sources for each question."""

    edit: Edit = lambda body: body
    fault: Exception | None = None
    status: int = HTTPStatus.OK
    tokens: list[object] = field(default_factory=lambda: [{"access_token": "t", "expires_in": 300}])
    sources: Mapping[str, Body] = field(default_factory=lambda: {"zhenjiang": handed("zhenjiang")})
    asked: list[Body] = field(default_factory=list)
    tokens_given: int = 0

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        if request.path == "/oauth/token":
            self.tokens_given += 1
            given = self.tokens[min(self.tokens_given, len(self.tokens)) - 1]
            return HttpResponse(200, {}, json.dumps(given).encode())
        self.asked.append(json.loads(request.body))
        if self.fault is not None:
            raise self.fault
        if self.status not in request.readable_statuses:
            raise UnreadableStatus(self.status)
        questions = self.asked[-1]["variables"]["input"]["questions"]
        answers = [
            {"index": index, "sources": [self.sources[issuer] for issuer in each["issuers"]]}
            for index, each in enumerate(questions)
        ]
        told = self.edit({"data": {"relayedStatements": json.loads(json.dumps(answers))}})
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        if len(body) > request.response_limit_bytes:
            raise TooLarge
        return HttpResponse(self.status, {}, body)


class Log:
    """An audit log that keeps what it is told, or cannot."""

    def __init__(self, *, works: bool = True) -> None:
        self.records: list[Any] = []
        self._works = works

    async def append(self, records: Any) -> None:
        if not self._works:
            raise AuditUnavailable("full")
        self.records += records


@dataclass
class Province:
    city: Any
    log: Log = field(default_factory=Log)
    refused: list[str] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        credential = Credential("none")
        exchanges = iter(range(1_000))
        self.hub = OtherHub(
            HUB,
            ThisHub(OWN, RegionCode("320000")),
            transport=self.city,
            token=HubToken(credential, self.city, lambda at: f"assertion at {at}"),
            log=RelayLog(self.log, holder_keys()),  # type: ignore[arg-type]
            circuit=Circuit(lambda: self.now, lambda _: None),
            new_exchange=lambda: f"exchange-{next(exchanges):016}",
            on_refused=self.refused.append,
        )

    async def ask(
        self, *questions: Question, issuer: str = "zhenjiang", seconds: float = 30
    ) -> Any:
        """The source that comes of each."""
        through = ThroughHub(dialect(issuer), self.hub, own_hub=OWN)
        deadline = asyncio.get_running_loop().time() + seconds
        results = await through.fetch(questions, at=AT, deadline=deadline)
        sources: list[Any] = []
        for question, result in zip(questions, results, strict=True):
            if isinstance(result, Statement):
                sources.append(through.read(result, question, TRUSTED, AT).source)
            else:
                sources.append(result)
        return sources


def outcome_of(city: City) -> Outcome:
    (source,) = asyncio.run(Province(city).ask(QUESTION))
    return source if isinstance(source, Outcome) else source.outcome


def edited(**changed: object) -> Edit:
    """Changes the only source."""

    def edit(body: Body) -> Body:
        body["data"]["relayedStatements"][0]["sources"][0] |= changed
        return body

    return edit


def stated(**changed: object) -> Edit:
    """Changes the only statement."""

    def edit(body: Body) -> Body:
        body["data"]["relayedStatements"][0]["sources"][0]["relayedStatement"] |= changed
        return body

    return edit


def told(body: object) -> Edit:
    return lambda _: body


def refusing(code: str) -> Edit:
    return told({"data": None, "errors": [{"message": "", "extensions": {"code": code}}]})


def another(body: Body) -> Body:
    """The statement about somebody else, whom the hub has asked about as well."""
    body["data"]["relayedStatements"][0]["sources"][0] = handed("zhenjiang", ZHAO)
    return body


def twice(body: Body) -> Body:
    sources = body["data"]["relayedStatements"][0]["sources"]
    sources += sources
    return body


def unasked(body: Body) -> Body:
    body["data"]["relayedStatements"][0]["sources"] = [handed("sukangma")]
    return body


def said(outcome: str) -> Edit:
    return edited(relayedStatement=None, outcome=outcome)


M, N, A, B, T = (
    *(Outcome.MALFORMED, Outcome.NOT_PROVEN, Outcome.NO_ACCESS),
    *(Outcome.BUSY, Outcome.TIMED_OUT),
)
HOSTILE: dict[str, tuple[City, Outcome]] = {
    "no connection": (City(fault=Unreachable()), B),
    "no answer": (City(fault=TimedOut()), T),
    "a token that it does not take": (City(status=401), A),
    "too many requests": (City(status=429), B),
    "an overload": (City(status=503), B),
    "a redirect": (City(status=302), M),
    "no JSON": (City(told(b"<html>")), M),
    "nesting without end": (City(told(b"[" * 60_000)), M),
    "no data": (City(told({"data": None})), M),
    "another shape": (City(told({"data": {"relayedStatements": 7}})), M),
    "an error that nobody knows": (City(refusing("WHATEVER")), M),
    "no right": (City(refusing("FORBIDDEN_SCOPE")), A),
    "a road that comes back": (City(refusing("ROAD_COMES_BACK")), A),
    "a road in another's name": (City(refusing("ROAD_ENDS_ELSEWHERE")), A),
    "too many hops": (City(refusing("TOO_MANY_HOPS")), A),
    "an answer that is too long": (City(told(b" " * (2 * ANSWER_LIMIT_BYTES))), M),
    "fewer answers": (City(told({"data": {"relayedStatements": []}})), M),
    "another index": (
        City(told({"data": {"relayedStatements": [{"index": 1, "sources": []}]}})),
        M,
    ),
    "an answer twice": (
        City(told({"data": {"relayedStatements": [{"index": 0, "sources": []}] * 2}})),
        M,
    ),
    "no word of the issuer": (
        City(told({"data": {"relayedStatements": [{"index": 0, "sources": []}]}})),
        M,
    ),
    "the issuer twice": (City(twice), M),
    "an issuer that was not asked": (City(unasked), M),
    "a statement about somebody else": (City(another), Outcome.WRONG_HOLDER),
    "a statement that was changed": (
        City(stated(parts=[base64url.encode(b"e30.e30.e30")])),
        Outcome.BAD_SIGNATURE,
    ),
    "a statement that is no base64url": (City(stated(parts=["*"])), M),
    "no part": (City(stated(parts=[])), M),
    "one part more": (City(stated(parts=["AA", "AA"])), M),
    "a call that the issuer does not have": (City(stated(call="self")), M),
    "an opening that the issuer does not need": (City(stated(opening=["x"])), M),
    "a road that begins elsewhere": (City(edited(road=["other-hub"])), M),
    "no road": (City(edited(road=[])), M),
    "a road through this hub": (City(edited(road=[HUB, OWN])), M),
    "a road with a hub twice": (City(edited(road=[HUB, HUB])), M),
    "a road of five": (City(edited(road=[HUB, "b", "c", "d", "e"])), M),
    "a road of no hubs": (City(edited(road=[HUB, "Not a hub"])), M),
    "green, without a statement": (City(said("VERIFIED")), M),
    "not enrolled, without a statement": (City(said("NOT_ENROLLED")), N),
    "another issuer's code, without a statement": (City(said("NOT_THIS_ISSUER")), N),
    "expired, without a statement": (City(said("CODE_EXPIRED")), N),
    "stale, without a statement": (City(said("STALE")), M),
    "forged, without a statement": (City(said("BAD_SIGNATURE")), M),
    "must declare again, without a statement": (City(said("MUST_UPDATE")), N),
    "an outcome of later": (City(said("SOMETHING_NEW")), M),
    "no token": (City(tokens=[{"error": "invalid_client"}]), M),
    "a token that no header can hold": (
        City(tokens=[{"access_token": "a\nb", "expires_in": 300}]),
        M,
    ),
}


@pytest.mark.parametrize(("city", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_a_hub_that_gives(city: City, expected: Outcome) -> None:
    assert outcome_of(city) is expected


def test_what_an_honest_hub_hands_over_is_believed() -> None:
    (source,) = asyncio.run(Province(City()).ask(QUESTION))
    assert (source.outcome, source.evidence) == (Outcome.VERIFIED, Evidence.SIGNED)
    assert source.road == [HUB]


def test_answers_may_come_in_any_order() -> None:
    def reversed_(body: Body) -> Body:
        answers = body["data"]["relayedStatements"]
        for each in answers:
            document = WANG if each["index"] == 0 else ZHAO
            each["sources"] = [handed("zhenjiang", document)]
        answers.reverse()
        return body

    sources = asyncio.run(Province(City(reversed_)).ask(ByDocument(WANG), ByDocument(ZHAO)))
    assert [source.outcome for source in sources] == [Outcome.VERIFIED] * 2


def test_what_leaves_at_a_time_leaves_in_one_request_by_a_document_that_is_known() -> None:
    city = City(sources={name: handed(name) for name in ("zhenjiang", "sukangma")})
    province = Province(city)

    async def both() -> None:
        await asyncio.gather(
            province.ask(QUESTION), province.ask(QUESTION, issuer="sukangma", seconds=20)
        )

    asyncio.run(both())
    (asked,) = city.asked
    assert asked["documentId"] == RELAY_DOCUMENT_ID
    (question,) = asked["variables"]["input"]["questions"]
    assert sorted(question["issuers"]) == ["sukangma", "zhenjiang"]
    assert 19_000 < asked["variables"]["input"]["withinMilliseconds"] <= 30_000
    assert asked["variables"]["input"]["road"] == [OWN]


def test_a_token_is_used_again_and_replaced_if_it_is_not_taken() -> None:
    city = City()
    province = Province(city)

    async def ask() -> None:
        await province.ask(QUESTION)
        await province.ask(QUESTION)
        assert city.tokens_given == 1
        city.status = HTTPStatus.UNAUTHORIZED
        await province.ask(QUESTION)

    asyncio.run(ask())
    assert (city.tokens_given, len(city.asked)) == (2, 4)


def test_only_the_token_that_was_refused_is_forgotten() -> None:
    """Of many requests under one token each hears that it is not taken."""
    token = HubToken(Credential("none"), City(), lambda at: f"assertion at {at}")

    async def renewed() -> list[int]:
        until = asyncio.get_running_loop().time() + 30
        await token.ensure(AT, until)
        refused = token.number
        numbers = []
        for _ in range(3):
            token.forget(refused)
            await token.ensure(AT, until)
            numbers.append(token.number)
        return numbers

    assert asyncio.run(renewed()) == [2, 2, 2]


class Broken(Log):
    """A fault of this program."""

    async def append(self, records: Any) -> None:
        raise ZeroDivisionError


def test_a_fault_is_heard_by_all_who_wait_for_the_exchange() -> None:
    city = City(sources={name: handed(name) for name in ("zhenjiang", "sukangma")})
    province = Province(city, Broken())

    async def both() -> list[Any]:
        asking = [province.ask(QUESTION, issuer=issuer) for issuer in city.sources]
        return await asyncio.gather(*asking, return_exceptions=True)

    assert [type(heard) for heard in asyncio.run(both())] == [ZeroDivisionError] * 2
    assert len(city.asked) == 1


def test_no_request_asks_for_more_statements_than_an_answer_may_hold() -> None:
    people = [ByDocument(person) for person in strangers(150)]
    issuers = [f"issuer-{number}" for number in range(20)]
    city = City(refusing("OVERLOADED"), sources={issuer: {} for issuer in issuers})

    async def ask() -> list[Any]:
        hub, deadline = Province(city).hub, asyncio.get_running_loop().time() + 30
        asking = (hub.ask(issuer, people, at=AT, deadline=deadline) for issuer in issuers)
        return await asyncio.gather(*asking)

    told = asyncio.run(ask())
    assert [list(each) for each in told] == [[Outcome.BUSY] * 150] * 20
    asked = [each["variables"]["input"]["questions"] for each in city.asked]
    assert [sum(len(q["issuers"]) for q in questions) for questions in asked] == [2_000, 1_000]


def test_more_issuers_behind_one_hub_than_a_question_holds_are_asked_all_the_same() -> None:
    issuers = [f"issuer-{number}" for number in range(100)]
    city = City(refusing("OVERLOADED"), sources={issuer: {} for issuer in issuers})

    async def ask() -> None:
        hub, deadline = Province(city).hub, asyncio.get_running_loop().time() + 30
        asking = (hub.ask(issuer, [QUESTION], at=AT, deadline=deadline) for issuer in issuers)
        await asyncio.gather(*asking)

    asyncio.run(ask())
    (asked,) = (each["variables"]["input"]["questions"] for each in city.asked)
    assert [len(each["issuers"]) for each in asked] == [64, 36]
    assert [issuer for each in asked for issuer in each["issuers"]] == issuers


def test_an_impatient_hub_closes_the_way_to_nobody_else() -> None:
    """A hub in front of this one says how long it waits, and its silence is not the city's."""
    city = City(fault=TimedOut())
    province = Province(city)

    async def ask(road: Road, seconds: float) -> Any:
        before = ROAD.set(road)
        try:
            return (await province.ask(QUESTION, seconds=seconds))[0]
        finally:
            ROAD.reset(before)

    async def all_of_it() -> list[Any]:
        impatient = [await ask(("nation-hub",), 0.5) for _ in range(FAILURES)]
        own = await ask((), 30)
        patient = [await ask(("nation-hub",), 30) for _ in range(FAILURES)]
        return [*impatient, own, *patient]

    assert asyncio.run(all_of_it()) == [T] * (2 * FAILURES) + [Outcome.CIRCUIT_OPEN]


def test_what_other_hubs_ask_leaves_exchanges_for_this_hubs_own_clients() -> None:
    """By whatever roads, and whatever the city does meanwhile."""
    city = Held(City())
    province = Province(city)

    async def all_of_it() -> list[Any]:
        asking = []
        for number in range(RELAYED_AT_ONCE + 16):
            before = ROAD.set((f"hub-{number}",))
            asking.append(asyncio.ensure_future(province.ask(QUESTION)))
            ROAD.reset(before)
        token, most = 1, RELAYED_AT_ONCE
        city.let_go(0)
        await city.came(token + most)
        own = asyncio.ensure_future(province.ask(QUESTION))
        await city.came(token + most + 1)
        city.let_go(token + most)
        (answered,) = await own
        assert len(city.asked) == token + most + 1
        city.open()
        await asyncio.gather(*asking)
        return [answered]

    (own,) = asyncio.run(all_of_it())
    assert own.outcome is Outcome.VERIFIED


def test_a_hub_that_is_silent_is_left_alone_for_a_while() -> None:
    city = City(fault=Unreachable())
    province = Province(city)

    async def ask() -> list[Any]:
        return [(await province.ask(QUESTION))[0] for _ in range(FAILURES + 3)]

    assert asyncio.run(ask()) == [B] * FAILURES + [Outcome.CIRCUIT_OPEN] * 3
    assert len(city.asked) == FAILURES


def test_nothing_rests_on_an_exchange_that_is_not_recorded() -> None:
    (source,) = asyncio.run(Province(City(), Log(works=False)).ask(QUESTION))
    assert source is Outcome.BUSY


def test_operators_hear_why_a_hub_refuses() -> None:
    city = City(refusing("ROAD_COMES_BACK"))
    province = Province(city)
    asyncio.run(province.ask(QUESTION))
    assert province.refused == ["ROAD_COMES_BACK"]
    assert len(city.asked) == 1


def test_a_code_that_nobody_knows_is_repeated_to_nobody() -> None:
    province = Province(City(refusing("a text of somebody's")))
    asyncio.run(province.ask(QUESTION))
    assert province.refused == ["HUB_REFUSED"]


def test_a_statement_under_another_issuers_name_counts_for_nobody() -> None:
    """One that is passed on twice, under two names, is counted once."""
    double = handed("zhenjiang") | {"issuer": {"id": "sukangma"}}
    city = City(sources={"zhenjiang": handed("zhenjiang"), "sukangma": double})
    province = Province(city)

    async def both() -> list[Any]:
        return [
            *await province.ask(QUESTION),
            *await province.ask(QUESTION, issuer="sukangma"),
        ]

    true, false = asyncio.run(both())
    assert (true.outcome, false) == (Outcome.VERIFIED, Outcome.MALFORMED)


def test_a_scanned_code_is_asked_with_its_checkpoint() -> None:
    city = City(said("NO_ACCESS"))
    scan = ByCode("ZJC1.a.b.c", GATE)
    asyncio.run(Province(city).ask(scan))
    (question,) = city.asked[0]["variables"]["input"]["questions"]
    assert question["scan"]["code"] == scan.code
    assert question["scan"]["checkpoint"]["verifierName"] == GATE.verifier_name
