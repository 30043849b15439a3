"""Reports of mistakes on the wire: what goes out, and what an issuer may answer."""

import json
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.adapters.dialect import Declined, Malformed, Stamp, Unusable
from tongxing.adapters.mistake_reports import (
    REPLY_LIMIT_BYTES,
    MistakeReport,
    Standing,
    ask_standing,
    report_mistake,
)
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.schema import DocumentKind, Outcome, TravelDocument
from tongxing.schema.correction import CorrectionState, MistakeKind

AT = datetime(2020, 3, 6, 9, 30, tzinfo=UTC)
REPORT = MistakeReport(
    TravelDocument(DocumentKind.PASSPORT, "X3211001", "LINDEN MIRA"),
    MistakeKind.NEVER_THERE,
    "d" * 43,
)
REFERENCE = "r" * 22


def reporting() -> Generator[HttpRequest, HttpResponse, tuple[Any, ...]]:
    return report_mistake(REPORT, Stamp(AT, "n" * 22))


def answered(
    exchange: Generator[HttpRequest, HttpResponse, tuple[Any, ...]], status: int, body: bytes
) -> Any:
    next(exchange)
    try:
        exchange.send(HttpResponse(status, {}, body))
    except StopIteration as end:
        return end.value[0]
    raise AssertionError("it asks on")


def test_a_report_names_the_holder_the_mistake_and_the_evidence() -> None:
    request = next(reporting())
    assert (request.method, request.path) == ("POST", "/corrections")
    assert request.response_limit_bytes == REPLY_LIMIT_BYTES
    assert json.loads(request.body) == {
        "kind": "PASSPORT",
        "number": "X3211001",
        "name": "LINDEN MIRA",
        "mistake": "never_there",
        "evidence": "d" * 43,
        "nonce": "n" * 22,
    }
    assert "X3211001" not in repr(request)
    assert "X3211001" not in repr(REPORT)


def test_a_report_is_sent_once_and_its_state_may_be_asked_for_twice() -> None:
    assert not next(reporting()).repeatable
    assert next(ask_standing(REFERENCE)).repeatable


def test_the_reference_is_what_the_issuer_says() -> None:
    body = json.dumps({"reference": REFERENCE, "more": 1}).encode()
    assert answered(reporting(), 200, body) == REFERENCE


STANDINGS = {
    "received": (b'{"state": "received", "decided_at": null}', CorrectionState.REPORTED),
    "accepted": (b'{"state": "accepted", "decided_at": 1583486400}', CorrectionState.ACCEPTED),
    "rejected": (b'{"state": "rejected", "decided_at": 1583486400}', CorrectionState.REJECTED),
}


@pytest.mark.parametrize(("body", "state"), STANDINGS.values(), ids=STANDINGS)
def test_a_report_stands_as_the_issuer_says(body: bytes, state: CorrectionState) -> None:
    standing = answered(ask_standing(REFERENCE), 200, body)
    assert isinstance(standing, Standing)
    assert standing.state is state
    assert (standing.decided_at is None) == (state is CorrectionState.REPORTED)


DECLINED = {
    "nobody of that name": (b'{"error": "no_color"}', Outcome.NOT_ENROLLED),
    "no such address": (b'{"error": "no_such_endpoint"}', Outcome.NOT_THIS_ISSUER),
    "a page of a web server": (b"<html>Not Found</html>", Outcome.NOT_THIS_ISSUER),
    "nothing": (b"", Outcome.NOT_THIS_ISSUER),
}


@pytest.mark.parametrize(("body", "outcome"), DECLINED.values(), ids=DECLINED)
def test_a_404_is_told_by_its_reason(body: bytes, outcome: Outcome) -> None:
    with pytest.raises(Declined) as declined:
        answered(reporting(), 404, body)
    assert declined.value.outcome is outcome


NO_REFERENCES = {
    "none": b"{}",
    "a number": b'{"reference": 7}',
    "too short": b'{"reference": "short"}',
    "too long": json.dumps({"reference": "r" * 65}).encode(),
    "with a line behind": json.dumps({"reference": REFERENCE + "\n"}).encode(),
    "with a space": json.dumps({"reference": "王" * 20}).encode(),
    "no JSON": b"<html>",
}


@pytest.mark.parametrize("body", NO_REFERENCES.values(), ids=NO_REFERENCES)
def test_what_is_no_reference_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        answered(reporting(), 200, body)


NO_STANDINGS = {
    "a new word": b'{"state": "pending"}',
    "accepted at no time": b'{"state": "accepted"}',
    "received and decided": b'{"state": "received", "decided_at": 1}',
    "decided before 1970": b'{"state": "accepted", "decided_at": -1}',
    "decided as text": b'{"state": "accepted", "decided_at": "now"}',
    "a list": b"[]",
}


@pytest.mark.parametrize("body", NO_STANDINGS.values(), ids=NO_STANDINGS)
def test_what_is_no_standing_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        answered(ask_standing(REFERENCE), 200, body)


@given(status=st.sampled_from([200, 404]), body=st.binary(max_size=80) | st.text().map(str.encode))
def test_whatever_comes_is_read_or_refused(status: int, body: bytes) -> None:
    for exchange in (reporting(), ask_standing(REFERENCE)):
        try:
            answered(exchange, status, body)
        except Unusable:
            continue
