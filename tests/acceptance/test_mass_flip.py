"""Many turned red at once, over real HTTP: passed on unchanged, and coordinators are told."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from time import time
from typing import Any

import pytest

from tests.acceptance.callers import (
    COORDINATOR,
    Answer,
    Caller,
    calling,
    codes_of,
    error_codes,
    fields,
)
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import FORGETFUL, Issuers, NewState
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName

ALARMS = """
query($first: Int! = 20, $after: String) {
  alarms(first: $first, after: $after) {
    edges {
      cursor
      node {
        id issuer { id } basis people threshold firstAt lastAt raisedAt
        policy { region number digest }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
EVIDENCE = """
query($id: ID!, $first: Int, $after: String) {
  alarm(id: $id) {
    evidence(first: $first, after: $after) {
      edges { node }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
}
"""
PEOPLE = 1_317
ZHENJIANG_THRESHOLD = 300
MANY = 400
"""More than the threshold."""
ALARM_WITHIN_SECONDS = 300
PART = 500


@pytest.fixture
def watching_hub(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout(), **FORGETFUL, deadline_seconds=10.0) as serves:
        yield serves


def crowd(issuer: IssuerName, people: int) -> list[dict[str, str]]:
    """So many whom ``issuer`` knows and does not hold for red already."""
    population = Population(7, 2_000)
    known = (population.person(index) for index in range(population.size))
    documents = [
        fields(person.document)
        for person in known
        if issuer in person.records and person.records[issuer].color.value != "red"
    ]
    assert len(documents) >= people
    return documents[:people]


def _ask(caller: Caller, documents: list[dict[str, str]]) -> list[Answer]:
    parts = (documents[start : start + PART] for start in range(0, len(documents), PART))
    return [answer for part in parts for answer in caller.travelers(part)]


def turn_red(issuers: Issuers, since: int, seconds: float) -> Any:
    return issuers[IssuerName.ZHENJIANG].misbehaving("turned_red", value=since, seconds=seconds)


def alarms_of(coordinator: Caller) -> list[Answer]:
    return [edge["node"] for edge in coordinator.data(ALARMS)["alarms"]["edges"]]


def _evidence(coordinator: Caller, alarm: str) -> Iterator[str]:
    asked: dict[str, object] = {"id": alarm, "first": 1_000}
    while True:
        page = coordinator.data(EVIDENCE, asked)["alarm"]["evidence"]
        yield from (edge["node"] for edge in page["edges"])
        assert page["pageInfo"]["hasPreviousPage"] == ("after" in asked)
        if not page["pageInfo"]["hasNextPage"]:
            return
        asked["after"] = page["pageInfo"]["endCursor"]


def test_1317_turned_red_within_an_hour_are_passed_on_and_raise_an_alarm(
    watching_hub: RunningHub, issuers: Issuers
) -> None:
    began = time()
    with (
        calling(watching_hub) as city,
        calling(watching_hub, COORDINATOR) as coordinator,
        turn_red(issuers, int(began) - 3_600, 3_300),
    ):
        answers = _ask(city, crowd(IssuerName.ZHENJIANG, PEOPLE))
        again = _ask(city, crowd(IssuerName.ZHENJIANG, PART))
        (alarm,) = alarms_of(coordinator)
        evidence = list(_evidence(coordinator, alarm["id"]))
    assert time() - began < ALARM_WITHIN_SECONDS
    assert Counter(answer["color"] for answer in answers) == {"RED": PEOPLE}
    assert {answer["color"] for answer in again} == {"RED"}
    assert (alarm["issuer"]["id"], alarm["basis"]) == ("zhenjiang", "HIGH_RISK_AREA")
    assert (alarm["people"], alarm["threshold"]) == (PEOPLE, ZHENJIANG_THRESHOLD)
    assert (alarm["policy"]["region"], alarm["policy"]["number"]) == ("321100", 1)
    assert alarm["policy"]["digest"] is not None
    raised_at = datetime.fromisoformat(alarm["raisedAt"])
    assert (raised_at - datetime.fromtimestamp(began, UTC)).total_seconds() < ALARM_WITHIN_SECONDS
    digests = {
        source["evidenceDigest"]
        for answer in answers
        for source in answer["sources"]
        if source["issuer"]["id"] == "zhenjiang"
    }
    assert set(evidence) <= digests
    assert len(evidence) == PEOPLE
    (event,) = watching_hub.events("mass_flip")
    assert (event["issuer"], event["basis"]) == ("zhenjiang", "HIGH_RISK_AREA")


def test_the_metric_counts_the_alarm_and_names_nobody(
    watching_hub: RunningHub, issuers: Issuers
) -> None:
    people = crowd(IssuerName.ZHENJIANG, MANY)
    with calling(watching_hub) as city, turn_red(issuers, int(time()) - 600, 300):
        _ask(city, people)
        figures = watching_hub.figures()
    line = 'tongxing_mass_flips_total{basis="HIGH_RISK_AREA",issuer="zhenjiang"} 1.0'
    assert line in figures
    assert people[0]["number"] not in figures + str(watching_hub.events())


def test_a_slow_trickle_raises_none(watching_hub: RunningHub, issuers: Issuers) -> None:
    """More than the threshold in a day, and some twenty in each hour."""
    day = 20 * 3_600
    with (
        calling(watching_hub) as city,
        calling(watching_hub, COORDINATOR) as coordinator,
        turn_red(issuers, int(time()) - day, day),
    ):
        answers = _ask(city, crowd(IssuerName.ZHENJIANG, MANY))
        assert all(
            code["color"] == "RED" for answer in answers for code in codes_of(answer, "zhenjiang")
        )
        assert alarms_of(coordinator) == []
    assert not watching_hub.events("mass_flip")


@pytest.mark.parametrize("operation", [ALARMS, EVIDENCE])
def test_alarms_are_for_those_who_audit(city: Caller, operation: str) -> None:
    variables = {"id": "alarm:1"} if operation is EVIDENCE else {}
    response = city.post(operation, variables)
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])


NO_PAGES: dict[str, tuple[dict[str, object], str]] = {
    "a page of nothing": ({"first": 0}, "PAGE_SIZE"),
    "a page of 101": ({"first": 101}, "PAGE_SIZE"),
    "a cursor that is none": ({"after": "王"}, "INVALID_CURSOR"),
}


@pytest.mark.parametrize("what", NO_PAGES)
def test_what_is_no_page_is_refused(coordinator: Caller, what: str) -> None:
    asked, code = NO_PAGES[what]
    response = coordinator.post(ALARMS, asked)
    assert (response.status_code, error_codes(response)) == (400, [code])
