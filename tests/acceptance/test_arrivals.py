"""Arrivals over real HTTP: a gate records, the district sees and acknowledges, nobody else does."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, time

import pytest

from tests.acceptance.arriving import (
    ACKNOWLEDGE,
    ARRIVALS,
    DISTRICT,
    FOLLOW,
    NOTICES,
    RECORD,
    acknowledge,
    claims_of,
    following,
    header_of,
    ids,
    office_of,
    record,
)
from tests.acceptance.audited import entries_of, kinds_of, refusals_of
from tests.acceptance.callers import COORDINATOR, STATION, Caller, calling, error_codes
from tests.acceptance.forging import SigningKey
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import NewState
from tongxing.gateway.storage.audit import ArrivalRecord
from tongxing.schema.scope import Scope

JINGKOU = "jingkou-district"
SHUTDOWN_SECONDS = 30.0
"""Half of what the hub of this test gives to what it is answering."""


@pytest.fixture(scope="module")
def district(hub: RunningHub) -> Iterator[Caller]:
    with calling(hub, JINGKOU) as caller:
        yield caller


@pytest.fixture
def receipt(city: Caller) -> str:
    return str(city.persona("green_everywhere")["receipt"])


def test_the_gate_records_and_the_district_sees_and_acknowledges(
    city: Caller, district: Caller, receipt: str
) -> None:
    arrival = record(city, receipt)
    claims = claims_of(receipt)
    assert (arrival["holder"], arrival["color"]) == (claims["sub"], "GREEN")
    assert (arrival["purpose"], arrival["recordedBy"]) == ("ENTRY", "city-system")
    assert arrival["id"] in ids(district, ARRIVALS)
    assert arrival["id"] in ids(district, NOTICES)
    done = acknowledge(district, arrival["id"])
    assert (done["acknowledgedBy"], done["id"]) == (JINGKOU, arrival["id"])
    assert arrival["id"] not in ids(district, NOTICES)
    assert arrival["id"] in ids(district, ARRIVALS)


def test_the_same_receipt_twice_is_one_arrival(
    city: Caller, district: Caller, receipt: str
) -> None:
    before = ids(district, ARRIVALS)
    with ThreadPoolExecutor(6) as pool:
        arrivals = list(pool.map(lambda _: record(city, receipt), range(6)))
    assert len({each["id"] for each in arrivals}) == 1
    assert len(ids(district, ARRIVALS)) == len(before) + 1


def test_another_signature_under_the_same_receipt_is_no_second_arrival(
    hub: RunningHub, city: Caller, receipt: str
) -> None:
    again = _signed_again(hub, receipt)
    assert again != receipt
    assert record(city, again)["id"] == record(city, receipt)["id"]


def test_two_that_acknowledge_at_once_agree_on_who_was_first(
    hub: RunningHub, city: Caller, district: Caller, receipt: str
) -> None:
    arrival = record(city, receipt)
    with (
        office_of(hub, "jingkou-second", DISTRICT, Scope.ARRIVAL_READ) as second,
        ThreadPoolExecutor(8) as pool,
    ):
        offices = [district, second] * 4
        for office in offices[:2]:
            office.token()
        done = list(pool.map(lambda office: acknowledge(office, arrival["id"]), offices))
    assert len({(each["acknowledgedBy"], each["acknowledgedAt"]) for each in done}) == 1


def _signed_again(hub: RunningHub, receipt: str, **changed: object) -> str:
    key = SigningKey.from_pem(hub.layout.hub_key.read_bytes())
    return key.jws(header_of(receipt), claims_of(receipt) | changed)


Spoil = Callable[[RunningHub, str], str]
SPOILED: dict[str, tuple[Spoil, str]] = {
    "one that ran out": (
        lambda hub, r: _signed_again(hub, r, exp=int(time()) - 1),
        "EXPIRED_RECEIPT",
    ),
    "another client's": (
        lambda hub, r: _signed_again(hub, r, aud=STATION),
        "INVALID_RECEIPT",
    ),
    "another hub's": (
        lambda hub, r: _signed_again(hub, r, iss="tongxing-suzhou"),
        "INVALID_RECEIPT",
    ),
    "one of another region": (
        lambda hub, r: _signed_again(hub, r, region="310000"),
        "OUTSIDE_THE_REGION",
    ),
    "one with a claim changed": (
        lambda _, r: r.replace(r.split(".")[1], r.split(".")[1][:-4] + "AAAA"),
        "INVALID_RECEIPT",
    ),
    "one signed with a client's key": (
        lambda hub, r: SigningKey.from_pem(hub.layout.client_key(STATION).read_bytes()).jws(
            header_of(r), claims_of(r)
        ),
        "INVALID_RECEIPT",
    ),
    "one without a holder": (
        lambda hub, r: _signed_again(hub, r, sub=None),
        "HOLDER_UNKNOWN",
    ),
    "nothing": (lambda _hub, _receipt: "", "INVALID_RECEIPT"),
    "a text": (lambda _hub, _receipt: "王安宁", "INVALID_RECEIPT"),
    "too long a text": (lambda _, r: r + "A" * 70_000, "INVALID_RECEIPT"),
}


@pytest.mark.parametrize("spoiled", SPOILED.values(), ids=SPOILED)
def test_makes_no_arrival_and_is_audited(
    hub: RunningHub, city: Caller, district: Caller, receipt: str, spoiled: tuple[Spoil, str]
) -> None:
    spoil, rule = spoiled
    before = ids(district, ARRIVALS)
    variables = {"receipt": spoil(hub, receipt), "destination": DISTRICT}
    response = city.post(RECORD, variables)
    answer = response.json()["data"]["recordArrival"]
    assert (answer["__typename"], answer["rule"]) == ("ArrivalRefused", rule)
    assert answer["text"]["zh"]
    assert refusals_of(hub.layout, response.headers["x-request-id"]) == [("city-system", rule)]
    assert ids(district, ARRIVALS) == before


def test_a_receipt_is_used_for_one_destination(city: Caller, receipt: str) -> None:
    record(city, receipt)
    assert record(city, receipt, "321181")["rule"] == "ANOTHER_DESTINATION"
    assert record(city, receipt, "321100")["rule"] == "NOT_A_DISTRICT"


OPERATIONS: dict[str, tuple[str, dict[str, object]]] = {
    "arrivals": (ARRIVALS, {"region": DISTRICT}),
    "arrivalNotices": (NOTICES, {"region": DISTRICT}),
}
OTHERS = {
    "a district beside": ("danyang-city", "321181"),
    "another city": ("suzhou-system", "320500"),
    "another province": ("shanghai-system", "310000"),
}


@pytest.mark.parametrize("client_id", ["city-system", STATION, COORDINATOR])
@pytest.mark.parametrize(("operation", "asked"), OPERATIONS.values(), ids=OPERATIONS)
def test_a_client_without_the_scope_sees_nothing(
    hub: RunningHub, client_id: str, operation: str, asked: dict[str, object]
) -> None:
    with calling(hub, client_id) as caller:
        response = caller.post(operation, asked)
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])
    request_id = response.headers["x-request-id"]
    assert refusals_of(hub.layout, request_id) == [(client_id, "FORBIDDEN_SCOPE")]


@pytest.mark.parametrize(("client_id", "region"), OTHERS.values(), ids=OTHERS)
def test_another_place_sees_nothing_follows_nothing_and_acknowledges_nothing(
    hub: RunningHub, city: Caller, receipt: str, client_id: str, region: str
) -> None:
    arrival = record(city, receipt)
    with office_of(hub, client_id, region, Scope.ARRIVAL_READ) as caller:
        for operation, asked in OPERATIONS.values():
            response = caller.post(operation, asked)
            assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_REGION"])
        assert ids(caller, ARRIVALS, region) == []
        assert acknowledge(caller, arrival["id"])["rule"] == "NO_SUCH_ARRIVAL"
        with following(caller) as received:
            (error,) = next(received).json()["errors"]
            assert error["extensions"]["code"] == "FORBIDDEN_REGION"


def test_an_arrival_elsewhere_reads_like_one_that_never_was(
    hub: RunningHub, city: Caller, receipt: str
) -> None:
    arrival = record(city, receipt)
    with office_of(hub, "yangzhong-city", "321182", Scope.ARRIVAL_READ) as caller:
        assert acknowledge(caller, arrival["id"]) == acknowledge(caller, "A" * 22)


def test_a_district_records_nothing(district: Caller, receipt: str) -> None:
    response = district.post(RECORD, {"receipt": receipt, "destination": DISTRICT})
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])


def test_a_gate_records_for_its_own_region_only(city: Caller, receipt: str) -> None:
    response = city.post(RECORD, {"receipt": receipt, "destination": "310115"})
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_REGION"])


@pytest.mark.parametrize("operation", [RECORD, ACKNOWLEDGE])
def test_a_mutation_comes_by_post(city: Caller, operation: str) -> None:
    headers = {"authorization": f"Bearer {city.token()}"}
    response = city.http.get("/graphql", params={"query": operation}, headers=headers)
    assert response.status_code == 405


def test_the_district_follows_and_goes_on_where_it_was(city: Caller, district: Caller) -> None:
    with following(district) as received:
        known = len(ids(district, NOTICES))
        for _ in range(known):
            cursor = next(received).json()["data"]["arrivalNotices"]["cursor"]
        first = record(city, str(city.persona("yellow_everywhere")["receipt"]))
        notice = next(received).json()["data"]["arrivalNotices"]
        assert (notice["node"]["id"], notice["node"]["color"]) == (first["id"], "YELLOW")
        cursor = notice["cursor"]
    second = record(city, str(city.persona("green_everywhere")["receipt"]))
    with following(district, after=cursor) as received:
        notice = next(received).json()["data"]["arrivalNotices"]
        assert notice["node"]["id"] == second["id"]


def test_a_cursor_that_is_none_is_refused(district: Caller) -> None:
    response = district.post(ARRIVALS, {"region": DISTRICT, "after": "YTE6"})
    assert (response.status_code, error_codes(response)) == (400, ["INVALID_CURSOR"])
    with following(district, after="YTE6") as received:
        (error,) = next(received).json()["errors"]
        assert error["extensions"]["code"] == "INVALID_CURSOR"


def test_a_stream_is_answered_to_those_who_ask_for_one(district: Caller) -> None:
    response = district.post(FOLLOW, {"region": DISTRICT})
    assert (response.status_code, error_codes(response)) == (400, ["SUBSCRIPTION_NOT_SUPPORTED"])


def test_reading_and_writing_stand_in_the_audit_log(
    hub: RunningHub, city: Caller, district: Caller, receipt: str
) -> None:
    recorded = city.post(RECORD, {"receipt": receipt, "destination": DISTRICT})
    listed = district.post(ARRIVALS, {"region": DISTRICT})
    for response, action in ((recorded, "RECORDED"), (listed, "LISTED")):
        (entry,) = entries_of(hub.layout, response.headers["x-request-id"])
        assert isinstance(entry.record, ArrivalRecord)
        assert entry.record.action.value == action
        assert kinds_of(hub.layout, response.headers["x-request-id"]) == ["ARRIVAL"]


def test_a_hub_that_ends_completes_what_is_followed(new_layout: NewState) -> None:
    patient = {"limits__shutdown_seconds": 2 * SHUTDOWN_SECONDS}
    with (
        serving(new_layout(), **patient) as hub,
        calling(hub, JINGKOU) as caller,
        following(caller) as events,
    ):
        began = monotonic()
        assert hub.end() == 0
        assert [each.event for each in events] == ["complete"]
        assert monotonic() - began < SHUTDOWN_SECONDS
