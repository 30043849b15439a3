"""A recognition says by itself whom it is about, and when, for what and in which request."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.arriving import claims_of
from tests.acceptance.callers import Answer, Caller, document_of, fields, request_of, scan_variables
from tests.acceptance.operations import SCAN, TRAVELER
from tests.acceptance.standing import Issuers
from tongxing.sandbox.town.records import IssuerName


def test_it_names_its_request_its_moment_its_purpose_and_its_holder(city: Caller) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    asked = request_of(fields(document_of("red_everywhere")), purpose="WORK")
    response = city.post(TRAVELER, asked)
    answer: Answer = response.json()["data"]["traveler"]
    claims = claims_of(str(answer["receipt"]))
    assert answer["requestId"] == response.headers["x-request-id"] == claims["request"]
    assert before <= datetime.fromisoformat(answer["decidedAt"]) <= datetime.now(UTC)
    assert answer["purpose"] == claims["purpose"] == "WORK"
    assert answer["holder"] == claims["sub"]


def test_the_holder_is_the_same_by_document_and_by_code(city: Caller, issuers: Issuers) -> None:
    code = issuers[IssuerName.ZHENJIANG].show("red_everywhere")
    scanned = city.data(SCAN, scan_variables(code))["verifyCode"]
    asked = city.persona("red_everywhere")
    assert scanned["holder"] == asked["holder"]


def test_another_client_sees_another_holder(city: Caller, station: Caller) -> None:
    theirs = station.persona("red_everywhere", purpose="TRANSPORT")
    assert theirs["holder"] not in (None, city.persona("red_everywhere")["holder"])


UNCONFIRMED = {
    "nobody": fields(document_of("unknown")),
    "a right number with a wrong name": fields(document_of("red_everywhere")) | {"name": "王安静"},
}


@pytest.mark.parametrize("document", UNCONFIRMED.values(), ids=UNCONFIRMED)
def test_whom_no_issuer_confirmed_has_no_reference_and_no_evidence(
    city: Caller, document: dict[str, str]
) -> None:
    answer = city.traveler(document)
    assert (answer["holder"], answer["evidence"], answer["asOf"]) == (None, None, None)
