"""A stranger whose code was scanned: nothing that a client is shown lets it find the ID number."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.acceptance.arriving import ARRIVALS, DISTRICT, claims_of, office_of, record
from tests.acceptance.callers import (
    Answer,
    Caller,
    document_of,
    fields,
    request_of,
)
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import AUDIT, TRAVELER
from tests.acceptance.standing import Issuers
from tests.acceptance.test_corrections import report_of
from tongxing.sandbox.town.records import IssuerName
from tongxing.schema.scope import Scope

STRANGER = fields(document_of("red_everywhere"))
RIGHT_NUMBER = STRANGER | {"name": "王安静"}
WRONG_NUMBER = RIGHT_NUMBER | {"number": "44030519900101123X"}


@pytest.fixture
def receipt(city: Caller, issuers: Issuers) -> str:
    return str(city.scan(issuers[IssuerName.ZHENJIANG].show("red_everywhere"))["receipt"])


def test_who_is_confirmed_has_one_reference_in_all_receipts_of_a_client(
    city: Caller, receipt: str
) -> None:
    asked = claims_of(str(city.traveler(STRANGER)["receipt"]))
    assert asked["sub"] == claims_of(receipt)["sub"]
    assert asked["named"] == claims_of(receipt)["named"]


@pytest.mark.parametrize("guess", [RIGHT_NUMBER, WRONG_NUMBER], ids=["right", "wrong"])
def test_a_manifest_of_guesses_under_a_made_up_name_shows_no_reference(
    city: Caller, receipt: str, guess: dict[str, str]
) -> None:
    (answer,) = city.travelers([guess])
    assert "sub" in claims_of(receipt)
    assert {"sub", "named"}.isdisjoint(claims_of(str(answer["receipt"])))


@pytest.mark.parametrize("issuer", ["none", "zhenjiang", "sukangma", "shanghai"])
def test_a_report_under_a_made_up_name_does_not_tell_a_right_number_from_a_wrong_one(
    city: Caller, receipt: str, issuer: str
) -> None:
    right, wrong = (
        report_of(city, receipt, guess, issuer, "NEVER_THERE")
        for guess in (RIGHT_NUMBER, WRONG_NUMBER)
    )
    assert right == wrong
    assert right["__typename"] == "CorrectionRefused"


def test_two_clients_see_two_references_of_one_person(
    hub: RunningHub, city: Caller, receipt: str
) -> None:
    with _another_gate(hub) as other:
        theirs = claims_of(str(other.traveler(STRANGER)["receipt"]))
    ours = claims_of(receipt)
    assert theirs["sub"] != ours["sub"]
    assert theirs["named"] != ours["named"]


def test_a_district_sees_another_reference_than_the_gate(
    hub: RunningHub, city: Caller, receipt: str
) -> None:
    arrival = record(city, receipt)
    assert arrival["holder"] == claims_of(receipt)["sub"]
    with office_of(hub, "jingkou-third", DISTRICT, Scope.ARRIVAL_READ) as office:
        page = office.data(ARRIVALS, {"region": DISTRICT, "first": 1_000})["arrivals"]
    seen = {edge["node"]["id"]: edge["node"]["holder"] for edge in page["edges"]}
    assert seen[arrival["id"]] not in (None, arrival["holder"])


def test_a_person_whom_no_issuer_confirmed_makes_no_arrival(city: Caller) -> None:
    answer = city.traveler(RIGHT_NUMBER)
    assert record(city, str(answer["receipt"]))["code"] == "HOLDER_UNKNOWN"


def test_an_auditor_sees_no_reference_beside_a_guess_and_finds_none_by_it(
    city: Caller, coordinator: Caller
) -> None:
    confirmed = _entries(coordinator, requestId=_asked(city, STRANGER))
    (shown,) = {entry["holder"] for entry in confirmed if entry["kind"] == "OUTCOME"}
    assert shown is not None
    before = _found(coordinator, shown)
    for guess in (RIGHT_NUMBER, WRONG_NUMBER):
        entries = _entries(coordinator, requestId=_asked(city, guess))
        assert [entry.get("holder") for entry in entries] == [None, None]
        assert _found(coordinator, shown) == before


def test_an_auditor_finds_by_a_reference_what_shows_it(city: Caller, coordinator: Caller) -> None:
    first, second = (_entries(coordinator, requestId=_asked(city, STRANGER))[-1] for _ in range(2))
    found = _found(coordinator, str(first["holder"]))
    assert {first["index"], second["index"]} <= set(found)


def _asked(caller: Caller, document: dict[str, str]) -> str:
    return str(caller.post(TRAVELER, request_of(document)).headers["x-request-id"])


def _entries(auditor: Caller, **where: object) -> list[Answer]:
    page = auditor.data(AUDIT, {"filter": where, "first": 1_000})["auditEntries"]
    return [edge["node"] for edge in page["edges"]]


def _found(auditor: Caller, shown: str) -> list[Any]:
    """The indexes of all pages, and how the pages were cut."""
    asked: dict[str, object] = {"filter": {"holder": shown}, "first": 2}
    found: list[Any] = []
    while True:
        page = auditor.data(AUDIT, asked)["auditEntries"]
        found += [edge["node"]["index"] for edge in page["edges"]]
        asked["after"] = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


@contextmanager
def _another_gate(hub: RunningHub) -> Iterator[Caller]:
    with office_of(hub, "another-gate", "321100", Scope.STATUS_READ) as gate:
        yield gate
