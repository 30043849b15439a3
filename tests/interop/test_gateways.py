"""Behind other people's gateways the hub's answers, errors and rights are what they are without."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.acceptance.arriving import office_of, record
from tests.acceptance.callers import Answer, Caller, calling, document_of, fields, request_of
from tests.acceptance.hubs import RunningHub
from tests.acceptance.test_corrections import report
from tests.interop import neighbours
from tests.interop.composing import Urls, node
from tests.interop.gateways import GATEWAYS, Gateway, standing
from tongxing.schema.scope import Scope

QUICK = {("Apollo Gateway", "open")}
"""What `make test` asks, too."""

ALL = "INTEROP"
"""With this in the environment, every gateway is asked in every profile."""

PROFILES = {"open": "hub", "production": "production_hub"}

pytestmark = pytest.mark.processes


@dataclass(frozen=True)
class Joined:
    """A gateway, the hub behind it and who asks; ``known`` are keys that there are."""

    url: str
    city: Caller
    auditor: Caller
    elsewhere: Caller
    known: Mapping[str, Any]
    gateway: Gateway

    def refused(self, code: str) -> set[str]:
        """The codes of a request that the hub refuses as a whole, with ``code``."""
        return {self.gateway.refused or code}

    def ask(
        self, document: str, variables: Mapping[str, object] | None = None, by: Caller | None = None
    ) -> Answer:
        """Without ``by`` there is no token."""
        sent = {} if by is None else {"authorization": f"Bearer {by.token()}"}
        asked = {"query": document, "variables": variables or {}}
        accept = {"accept": "application/json"}
        answer = httpx2.post(self.url, json=asked, headers={**sent, **accept}, timeout=60)
        said: Answer = answer.json()
        return said

    def data(self, document: str, variables: Mapping[str, object] | None, by: Caller) -> Answer:
        answer = self.ask(document, variables, by)
        assert answer.get("errors", []) == []
        data: Answer = answer["data"]
        return data

    def codes(
        self, document: str, variables: Mapping[str, object] | None = None, by: Caller | None = None
    ) -> set[str]:
        errors = self.ask(document, variables, by).get("errors", [])
        return {str(error.get("extensions", {}).get("code")) for error in errors}


def _known(city: Caller) -> Mapping[str, Any]:
    green, red = city.persona("green_everywhere"), city.persona("red_everywhere")
    return {
        "index": green["auditIndex"],
        "arrival": record(city, str(green["receipt"]))["id"],
        "correction": report(city, str(red["receipt"]), "red_everywhere", "zhenjiang")["id"],
    }


CASES = [
    (name, profile)
    for name in GATEWAYS
    for profile in PROFILES
    if ALL in os.environ or (name, profile) in QUICK
]


PARAMS = [
    pytest.param(
        (name, profile),
        id=f"{name}, {profile}",
        marks=pytest.mark.row(f"{name}, {profile} profile", GATEWAYS[name].package),
    )
    for name, profile in CASES
]


@pytest.fixture(scope="module", params=PARAMS)
def joined(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Joined]:
    name, profile = request.param
    node()
    hub: RunningHub = request.getfixturevalue(PROFILES[profile])
    gateway = GATEWAYS[name]
    with ExitStack() as stack:
        here = stack.enter_context
        urls = Urls(
            f"{hub.url}/graphql",
            here(neighbours.serving(neighbours.TIMETABLE)),
            here(neighbours.serving(neighbours.HOTELS)),
        )
        city = here(calling(hub))
        client = f"behind-{list(GATEWAYS).index(name)}"
        yield Joined(
            here(standing(gateway, urls, tmp_path_factory.mktemp("gateway"))),
            city,
            here(office_of(hub, client, "000000", *Scope)),
            here(office_of(hub, f"{client}-elsewhere", "321181", *Scope)),
            _known(city),
            gateway,
        )


TRAVELER = """query($input: TravelerInput!) { traveler(input: $input) { __typename
    ... on TravelerRecognition { color decision madeGreener policy { number policy { mode } }
        sources { issuer { id name { zh } } outcome codes { color basis } } BOARDING }
    ... on NotAnswered { code text { zh en } } } }"""
STATION = """query($code: ID!) { station(code: $code) { code issuer { id name { en } }
    region { code name { zh } policies { id } stations { code } } } }"""
STAYS = """query($arrivals: [ID!]!) { stays(arrivals: $arrivals) {
    arrival { id district hotel { name } } } }"""
STAY = """query($index: AuditIndex!, $correction: ID!) {
    stay(outcome: $index, correction: $correction) { outcome { index color decision } } }"""
CORRECTION = """query($index: AuditIndex!, $correction: ID!) {
    stay(outcome: $index, correction: $correction) { correction { id state } } }"""
NOBODY = "arrival:" + "A" * 22

Check = Callable[[Joined], None]


def _asked(joined: Joined, persona: str) -> tuple[Answer, Answer]:
    """Of one traveler, the hub's own answer and the one through the gateway."""
    variables = request_of(fields(document_of(persona)))
    direct = joined.city.data(TRAVELER.replace("BOARDING", ""), variables)
    through = joined.data(TRAVELER.replace("BOARDING", ""), variables, joined.city)
    return direct, through


def a_green_is_the_hub_s_own(joined: Joined) -> None:
    direct, through = _asked(joined, "green_everywhere")
    assert through == direct
    assert through["traveler"]["color"] == "GREEN"


def a_red_stays_red(joined: Joined) -> None:
    direct, through = _asked(joined, "red_everywhere")
    assert through == direct
    assert (through["traveler"]["color"], through["traveler"]["decision"]) == ("RED", "REFUSE")


def an_answer_has_the_railway_s_field(joined: Joined) -> None:
    document = TRAVELER.replace("BOARDING", "auditIndex boarding { train station { code } }")
    variables = request_of(fields(document_of("green_everywhere")))
    answer = joined.data(document, variables, joined.city)["traveler"]
    assert answer["boarding"] == {"train": "G7001", "station": {"code": "ZJH"}}


def a_refusal_is_a_value(joined: Joined) -> None:
    document = {**fields(document_of("green_everywhere")), "number": "1"}
    answer = joined.data(TRAVELER.replace("BOARDING", ""), request_of(document), joined.city)
    assert answer["traveler"]["__typename"] == "NotAnswered"
    assert answer["traveler"]["code"].startswith("DOCUMENT_")


def a_station_joins_its_region_and_its_issuer(joined: Joined) -> None:
    station = joined.data(STATION, {"code": "ZJH"}, joined.city)["station"]
    assert station["region"]["name"] == {"zh": "镇江市"}
    assert "policy:321100:1" in {each["id"] for each in station["region"]["policies"]}
    assert station["region"]["stations"] == [{"code": "ZJH"}]
    assert station["issuer"]["name"]["en"]


def a_key_that_leads_nowhere_says_so(joined: Joined) -> None:
    assert "ENTITY_NOT_FOUND" in joined.codes(STATION, {"code": "XXX"}, joined.city)


def an_arrival_joins_its_hotel(joined: Joined) -> None:
    asked = {"arrivals": [joined.known["arrival"]]}
    (stay,) = joined.data(STAYS, asked, joined.auditor)["stays"]
    assert stay["arrival"] == {
        "id": joined.known["arrival"],
        "district": "321102",
        "hotel": {"name": neighbours.HOTEL.name},
    }


def an_arrival_elsewhere_is_as_if_it_were_not_there(joined: Joined) -> None:
    hidden = joined.ask(STAYS, {"arrivals": [joined.known["arrival"]]}, joined.elsewhere)
    missing = joined.ask(STAYS, {"arrivals": [NOBODY]}, joined.elsewhere)
    assert "321102" not in str(hidden)
    codes = [each["extensions"]["code"] for each in hidden["errors"]]
    assert codes == [each["extensions"]["code"] for each in missing["errors"]]
    assert set(codes) == {"ENTITY_NOT_FOUND"}


def a_recognition_is_found_by_its_audit_index(joined: Joined) -> None:
    stay = joined.data(STAY, joined.known, joined.auditor)["stay"]
    assert stay["outcome"]["color"] == "GREEN"


def a_scope_is_needed_through_the_gateway_too(joined: Joined) -> None:
    answer = joined.ask(STAY, joined.known, joined.city)
    assert "GREEN" not in str(answer)
    codes = joined.codes(STAY, joined.known, joined.city)
    assert codes == joined.refused("FORBIDDEN_SCOPE")


def a_correction_is_its_own_client_s(joined: Joined) -> None:
    mine = joined.data(CORRECTION, joined.known, joined.city)["stay"]["correction"]
    assert mine["id"] == joined.known["correction"]
    assert joined.codes(CORRECTION, joined.known, joined.auditor) == {"ENTITY_NOT_FOUND"}


def without_a_token_nothing_is_told(joined: Joined) -> None:
    variables = request_of(fields(document_of("green_everywhere")))
    document = TRAVELER.replace("BOARDING", "")
    assert joined.codes(document, variables) == joined.refused("UNAUTHENTICATED")


def a_region_that_is_not_granted_is_refused(joined: Joined) -> None:
    variables = request_of(fields(document_of("green_everywhere")), region="330100")
    document = TRAVELER.replace("BOARDING", "")
    assert joined.codes(document, variables, joined.city) == joined.refused("FORBIDDEN_REGION")


def a_place_that_does_not_exist_is_refused(joined: Joined) -> None:
    variables = request_of(fields(document_of("green_everywhere")), region="999999")
    document = TRAVELER.replace("BOARDING", "")
    assert joined.codes(document, variables, joined.city) == joined.refused("REGION_UNKNOWN")


def what_is_inaccessible_is_not_there(joined: Joined) -> None:
    for document in ('{ node(id: "sukangma") { id } }', "{ stoppedClients { edges { cursor } } }"):
        answer = joined.ask(document, by=joined.auditor)
        assert answer["errors"]
        assert not answer.get("data")


def both_kinds_of_pages_have_one_page_info(joined: Joined) -> None:
    document = """{ allStations { pageInfo { endCursor } edges { node { region { code } } } }
        alarms(first: 1) { pageInfo { hasNextPage } } }"""
    answer = joined.data(document, None, joined.auditor)
    assert answer["allStations"]["pageInfo"] == {"endCursor": "XXX"}
    assert answer["alarms"]["pageInfo"] == {"hasNextPage": False}


def an_act_goes_through(joined: Joined) -> None:
    receipt = joined.city.persona("green_everywhere")["receipt"]
    document = """mutation($input: RecordArrivalInput!) { recordArrival(input: $input) {
        __typename ... on TravelerArrival { district hotel { name } } } }"""
    given = {"input": {"receipt": receipt, "destination": "321102"}}
    arrival = joined.data(document, given, joined.city)["recordArrival"]
    assert arrival["district"] == "321102"
    assert arrival["hotel"] == {"name": neighbours.HOTEL.name}


CHECKS: tuple[Check, ...] = (
    a_green_is_the_hub_s_own,
    a_red_stays_red,
    an_answer_has_the_railway_s_field,
    a_refusal_is_a_value,
    a_station_joins_its_region_and_its_issuer,
    a_key_that_leads_nowhere_says_so,
    an_arrival_joins_its_hotel,
    an_arrival_elsewhere_is_as_if_it_were_not_there,
    a_recognition_is_found_by_its_audit_index,
    a_scope_is_needed_through_the_gateway_too,
    a_correction_is_its_own_client_s,
    without_a_token_nothing_is_told,
    a_region_that_is_not_granted_is_refused,
    a_place_that_does_not_exist_is_refused,
    what_is_inaccessible_is_not_there,
    both_kinds_of_pages_have_one_page_info,
    an_act_goes_through,
)
"""To add a claim about every gateway: a function, and its line here."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_behind_a_gateway(joined: Joined, check: Check) -> None:
    check(joined)
