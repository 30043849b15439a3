"""Answers that no honest failure explains are alarms for coordinators, one a day for each cause."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.acceptance.callers import Caller, document_of, error_codes, fields, request_of
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import TRAVELER
from tests.acceptance.own_clients import own_client
from tests.acceptance.standing import Issuers
from tongxing.sandbox.town.records import IssuerName

ALARMS = """
query($state: AlarmState) {
  coordinationAlarms(state: $state, first: 100) {
    edges { node {
      id state acknowledgement { by note }
      ... on TrustAlarm {
        alarmKind concernedIssuer { id } forgery answerCount
        forgedAnswers { auditIndex askedForRegion evidenceDigest }
      }
    } }
  }
}
"""
ACKNOWLEDGE = """
mutation($input: AcknowledgeAlarmInput!) {
  acknowledgeAlarm(input: $input) { ... on TrustAlarm { id state acknowledgement { note } } }
}
"""
GREEN = "green_everywhere"
CAUSES = {
    "another key under a listed id": ("wrong_key", "WRONG_SIGNATURE"),
    "a key of another issuer": ("other_issuers_key", "OTHER_ISSUERS_KEY"),
    "about another person": ("another_holder", "OTHER_HOLDER"),
    "to another request": ("wrong_binding", "OTHER_HOLDER"),
}
HONEST = ("unsigned", "yesterday", "truncated", "http_503", "no_access")


def _counted(coordinator: Caller, state: str | None = None) -> Mapping[tuple[str, str], Any]:
    found = coordinator.data(ALARMS, {"state": state})["coordinationAlarms"]["edges"]
    nodes = [edge["node"] for edge in found]
    return {
        (node["concernedIssuer"]["id"], node["forgery"]): node
        for node in nodes
        if node.get("alarmKind") == "FORGED_EVIDENCE"
    }


def _ask(city: Caller) -> dict[str, Any]:
    response = city.post(TRAVELER, request_of(fields(document_of(GREEN))))
    answer: dict[str, Any] = response.json()["data"]["traveler"]
    return answer


@pytest.mark.parametrize("issuer", IssuerName)
@pytest.mark.parametrize("wrong", CAUSES.values(), ids=CAUSES)
def test_a_storm_is_one_alarm_with_a_count_and_its_places_in_the_log(
    city: Caller, coordinator: Caller, issuers: Issuers, issuer: IssuerName, wrong: tuple[str, str]
) -> None:
    mode, cause = wrong
    before = _counted(coordinator).get((issuer, cause), {"answerCount": 0, "forgedAnswers": []})
    with issuers[issuer].misbehaving(mode, GREEN):
        answers = [_ask(city) for _ in range(2)]
    alarm = _counted(coordinator)[issuer, cause]
    assert alarm["answerCount"] == before["answerCount"] + len(answers)
    new = alarm["forgedAnswers"][len(before["forgedAnswers"]) :]
    told = [
        (answer["auditIndex"], source["evidenceDigest"])
        for answer in answers
        for source in answer["sources"]
        if source["issuer"]["id"] == issuer
    ]
    assert [(each["auditIndex"], each["evidenceDigest"]) for each in new] == told
    assert {each["askedForRegion"] for each in new} == {"321100"}


@pytest.mark.parametrize("mode", HONEST)
def test_an_honest_failure_raises_none(
    city: Caller, coordinator: Caller, issuers: Issuers, mode: str
) -> None:
    before = _counted(coordinator)
    with issuers[IssuerName.SUKANGMA].misbehaving(mode, GREEN):
        _ask(city)
    assert _counted(coordinator) == before


def test_a_person_sees_to_it_with_a_note_and_it_is_open_no_more(
    hub: RunningHub, city: Caller, coordinator: Caller, issuers: Issuers
) -> None:
    with issuers[IssuerName.NATIONAL].misbehaving("wrong_key", GREEN):
        _ask(city)
    key = (IssuerName.NATIONAL, "WRONG_SIGNATURE")
    alarm = _counted(coordinator, "OPEN")[key]["id"]
    given = {"input": {"id": alarm, "note": "已联系国家平台"}}
    with own_client(hub, ("audit:read", "alarm:acknowledge")) as person:
        seen = person.data(ACKNOWLEDGE, given)["acknowledgeAlarm"]
    assert (seen["state"], seen["acknowledgement"]["note"]) == ("ACKNOWLEDGED", "已联系国家平台")
    assert key not in _counted(coordinator, "OPEN")
    assert key in _counted(coordinator, "ACKNOWLEDGED")


@pytest.mark.parametrize(
    "note", ["", " ", "一行\n两行", "x" * 201, "321102199001011234", "电话１３８０００００００"]
)
def test_a_note_that_is_none_is_refused(coordinator: Caller, note: str) -> None:
    response = coordinator.post(ACKNOWLEDGE, {"input": {"id": "trust:1", "note": note}})
    assert (response.status_code, error_codes(response)) == (400, ["INVALID_VALUE"])
    assert note.strip() == "" or note not in response.text


def test_alarms_are_for_those_who_audit(city: Caller) -> None:
    response = city.post(ALARMS)
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])
