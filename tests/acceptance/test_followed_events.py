"""What can be followed beside arrivals: who may, what comes, and going on elsewhere."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import time
from typing import Any

import pytest

from tests.acceptance.callers import CITY, COORDINATOR, STATION, Caller, calling
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.own_clients import command, own_client
from tests.acceptance.standing import FORGETFUL, Issuers, NewState
from tests.acceptance.test_workers_together import WORKERS, serving_workers
from tests.acceptance.workers_apart import callers_apart
from tests.http.event_frames import Received, events
from tongxing.sandbox.town.records import IssuerName

GREEN = "green_everywhere"
TRUST_LIST = """subscription($after: String) { trustListChanged(after: $after) {
  cursor node { version digest signedBy auditIndex } } }"""
POLICY = """subscription($region: RegionCode, $after: String) {
  policyAnnounced(region: $region, after: $after) {
    cursor node { region policy { number policy { validFrom } } auditIndex } } }"""
ALARMS = """subscription($after: String) { alarms(after: $after) {
  cursor node { __typename
    ... on AlarmRaised { alarm { id state } }
    ... on AlarmAcknowledged { alarm { id state } } } } }"""
STATUS = """subscription($receipt: RecognitionReceipt!, $after: String) {
  statusChanged(receipt: $receipt, after: $after) { __typename
    ... on ReceiptStatus { cursor status cause }
    ... on ReceiptStatusRefused { code } } }"""
ACKNOWLEDGE = "mutation($id: ID!) { acknowledgeAlarm(input: {id: $id}) { id } }"
OF_ONE_CALL: Mapping[str, str] = {
    "trustListChanged": TRUST_LIST,
    "policyAnnounced": POLICY,
    "alarms": ALARMS,
}


@contextmanager
def following(client: Caller, operation: str, **asked: object) -> Iterator[Iterator[Received]]:
    headers = {"authorization": f"Bearer {client.token()}", "accept": "text/event-stream"}
    body = {"query": operation, "variables": asked}
    with client.http.stream("POST", "/graphql", json=body, headers=headers) as response:
        yield events(response.iter_raw())


def next_of(received: Iterator[Received]) -> Any:
    (answer,) = next(received).json()["data"].values()
    return answer


def first(client: Caller, operation: str, **asked: object) -> Any:
    with following(client, operation, **asked) as received:
        return next_of(received)


def refusal(client: Caller, operation: str, **asked: object) -> str:
    with following(client, operation, **asked) as received:
        (error,) = next(received).json()["errors"]
        return str(error["extensions"]["code"])


def test_the_last_publications_come_first(city: Caller) -> None:
    held = city.data("{ trustList { version digest } }")["trustList"]
    edge = first(city, TRUST_LIST)
    assert {name: edge["node"][name] for name in held} == held
    assert edge["node"]["signedBy"]
    announced = first(city, POLICY, region="321100")["node"]
    assert (announced["region"], announced["policy"]["number"]) == ("321100", 1)
    assert announced["policy"]["policy"]["validFrom"]


def test_alarms_are_for_those_who_audit(city: Caller) -> None:
    assert refusal(city, ALARMS) == "FORBIDDEN_SCOPE"


@pytest.mark.parametrize("name", OF_ONE_CALL)
def test_a_cursor_of_another_stream_is_refused(
    city: Caller, coordinator: Caller, name: str
) -> None:
    cursors = {
        "trustListChanged": first(city, TRUST_LIST)["cursor"],
        "policyAnnounced": first(city, POLICY)["cursor"],
        "none": "YTE6",
        "beyond the log": "dGwxOjQ1MDM1OTk2MjczNzA0OTY",
        "beyond the alarms": "YWUxOjkuOS45Ljk5OTk5OTk5OTk",
    }
    for owner, cursor in cursors.items():
        if owner != name:
            assert refusal(coordinator, OF_ONE_CALL[name], after=cursor) == "INVALID_CURSOR"


def test_a_client_that_is_revoked_hears_no_more(hub: RunningHub) -> None:
    with own_client(hub) as client, following(client, TRUST_LIST) as received:
        next_of(received)
        assert command(hub.layout, "revoke", client.client_id) == 0
        assert next(received).event == "complete"


def test_a_receipt_is_followed_by_the_client_that_got_it(city: Caller, station: Caller) -> None:
    receipt = city.persona(GREEN)["receipt"]
    status = first(city, STATUS, receipt=receipt)
    assert (status["status"], status["cause"]) == ("GREEN", "AS_STATED")
    for client, shown in ((station, receipt), (city, receipt[:-8] + "AAAAAAAA"), (city, "x")):
        refused = first(client, STATUS, receipt=shown)
        assert refused == {"__typename": "ReceiptStatusRefused", "code": "RECEIPT_INVALID"}
    assert refusal(city, STATUS, receipt=receipt, after="YTE6") == "INVALID_CURSOR"


def test_a_receipt_turns_when_another_client_learns_of_a_red(
    new_layout: NewState, issuers: Issuers
) -> None:
    """And whoever was away meanwhile is told on coming back; what is the same is not told again."""
    turned_at = int(time()) - 600
    with (
        serving(new_layout(), **FORGETFUL) as hub,
        calling(hub) as city,
        calling(hub, STATION) as station,
    ):
        receipt = city.persona(GREEN)["receipt"]
        with following(city, STATUS, receipt=receipt) as received:
            began = next_of(received)
            with issuers[IssuerName.ZHENJIANG].misbehaving("turned_red", GREEN, value=turned_at):
                assert station.persona(GREEN, purpose="TRANSPORT")["color"] == "RED"
                turned = next_of(received)
                again = first(city, STATUS, receipt=receipt, after=began["cursor"])
            assert station.persona(GREEN, purpose="TRANSPORT")["color"] == "GREEN"
            after_all = next_of(received)
        with following(city, STATUS, receipt=receipt, after=turned["cursor"]) as received:
            assert next_of(received)["status"] == "GREEN"
    assert [each["status"] for each in (began, turned, again, after_all)] == [
        *("GREEN", "RED", "RED", "GREEN"),
    ]
    assert (turned["cause"], after_all["cause"]) == ("NEW_STATEMENT", "AS_STATED")


@pytest.mark.parametrize("back_end", ["postgres"], indirect=True)
def test_what_one_worker_learns_another_tells_and_nothing_is_lost_between(
    back_end: str, new_layout: NewState, issuers: Issuers
) -> None:
    assert back_end == "postgres"
    with serving_workers(new_layout(), cache__seconds=0.001) as hub:
        hub.await_event("news_heard", WORKERS)
        with callers_apart(hub, COORDINATOR, CITY) as (office, gate):
            with following(office, ALARMS) as received:
                _forge(issuers, IssuerName.SUKANGMA, gate)
                raised = next_of(received)
            assert raised["node"]["__typename"] == "AlarmRaised"
            _forge(issuers, IssuerName.NATIONAL, gate)
        with calling(hub, COORDINATOR) as again:
            with following(again, ALARMS, after=raised["cursor"]) as received:
                missed = next_of(received)["node"]
            for operation in (TRUST_LIST, POLICY):
                assert first(again, operation)["cursor"] == first(again, operation)["cursor"]
    assert missed["__typename"] == "AlarmRaised"
    assert missed["alarm"]["id"] != raised["node"]["alarm"]["id"]


def test_an_acknowledgement_while_away_comes_on_coming_back(
    hub: RunningHub, city: Caller, issuers: Issuers
) -> None:
    _forge(issuers, IssuerName.SUKANGMA, city)
    with own_client(hub, ("audit:read", "alarm:acknowledge")) as person:
        with following(person, ALARMS) as received:
            told = next_of(received)
        alarm = told["node"]["alarm"]["id"]
        assert person.data(ACKNOWLEDGE, {"id": alarm})["acknowledgeAlarm"]["id"] == alarm
        with following(person, ALARMS, after=told["cursor"]) as received:
            seen = (next_of(received)["node"] for _ in range(200))
            kinds = {
                "__typename": "AlarmAcknowledged",
                "alarm": {"id": alarm, "state": "ACKNOWLEDGED"},
            }
            assert any(each == kinds for each in seen)


def _forge(issuers: Issuers, issuer: IssuerName, gate: Caller) -> None:
    with issuers[issuer].misbehaving("wrong_key", GREEN):
        gate.persona(GREEN)
