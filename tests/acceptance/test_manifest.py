"""Manifests: how many, in which order, and that a bad entry fails alone."""

import pytest

from tests.acceptance.audited import kinds_of, refusals_of
from tests.acceptance.callers import Answer, Caller, document_of, error_codes, fields, request_of
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import TRAVELERS
from tests.acceptance.standing import Issuers
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName

COLORS = {
    "green_everywhere": "GREEN",
    "red_everywhere": "RED",
    "yellow_everywhere": "YELLOW",
    "unknown": "UNKNOWN",
    "green_passport": "GREEN",
}
SMALL = "query($requests: [TravelerRequest!]!) { travelers(requests: $requests) { __typename } }"


def _requests(count: int) -> dict[str, object]:
    return {"requests": [request_of(fields(document_of("unknown")))] * count}


@pytest.mark.parametrize("count", [0, 1_001])
@pytest.mark.usefixtures("untouched")
def test_too_few_and_too_many_are_refused_with_the_limit_named(
    hub: RunningHub, city: Caller, count: int
) -> None:
    response = city.post(SMALL, _requests(count))
    assert (response.status_code, error_codes(response)) == (400, ["BATCH_SIZE"])
    extensions = response.json()["errors"][0]["extensions"]
    assert "1000" in extensions["zh"]
    assert "1,000" in extensions["en"]
    refused = refusals_of(hub.layout, response.headers["x-request-id"])
    assert refused == [("city-system", "BATCH_SIZE")]


@pytest.mark.usefixtures("untouched")
def test_more_than_a_thousand_in_two_fields_are_too_many(city: Caller) -> None:
    both = (
        "query($requests: [TravelerRequest!]!) {"
        " a: travelers(requests: $requests) { __typename }"
        " b: travelers(requests: $requests) { __typename } }"
    )
    response = city.post(both, _requests(501))
    assert (response.status_code, error_codes(response)) == (400, ["BATCH_SIZE"])


def test_a_thousand_are_answered_in_order(city: Caller) -> None:
    """The crowd's people, of whom every issuer knows what this test can work out."""
    crowd = Population(7, 2_000)
    people = [crowd.person(index) for index in range(1_000)]
    requests = [request_of(fields(person.document)) for person in people]
    response = city.post(
        "query($requests: [TravelerRequest!]!) { travelers(requests: $requests)"
        " { ... on TravelerRecognition { color sources { issuer { id } codes { rawValue } } } } }",
        {"requests": requests},
    )
    answers = response.json()["data"]["travelers"]
    stated = [_zhenjiang(answer) for answer in answers]
    words = {"green": "绿码", "yellow": "黄码", "red": "红码"}
    held = [person.records.get(IssuerName.ZHENJIANG) for person in people]
    assert stated == [[] if record is None else [words[record.color]] for record in held]


def _zhenjiang(answer: Answer) -> list[str]:
    (source,) = [each for each in answer["sources"] if each["issuer"]["id"] == IssuerName.ZHENJIANG]
    return [code["rawValue"] for code in source["codes"]]


def test_the_order_is_kept_and_each_is_answered_for_itself(city: Caller) -> None:
    names = [*COLORS, *reversed(COLORS)]
    answers = city.travelers([fields(document_of(name)) for name in names])
    assert [answer["color"] for answer in answers] == [COLORS[name] for name in names]
    assert len({answer["auditIndex"] for answer in answers}) == len(names)
    assert len({answer["receipt"] for answer in answers}) == len(names)


def test_duplicates_are_answered_alike_and_asked_once(city: Caller, issuers: Issuers) -> None:
    before = _calls(issuers)
    answers = city.travelers([fields(document_of("green_everywhere"))] * 50)
    assert [answer["color"] for answer in answers] == ["GREEN"] * 50
    digests = {str([source["evidenceDigest"] for source in a["sources"]]) for a in answers}
    assert len(digests) == 1
    assert _calls(issuers) - before == len(("status", "self", "serial", "queryInfo"))


def _calls(issuers: Issuers) -> int:
    return sum(sum(issuer.calls().values()) for issuer in issuers.values())


BAD = {
    "a wrong check character": fields(document_of("green_everywhere")) | {"number": "0" * 18},
    "an empty name": fields(document_of("green_passport")) | {"name": ""},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_entry_fails_alone(hub: RunningHub, city: Caller, bad: dict[str, str]) -> None:
    good = fields(document_of("green_everywhere"))
    requests = [request_of(document) for document in (good, bad, good)]
    response = city.post(TRAVELERS, {"requests": requests})
    answers = response.json()["data"]["travelers"]
    assert [answer["__typename"] for answer in answers] == [
        "TravelerRecognition",
        "InvalidDocument",
        "TravelerRecognition",
    ]
    kinds = kinds_of(hub.layout, response.headers["x-request-id"])
    assert sorted(kinds) == ["INTENT", "INTENT", "OUTCOME", "OUTCOME", "REFUSAL"]


@pytest.mark.usefixtures("untouched")
def test_nothing_but_bad_entries_asks_nobody(city: Caller) -> None:
    answers = city.travelers([*BAD.values()] * 2)
    assert {answer["__typename"] for answer in answers} == {"InvalidDocument"}
