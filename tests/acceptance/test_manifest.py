"""Manifests: how many, in which order, and that every entry answers for itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.acceptance.arriving import office_of
from tests.acceptance.audited import entries_of, kinds_of, refusals_of
from tests.acceptance.callers import (
    REGION,
    Answer,
    Caller,
    document_of,
    error_codes,
    fields,
    manifest_of,
)
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.operations import TRAVELERS
from tests.acceptance.standing import Issuers, NewState
from tongxing.gateway.storage.audit import RefusalRecord
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName
from tongxing.schema.scope import Scope

COLORS = {
    "green_everywhere": "GREEN",
    "red_everywhere": "RED",
    "yellow_everywhere": "YELLOW",
    "unknown": "UNKNOWN",
    "green_passport": "GREEN",
}
SMALL = (
    "query($input: ManifestInput!) "
    "{ travelers(input: $input) { index ref result { __typename ... on Refusal { code } } } }"
)
GOOD = fields(document_of("green_everywhere"))


def _crowd_of_one(count: int) -> dict[str, object]:
    return manifest_of([fields(document_of("unknown"))] * count)


def _answers(caller: Caller, entries: list[dict[str, Any]], **for_all: str) -> list[Answer]:
    response = caller.post(TRAVELERS, {"input": {"entries": entries} | for_all})
    assert response.status_code == 200, response.text
    answers: list[Answer] = response.json()["data"]["travelers"]
    return answers


def _codes(answers: list[Answer]) -> list[str]:
    return [answer["result"].get("code", answer["result"].get("color")) for answer in answers]


@pytest.mark.parametrize("count", [0, 1_001])
@pytest.mark.usefixtures("untouched")
def test_too_few_and_too_many_are_refused_with_the_limit_named(
    hub: RunningHub, city: Caller, count: int
) -> None:
    response = city.post(SMALL, _crowd_of_one(count))
    assert (response.status_code, error_codes(response)) == (400, ["BATCH_SIZE"])
    extensions = response.json()["errors"][0]["extensions"]
    assert "1000" in extensions["zh"]
    assert "1,000" in extensions["en"]
    refused = refusals_of(hub.layout, response.headers["x-request-id"])
    assert refused == [("city-system", "BATCH_SIZE")]


@pytest.mark.usefixtures("untouched")
def test_more_than_a_thousand_in_two_fields_are_too_many(city: Caller) -> None:
    both = (
        "query($input: ManifestInput!) {"
        " a: travelers(input: $input) { index }"
        " b: travelers(input: $input) { index } }"
    )
    response = city.post(both, _crowd_of_one(501))
    assert (response.status_code, error_codes(response)) == (400, ["BATCH_SIZE"])


@pytest.mark.usefixtures("untouched")
def test_entries_that_are_refused_count_towards_the_thousand(city: Caller) -> None:
    entries = [{"document": GOOD, "receivingRegion": "zzz"}] * 1_001
    response = city.post(SMALL, {"input": {"purpose": "ENTRY", "entries": entries}})
    assert (response.status_code, error_codes(response)) == (400, ["BATCH_SIZE"])


def test_a_thousand_are_answered_in_order(city: Caller) -> None:
    """The crowd's people, of whom every issuer knows what this test can work out."""
    crowd = Population(7, 2_000)
    people = [crowd.person(index) for index in range(1_000)]
    response = city.post(
        "query($input: ManifestInput!) { travelers(input: $input) { index"
        " result { ... on TravelerRecognition { sources { issuer { id } codes { rawValue } }"
        " } } } }",
        manifest_of(fields(person.document) for person in people),
    )
    answers = response.json()["data"]["travelers"]
    stated = [_zhenjiang(answer["result"]) for answer in answers]
    words = {"green": "绿码", "yellow": "黄码", "red": "红码"}
    held = [person.records.get(IssuerName.ZHENJIANG) for person in people]
    assert stated == [[] if record is None else [words[record.color]] for record in held]
    assert [answer["index"] for answer in answers] == list(range(1_000))


def _zhenjiang(answer: Answer) -> list[str]:
    (source,) = [each for each in answer["sources"] if each["issuer"]["id"] == IssuerName.ZHENJIANG]
    return [code["rawValue"] for code in source["codes"]]


def test_the_order_is_kept_and_each_is_answered_for_itself(city: Caller) -> None:
    names = [*COLORS, *reversed(COLORS)]
    answers = city.travelers([fields(document_of(name)) for name in names])
    assert [answer["color"] for answer in answers] == [COLORS[name] for name in names]
    assert len({answer["auditIndex"] for answer in answers}) == len(names)
    assert len({answer["receipt"] for answer in answers}) == len(names)
    assert len({answer["requestId"] for answer in answers}) == 1


def test_duplicates_are_answered_alike_and_asked_once(city: Caller, issuers: Issuers) -> None:
    before = _calls(issuers)
    answers = city.travelers([GOOD] * 50)
    assert [answer["color"] for answer in answers] == ["GREEN"] * 50
    digests = {str([source["evidenceDigest"] for source in a["sources"]]) for a in answers}
    assert len(digests) == 1
    assert _calls(issuers) - before in (3, 4), "status, self, queryInfo, and serial if none is left"


def _calls(issuers: Issuers) -> int:
    return sum(sum(issuer.calls().values()) for issuer in issuers.values())


@dataclass(frozen=True)
class Bad:
    """What an entry has instead of what a good one has; what the log says that it asked for."""

    code: str
    entry: Mapping[str, object]
    purpose: str | None = "ENTRY"
    region: str | None = REGION


def _document(**changed: str) -> dict[str, object]:
    return {"document": GOOD | changed}


PASSPORT = fields(document_of("green_passport"))
BAD = {
    "a wrong check character": Bad("DOCUMENT_CHECK_CHARACTER", _document(number="0" * 18)),
    "a number of another form": Bad("DOCUMENT_FORM", _document(number="1" * 17 + "x")),
    "an endless number": Bad("DOCUMENT_LENGTH", _document(number="1" * 40_000)),
    "an empty name": Bad("DOCUMENT_NAME", {"document": PASSPORT | {"name": ""}}),
    "an endless name": Bad("DOCUMENT_NAME", _document(name="王" * 40_000)),
    "a dot that is none": Bad("DOCUMENT_INTERVAL_DOT", _document(name="买买提•艾力")),
    "a text for a region": Bad("REGION_UNKNOWN", {"receivingRegion": "zzz"}, region=None),
    "an empty region": Bad("REGION_UNKNOWN", {"receivingRegion": ""}, region=None),
    "a number for a region": Bad("REGION_UNKNOWN", {"receivingRegion": 321100}, region=None),
    "a list for a region": Bad("REGION_UNKNOWN", {"receivingRegion": ["321100"]}, region=None),
    "an endless region": Bad("REGION_UNKNOWN", {"receivingRegion": "3" * 40_000}, region=None),
    "full-width digits": Bad("REGION_UNKNOWN", {"receivingRegion": "３２１１００"}, region=None),
    "another province": Bad("REGION_NOT_GRANTED", {"receivingRegion": "110000"}, region="110000"),
    "its own province": Bad("REGION_NOT_GRANTED", {"receivingRegion": "320000"}, region="320000"),
    "another purpose": Bad("PURPOSE_NOT_GRANTED", {"purpose": "TRANSPORT"}, purpose="TRANSPORT"),
    "a ref of 65 characters": Bad("TEXT_TOO_LONG", {"ref": "r" * 65}),
    "a region before the document": Bad(
        "REGION_UNKNOWN", {"receivingRegion": "zzz", **_document(number="0" * 18)}, region=None
    ),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_entry_fails_alone(hub: RunningHub, city: Caller, bad: Bad) -> None:
    good = {"document": GOOD, "ref": "good"}
    entries = [good, {"document": GOOD, "ref": "bad", **bad.entry}, good]
    asked = {"purpose": "ENTRY", "receivingRegion": REGION, "entries": entries}
    response = city.post(TRAVELERS, {"input": asked})
    answers = response.json()["data"]["travelers"]
    assert "errors" not in response.json()
    assert _codes(answers) == ["GREEN", bad.code, "GREEN"]
    assert [answer["index"] for answer in answers] == [0, 1, 2]
    text = answers[1]["result"]["text"]
    assert text["zh"]
    assert text["en"]
    request_id = response.headers["x-request-id"]
    kinds = kinds_of(hub.layout, request_id)
    assert sorted(kinds) == ["INTENT", "INTENT", "OUTCOME", "OUTCOME", "REFUSAL"]
    (refused,) = (
        entry.record
        for entry in entries_of(hub.layout, request_id)
        if isinstance(entry.record, RefusalRecord)
    )
    purpose = None if refused.purpose is None else refused.purpose.value
    assert (refused.code, purpose, refused.receiving_region) == (bad.code, bad.purpose, bad.region)


@pytest.mark.usefixtures("untouched")
def test_nothing_but_bad_entries_asks_nobody(city: Caller) -> None:
    entries = [{"document": GOOD, "ref": "bad", **bad.entry} for bad in BAD.values()]
    answers = _answers(city, entries, purpose="ENTRY", receivingRegion=REGION)
    assert _codes(answers) == [bad.code for bad in BAD.values()]
    assert {answer["result"]["__typename"] for answer in answers} == {"NotAnswered"}


MISSING: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "no region at all": ({"purpose": "ENTRY"}, {}, "REGION_MISSING"),
    "no purpose at all": ({"receivingRegion": REGION}, {}, "PURPOSE_MISSING"),
    "both for all": ({"purpose": "ENTRY", "receivingRegion": REGION}, {}, "GREEN"),
    "both of its own": ({}, {"purpose": "ENTRY", "receivingRegion": REGION}, "GREEN"),
    "a region of its own": (
        {"purpose": "ENTRY", "receivingRegion": "110000"},
        {"receivingRegion": "321102"},
        "GREEN",
    ),
    "a purpose of its own": (
        {"purpose": "TRANSPORT", "receivingRegion": REGION},
        {"purpose": "WORK"},
        "GREEN",
    ),
    "a bad region for all, and none of its own": (
        {"purpose": "ENTRY", "receivingRegion": "zzz"},
        {},
        "REGION_UNKNOWN",
    ),
}


@pytest.mark.parametrize(("for_all", "own", "answered"), MISSING.values(), ids=MISSING)
def test_an_entry_s_own_word_comes_before_the_manifest_s(
    city: Caller, for_all: dict[str, str], own: dict[str, str], answered: str
) -> None:
    assert _codes(_answers(city, [{"document": GOOD, **own}], **for_all)) == [answered]


def test_null_in_an_entry_is_no_word_of_its_own(city: Caller) -> None:
    entry = {"document": GOOD, "ref": None, "purpose": None, "receivingRegion": None}
    (answer,) = _answers(city, [entry], purpose="ENTRY", receivingRegion=REGION)
    assert (answer["ref"], answer["result"]["color"]) == (None, "GREEN")


def test_each_entry_gets_its_ref_back_and_one_that_is_too_long_does_not(city: Caller) -> None:
    refs = ["座位3A", "", "x" * 64, "\u0000\n\"'<", "y" * 65, None]
    entries = [{"document": GOOD, "ref": ref} for ref in refs]
    answers = _answers(city, entries, purpose="ENTRY", receivingRegion=REGION)
    assert [answer["ref"] for answer in answers] == [*refs[:4], None, None]
    assert _codes(answers) == [*["GREEN"] * 4, "TEXT_TOO_LONG", "GREEN"]


@pytest.mark.usefixtures("untouched")
def test_a_purpose_that_the_schema_does_not_know_is_an_error_of_the_whole(city: Caller) -> None:
    response = city.post(SMALL, {"input": {"purpose": "LEISURE", "entries": [{"document": GOOD}]}})
    assert (response.status_code, error_codes(response)) == (400, ["INVALID_VALUE"])


def test_what_the_client_may_not_ask_is_no_guess(city: Caller, issuers: Issuers) -> None:
    """More people of one prefix than may be guessed; and numbers that cannot exist."""
    guesses = [GOOD | {"name": f"王{chr(0x4E00 + each)}"} for each in range(500)]
    guesses += [GOOD | {"number": f"3211021988080{each:04d}0"} for each in range(500)]
    entries = [{"document": each, "receivingRegion": "110000"} for each in guesses]
    before = _calls(issuers)
    answers = _answers(city, entries, purpose="ENTRY")
    assert set(_codes(answers)) == {"REGION_NOT_GRANTED"}
    assert _calls(issuers) == before
    assert city.traveler(GOOD)["color"] == "GREEN"


LITERALS = {
    "a text": ('"321100"', "GREEN"),
    "another text": ('"zzz"', "REGION_UNKNOWN"),
    "a number": ("321100", "REGION_UNKNOWN"),
    "an enum": ("ENTRY", "REGION_UNKNOWN"),
    "an object": ('{code: "321100"}', "REGION_UNKNOWN"),
    "a list": ('["321100"]', "REGION_UNKNOWN"),
    "null": ("null", "REGION_MISSING"),
    "a variable": ("$region", "GREEN"),
}


@pytest.mark.parametrize(("literal", "answered"), LITERALS.values(), ids=LITERALS)
def test_a_region_in_the_document_itself_fails_its_entry_alone(
    city: Caller, literal: str, answered: str
) -> None:
    operation = (
        "query($document: TravelDocumentInput!, $region: UncheckedRegionCode) { "
        "travelers(input: {purpose: ENTRY, entries: [{document: $document, "
        f"receivingRegion: {literal}}}]}}) {{ result {{ ... on Refusal {{ code }} "
        "... on TravelerRecognition { color sees: receivingRegion } } } }"
    )
    used = (
        operation
        if "$region}" in operation
        else operation.replace(", $region: UncheckedRegionCode", "")
    )
    answers = city.data(used, {"document": GOOD, "region": REGION})["travelers"]
    assert _codes(answers) == [answered]


def test_half_a_surrogate_in_a_ref_is_refused_before_anything_is_asked(city: Caller) -> None:
    operation = (
        "query($d: TravelDocumentInput!) { travelers(input: {purpose: ENTRY, entries: "
        '[{document: $d, ref: "\\ud800"}]}) { ref } }'
    )
    response = city.post(operation, {"d": GOOD})
    assert (response.status_code, error_codes(response)) == (400, ["DOCUMENT_SYNTAX"])


ASKS = (Scope.STATUS_READ, Scope.CODE_VERIFY)
TIBET = "540000"
"""Neither it nor the country has a policy."""


def test_a_region_without_a_policy_fails_its_entries_alone(new_layout: NewState) -> None:
    entries = [
        {"document": GOOD, "ref": "a", "receivingRegion": REGION},
        {"document": GOOD, "ref": "b", "receivingRegion": TIBET},
        {"document": PASSPORT, "ref": "c", "receivingRegion": "321102"},
    ]
    with serving(new_layout()) as hub, office_of(hub, "country", "000000", *ASKS) as country:
        response = country.post(TRAVELERS, {"input": {"purpose": "ENTRY", "entries": entries}})
        answers = response.json()["data"]["travelers"]
        kinds = kinds_of(hub.layout, response.headers["x-request-id"])
    assert [answer["ref"] for answer in answers] == ["a", "b", "c"]
    assert _codes(answers) == ["GREEN", "NO_POLICY_IN_FORCE", "GREEN"]
    assert sorted(kinds) == ["INTENT", "INTENT", "OUTCOME", "OUTCOME", "REFUSAL"]


@pytest.mark.usefixtures("untouched")
def test_a_region_without_a_policy_is_an_answer_to_one_question_too(hub: RunningHub) -> None:
    with office_of(hub, "country-2", "000000", *ASKS) as country:
        answer = country.traveler(GOOD, region=TIBET)
        scan = country.scan("GJM:" + "0" * 32, region=TIBET)
    assert answer["code"] == scan["code"] == "NO_POLICY_IN_FORCE"
