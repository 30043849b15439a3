"""Arrivals over real HTTP: a gate records, the district sees and acknowledges, nobody else does."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, time

import pytest

from tests.acceptance.arriving import (
    ACKNOWLEDGE,
    ARRIVAL,
    ARRIVALS,
    DISTRICT,
    FOLLOW,
    NOTICES,
    RECORD,
    WITHDRAW,
    acknowledge,
    claims_of,
    following,
    found,
    header_of,
    ids,
    office_of,
    record,
    told,
    withdraw,
)
from tests.acceptance.audited import entries_of, kinds_of, refusals_of
from tests.acceptance.callers import (
    COORDINATOR,
    STATION,
    Caller,
    calling,
    error_codes,
)
from tests.acceptance.forging import SigningKey
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import FORGETFUL, Issuers, NewState
from tongxing.gateway.followup.arrival_event_store import EVENT_CURSORS
from tongxing.gateway.storage.audit import ArrivalRecord
from tongxing.sandbox.town.records import IssuerName
from tongxing.schema.audit_words import ArrivalAction
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
        office_of(hub, "jingkou-second", DISTRICT, Scope.ARRIVAL_ACKNOWLEDGE) as second,
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
        "RECEIPT_EXPIRED",
    ),
    "another client's": (
        lambda hub, r: _signed_again(hub, r, aud=STATION),
        "RECEIPT_INVALID",
    ),
    "another hub's": (
        lambda hub, r: _signed_again(hub, r, iss="tongxing-suzhou"),
        "RECEIPT_INVALID",
    ),
    "one of another region": (
        lambda hub, r: _signed_again(hub, r, region="310000"),
        "DESTINATION_OUTSIDE_REGION",
    ),
    "one with a claim changed": (
        lambda _, r: r.replace(r.split(".")[1], r.split(".")[1][:-4] + "AAAA"),
        "RECEIPT_INVALID",
    ),
    "one signed with a client's key": (
        lambda hub, r: SigningKey.from_pem(hub.layout.client_key(STATION).read_bytes()).jws(
            header_of(r), claims_of(r)
        ),
        "RECEIPT_INVALID",
    ),
    "one without a holder": (
        lambda hub, r: _signed_again(hub, r, sub=None),
        "HOLDER_UNKNOWN",
    ),
    "nothing": (lambda _hub, _receipt: "", "RECEIPT_INVALID"),
    "a text": (lambda _hub, _receipt: "王安宁", "RECEIPT_INVALID"),
    "too long a text": (lambda _, r: r + "A" * 70_000, "RECEIPT_INVALID"),
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
    assert (answer["__typename"], answer["code"]) == ("ArrivalRefused", rule)
    assert answer["text"]["zh"]
    assert refusals_of(hub.layout, response.headers["x-request-id"]) == [("city-system", rule)]
    assert ids(district, ARRIVALS) == before


def test_a_receipt_is_used_for_one_destination(city: Caller, receipt: str) -> None:
    record(city, receipt)
    assert record(city, receipt, "321181")["code"] == "DESTINATION_ANOTHER"
    assert record(city, receipt, "321100")["code"] == "DESTINATION_NOT_A_DISTRICT"


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
    scopes = Scope.ARRIVAL_READ, Scope.ARRIVAL_ACKNOWLEDGE
    with office_of(hub, client_id, region, *scopes) as caller:
        for operation, asked in OPERATIONS.values():
            response = caller.post(operation, asked)
            assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_REGION"])
        assert ids(caller, ARRIVALS, region) == []
        assert acknowledge(caller, arrival["id"])["code"] == "ARRIVAL_NOT_FOUND"
        assert found(caller, arrival["id"]) is None
        with following(caller) as received:
            (error,) = next(received).json()["errors"]
            assert error["extensions"]["code"] == "FORBIDDEN_REGION"


NEVER_GIVEN = (
    "arrival:" + "A" * 22,
    "A" * 22,
    "arrival:",
    "arrival:王安宁",
    "correction:" + "A" * 22,
    "arrival:" + "A" * 70_000,
    "",
)


def test_an_id_that_was_never_given_finds_nothing_and_is_audited(
    hub: RunningHub, city: Caller, district: Caller
) -> None:
    for never in NEVER_GIVEN:
        assert withdraw(city, never)["code"] == "ARRIVAL_NOT_FOUND"
        response = district.post(ARRIVAL, {"id": never})
        assert response.json() == {"data": {"arrival": None}}
        told = refusals_of(hub.layout, response.headers["x-request-id"])
        assert told == [(JINGKOU, "ARRIVAL_NOT_FOUND")]


def test_one_arrival_is_looked_up_by_its_id_and_audited(
    hub: RunningHub, city: Caller, district: Caller, receipt: str
) -> None:
    made = record(city, receipt)
    response = district.post(ARRIVAL, {"id": made["id"]})
    seen = response.json()["data"]["arrival"]
    assert (seen["id"], seen["color"]) == (made["id"], "GREEN")
    assert seen["holder"] != made["holder"]
    (entry,) = entries_of(hub.layout, response.headers["x-request-id"])
    assert isinstance(entry.record, ArrivalRecord)
    assert entry.record.action is ArrivalAction.READ


def test_who_may_read_arrivals_does_not_acknowledge_them(
    hub: RunningHub, city: Caller, receipt: str
) -> None:
    arrival = record(city, receipt)
    with office_of(hub, "jingkou-reader", DISTRICT, Scope.ARRIVAL_READ) as reader:
        assert found(reader, arrival["id"])
        response = reader.post(ACKNOWLEDGE, {"id": arrival["id"]})
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])


CHANGED = """
mutation($id: ID!) {
  withdrawArrival(input: {id: $id}) { ... on TravelerArrival { %s } }
}
"""


@pytest.mark.parametrize("name", ["changedColor", "changeKnownAt"])
def test_a_gate_does_not_learn_what_others_asked_about_whom_it_recorded(
    city: Caller, receipt: str, name: str
) -> None:
    """It may write arrivals, and is answered with them; what came later is the district's."""
    arrival = record(city, receipt)
    response = city.post(CHANGED % name, {"id": arrival["id"]})
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])


def test_a_wrong_arrival_is_withdrawn_and_its_receipt_used_for_the_right_district(
    city: Caller, district: Caller, receipt: str
) -> None:
    wrong = record(city, receipt)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: withdraw(city, wrong["id"]), range(4)))
    assert len({each["withdrawnAt"] for each in done}) == 1
    assert wrong["id"] not in ids(district, NOTICES)
    assert wrong["id"] in ids(district, ARRIVALS)
    assert acknowledge(district, wrong["id"])["code"] == "ARRIVAL_WITHDRAWN"
    right = record(city, receipt, "321181")
    assert (right["district"], right["recognition"]) == ("321181", wrong["recognition"])
    assert right["id"] != wrong["id"]
    assert record(city, receipt)["code"] == "ARRIVAL_WITHDRAWN"


def test_only_the_gate_that_recorded_an_arrival_withdraws_it(
    hub: RunningHub, city: Caller, district: Caller, receipt: str
) -> None:
    arrival = record(city, receipt)
    with calling(hub, STATION) as station:
        told = withdraw(station, arrival["id"])
        assert told == withdraw(station, NEVER_GIVEN[0])
    assert told["code"] == "ARRIVAL_NOT_FOUND"
    response = district.post(WITHDRAW, {"id": arrival["id"]})
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])
    assert arrival["id"] in ids(district, NOTICES)


def test_an_arrival_elsewhere_reads_like_one_that_never_was(
    hub: RunningHub, city: Caller, receipt: str
) -> None:
    arrival = record(city, receipt)
    with office_of(hub, "yangzhong-city", "321182", Scope.ARRIVAL_ACKNOWLEDGE) as caller:
        told = acknowledge(caller, arrival["id"])
        for never in NEVER_GIVEN:
            assert acknowledge(caller, never) == told


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
        for _ in range(len(ids(district, NOTICES))):
            _, event = told(next(received))
            assert event["__typename"] == "ArrivalRecorded"
        first = record(city, str(city.persona("yellow_everywhere")["receipt"]))
        cursor, event = told(next(received))
        assert (event["__typename"], event["arrival"]["id"]) == ("ArrivalRecorded", first["id"])
        assert event["arrival"]["color"] == "YELLOW"
    second = record(city, str(city.persona("green_everywhere")["receipt"]))
    acknowledge(district, first["id"])
    withdraw(city, second["id"])
    with following(district, after=cursor) as received:
        seen = [told(next(received))[1] for _ in range(3)]
    assert [(event["__typename"], event["arrival"]["id"]) for event in seen] == [
        ("ArrivalRecorded", second["id"]),
        ("ArrivalAcknowledged", first["id"]),
        ("ArrivalWithdrawn", second["id"]),
    ]


def test_a_color_that_changes_after_the_arrival_is_told_at_once(
    new_layout: NewState, issuers: Issuers
) -> None:
    """Whoever asks about the traveler next, the district learns of it; it does not learn who asked,
    nor for where."""
    persona, turned_at = "green_everywhere", int(time()) - 600
    with (
        serving(new_layout(), **FORGETFUL) as hub,
        calling(hub) as city,
        calling(hub, STATION) as station,
        calling(hub, JINGKOU) as district,
        following(district) as received,
    ):
        arrival = record(city, str(city.persona(persona)["receipt"]))
        assert told(next(received))[1]["arrival"]["id"] == arrival["id"]
        for _ in range(2):
            assert station.persona(persona, purpose="TRANSPORT")["color"] == "GREEN"
        with issuers[IssuerName.ZHENJIANG].misbehaving("turned_red", persona, value=turned_at):
            for caller, purpose in ((station, "TRANSPORT"), (city, "ENTRY")):
                assert caller.persona(persona, purpose=purpose)["color"] == "RED"
        cursor, event = told(next(received))
        assert event["__typename"] == "ArrivalColorChanged"
        assert (event["color"], event["arrival"]["id"]) == ("RED", arrival["id"])
        assert (event["arrival"]["color"], event["arrival"]["changedColor"]) == ("GREEN", "RED")
        assert event["knownAt"].endswith(("16:00:00.000Z", "16:00:00+00:00"))
        assert city.persona(persona)["color"] == "GREEN"
        assert told(next(received))[1]["color"] == "GREEN"
        with following(district, after=cursor) as again:
            assert told(next(again))[1]["color"] == "GREEN"


def _cursors(district: Caller) -> dict[str, str]:
    pages = {"arrivals": ARRIVALS, "arrivalNotices": NOTICES}
    asked = {"region": DISTRICT, "first": 1}
    given = {name: district.data(page, asked)[name] for name, page in pages.items()}
    with following(district) as received:
        return {
            **{name: page["pageInfo"]["endCursor"] for name, page in given.items()},
            "arrivalEvents": told(next(received))[0],
        }


def test_a_cursor_of_another_list_is_refused(city: Caller, district: Caller, receipt: str) -> None:
    record(city, receipt)
    for owner, cursor in (*_cursors(district).items(), ("none", "YTE6")):
        for name, page in (("arrivals", ARRIVALS), ("arrivalNotices", NOTICES)):
            response = district.post(page, {"region": DISTRICT, "after": cursor})
            assert (response.status_code == 200) == (owner == name)
            assert response.status_code == 200 or error_codes(response) == ["INVALID_CURSOR"]
        if owner != "arrivalEvents":
            with following(district, after=cursor) as received:
                (error,) = next(received).json()["errors"]
                assert error["extensions"]["code"] == "INVALID_CURSOR"


def test_a_cursor_that_no_event_has_had_is_refused(district: Caller) -> None:
    """Behind it all that comes until then would be missed."""
    with following(district, after=EVENT_CURSORS.at(2**52)) as received:
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
