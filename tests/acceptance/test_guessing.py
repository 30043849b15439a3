"""A client that guesses people is stopped and flagged, and the issuers do not see the sweep."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from tests.acceptance.audited import refusals_of
from tests.acceptance.callers import (
    CITY,
    COORDINATOR,
    STATION,
    Answer,
    Caller,
    calling,
    document_of,
    error_codes,
    fields,
    request_of,
)
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.operations import TRAVELER, TRAVELERS
from tests.acceptance.standing import FORGETFUL, Issuers, NewState
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.sandbox.town.documents import resident_id
from tongxing.sandbox.town.population import Population

STOPPED = (403, ["CLIENT_STOPPED"])
LIMITS = GuessLimits()
STOPPED_CLIENTS = """
query($first: Int! = 20, $after: String) {
  stoppedClients(first: $first, after: $after) {
    edges { cursor node { id client reason counted limit since resumedAt } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.fixture
def guarded_hub(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout(), **FORGETFUL) as serves:
        yield serves


@pytest.fixture
def sweeper(guarded_hub: RunningHub) -> Iterator[Caller]:
    with calling(guarded_hub) as caller:
        yield caller


def named(number: str, name: str = "王小明") -> dict[str, str]:
    return {"kind": "RESIDENT_ID", "number": number, "name": name}


def of_one_prefix(count: int) -> list[dict[str, str]]:
    return [named(resident_id("321102", "19880808", sequence + 1)) for sequence in range(count)]


def of_all_dates(count: int) -> list[dict[str, str]]:
    days = (date(1960, 1, 1) + timedelta(day) for day in range(count))
    return [named(resident_id("321102", f"{day:%Y%m%d}", 123)) for day in days]


def status_of(caller: Caller, document: dict[str, str]) -> tuple[int, list[str]]:
    response = caller.post(TRAVELER, request_of(document))
    return response.status_code, error_codes(response) if response.status_code != 200 else []


def ask_manifest(caller: Caller, documents: Iterable[dict[str, str]]) -> tuple[int, list[str]]:
    response = caller.post(TRAVELERS, {"requests": [request_of(each) for each in documents]})
    return response.status_code, error_codes(response) if response.status_code != 200 else []


@contextmanager
def asked_nothing(issuers: Issuers) -> Iterator[None]:
    before = {name: issuer.calls() for name, issuer in issuers.items()}
    yield
    assert {name: issuer.calls() for name, issuer in issuers.items()} == before


def stops(hub: RunningHub) -> list[Answer]:
    with calling(hub, COORDINATOR) as coordinator:
        edges = coordinator.data(STOPPED_CLIENTS)["stoppedClients"]["edges"]
    return [edge["node"] for edge in edges]


def test_a_manifest_of_500_with_one_prefix_reaches_no_issuer(
    guarded_hub: RunningHub, sweeper: Caller, issuers: Issuers
) -> None:
    with asked_nothing(issuers):
        assert ask_manifest(sweeper, of_one_prefix(500)) == STOPPED
        assert status_of(sweeper, fields(document_of("green_everywhere"))) == STOPPED
    (stop,) = stops(guarded_hub)
    assert (stop["client"], stop["reason"]) == (CITY, "SAME_PREFIX")
    assert (stop["counted"], stop["limit"]) == (500, LIMITS.per_prefix)


def test_of_a_hundred_questions_with_one_prefix_the_issuers_see_the_first_few(
    guarded_hub: RunningHub, sweeper: Caller, issuers: Issuers
) -> None:
    documents = of_one_prefix(100)
    answered = [status_of(sweeper, each) for each in documents[: LIMITS.per_prefix]]
    assert answered == [(200, [])] * LIMITS.per_prefix
    with asked_nothing(issuers):
        refused = [status_of(sweeper, each) for each in documents[LIMITS.per_prefix :]]
    assert set(map(str, refused)) == {str(STOPPED)}
    (stop,) = stops(guarded_hub)
    assert stop["reason"] == "SAME_PREFIX"
