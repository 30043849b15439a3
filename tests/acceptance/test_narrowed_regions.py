"""A token for fewer regions opens nothing that belongs to the others, whatever its client has done
there before."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.arriving import (
    ACKNOWLEDGE,
    ARRIVAL,
    DISTRICT,
    WITHDRAW,
    found,
    office_of,
    record,
)
from tests.acceptance.callers import Caller, document_of, fields, request_of
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import TRAVELER
from tests.acceptance.test_corrections import CORRECTION, RED, REFRESH, REPORT, report
from tongxing.schema.scope import Scope

ELSEWHERE = "321182"
NODE = "query($id: ID!) { node(id: $id) { id } }"


@pytest.fixture(scope="module")
def office(hub: RunningHub) -> Iterator[Caller]:
    scopes = (
        *(Scope.STATUS_READ, Scope.CORRECTION_READ, Scope.CORRECTION_WRITE),
        *(Scope.ARRIVAL_READ, Scope.ARRIVAL_WRITE, Scope.ARRIVAL_ACKNOWLEDGE),
    )
    with office_of(hub, "two-districts", f"{DISTRICT} {ELSEWHERE}", *scopes) as caller:
        yield caller


@pytest.fixture(scope="module")
def receipt(office: Caller) -> str:
    asked = request_of(fields(document_of(RED)), region=DISTRICT)
    return str(office.data(TRAVELER, asked)["traveler"]["receipt"])


def _elsewhere(office: Caller, operation: str, variables: dict[str, object]) -> Any:
    response = office.post(operation, variables, token=office.new_token(regions=ELSEWHERE))
    (answer,) = response.json()["data"].values()
    return answer


@pytest.mark.parametrize("operation", [ARRIVAL, NODE])
def test_it_does_not_show_an_arrival(office: Caller, receipt: str, operation: str) -> None:
    arrival = record(office, receipt)
    assert _elsewhere(office, operation, {"id": arrival["id"]}) is None


@pytest.mark.parametrize("operation", [WITHDRAW, ACKNOWLEDGE])
def test_it_changes_no_arrival(office: Caller, receipt: str, operation: str) -> None:
    arrival = record(office, receipt)
    told = _elsewhere(office, operation, {"id": arrival["id"]})
    assert told["code"] == "ARRIVAL_NOT_FOUND"
    after = found(office, arrival["id"])
    assert after is not None
    assert (after["acknowledgedAt"], after["withdrawnAt"]) == (None, None)


def test_it_reports_no_mistake(office: Caller, receipt: str) -> None:
    asked: dict[str, object] = {
        "receipt": receipt,
        "document": fields(document_of(RED)),
        "issuer": "zhenjiang",
        "mistake": "NO_CONTACT",
    }
    assert _elsewhere(office, REPORT, asked)["code"] == "REGION_NOT_GRANTED"


@pytest.mark.parametrize("operation", [CORRECTION, NODE])
def test_it_does_not_show_a_correction(office: Caller, receipt: str, operation: str) -> None:
    correction = report(office, receipt, RED, "zhenjiang")
    assert _elsewhere(office, operation, {"id": correction["id"]}) is None


def test_it_refreshes_no_correction(office: Caller, receipt: str) -> None:
    correction = report(office, receipt, RED, "zhenjiang")
    told = _elsewhere(office, REFRESH, {"id": correction["id"]})
    assert told["code"] == "CORRECTION_NOT_FOUND"
