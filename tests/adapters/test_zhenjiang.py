"""The Zhenjiang code alone: its batch, its life, its history, its scans (docs/wire-formats.md
§1)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.adapters.federation import federated
from tests.adapters.people import AT, GATE, STRANGER, WANG, ZHAO
from tongxing.adapters.dialect import ByCode, ByDocument, Statement
from tongxing.adapters.wire import HttpResponse
from tongxing.adapters.zhenjiang import BATCH_LIMIT
from tongxing.schema import Color, Outcome

Members = dict[str, Any]
NOW = int(AT.timestamp())
ISSUER = "zhenjiang"


async def outcome_with(**members: object) -> Outcome:
    source = await federated(ISSUER, edit=lambda claims: claims.update(members)).ask(
        ByDocument(WANG)
    )
    return source.outcome


@pytest.mark.parametrize(
    "members",
    [
        {"exp": NOW + 301},
        {"exp": NOW},
        {"exp": NOW - 1},
        {"iat": str(NOW)},
        {"iat": float(NOW)},
        {"iat": True},
        {"iat": -1},
        {"exp": 10**30},
        {"enrolled": 1},
        {"enrolled": "true"},
        {"enrolled": None},
        {"enrolled": False},
        {"basis": "declared"},
        {"place": "32110"},
        {"place": "３２１１００"},
        {"place": None},
        {"as_of": None},
        {"valid_until": "2020-03-20"},
        {"previous_color": "红码"},
        {"changed_at": NOW - 60},
        {"update_required": "true"},
    ],
    ids=lambda members: json.dumps(members, ensure_ascii=False),
)
async def test_a_member_of_another_form_makes_the_statement_malformed(members: Members) -> None:
    assert await outcome_with(**members) is Outcome.MALFORMED


@pytest.mark.parametrize("place", ["321100", "321183"])
async def test_a_place_inside_the_city_is_its_own(place: str) -> None:
    assert await outcome_with(place=place) is Outcome.VERIFIED


@pytest.mark.parametrize("place", ["320000", "320100", "321200", "000000", "420106"])
async def test_a_place_outside_the_city_is_not_its_to_speak_for(place: str) -> None:
    assert await outcome_with(place=place) is Outcome.BAD_SIGNATURE


async def test_a_statement_in_another_issuers_name_is_not_believed() -> None:
    assert await outcome_with(iss="national") is Outcome.BAD_SIGNATURE


async def test_a_member_that_is_new_is_let_pass() -> None:
    assert await outcome_with(issued_for="somebody else's use") is Outcome.VERIFIED


async def test_the_holder_who_must_declare_again_has_no_color() -> None:
    source = await federated(ISSUER, edit=lambda c: c.update(update_required=True)).ask(
        ByDocument(WANG)
    )
    assert (source.outcome, source.codes) == (Outcome.MUST_UPDATE, [])


async def test_a_conversion_keeps_what_was_before_and_when_it_changed() -> None:
    change = {"previous_color": "红码", "changed_at": NOW - 600, "basis": ["converted"]}
    source = await federated(ISSUER, edit=lambda c: c.update(change)).ask(ByDocument(WANG))
    (code,) = source.codes
    assert (code.previous_color, code.changed_at) == (Color.RED, AT - timedelta(minutes=10))


async def test_a_previous_color_that_nobody_knows_is_not_passed_over() -> None:
    change = {"previous_color": "橙码", "changed_at": NOW - 600}
    source = await federated(ISSUER, edit=lambda c: c.update(change)).ask(ByDocument(WANG))
    assert source.outcome is Outcome.UNMAPPED_VALUE
    assert (source.codes[0].color, source.codes[0].previous_color) == (Color.GREEN, Color.UNKNOWN)


async def test_times_are_those_that_the_issuer_signed() -> None:
    source = await federated(ISSUER).ask(ByDocument(WANG))
    (code,) = source.codes
    assert code.as_of == datetime(2020, 3, 6, 1, 59, tzinfo=UTC)
    assert code.valid_until == datetime(2020, 3, 7, 2, 0, tzinfo=UTC)
    assert code.issuing_place == "321102"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(299, Outcome.VERIFIED), (300, Outcome.STALE), (3_600, Outcome.STALE)],
)
async def test_a_statement_ends_when_it_says_so(seconds: int, expected: Outcome) -> None:
    asked = federated(ISSUER)
    statement = await asked.state(ByDocument(WANG))
    answer = asked.read(statement, ByDocument(WANG), AT + timedelta(seconds=seconds))
    assert answer.source.outcome is expected


async def test_a_scan_reveals_whose_code_it_is() -> None:
    asked = federated(ISSUER)
    answer = asked.read(await asked.state(asked.scan), asked.scan)
    assert answer.document == WANG


async def test_a_question_by_document_reveals_nothing_more() -> None:
    asked = federated(ISSUER)
    statement = await asked.state(ByDocument(WANG))
    assert asked.read(statement, ByDocument(WANG)).document is None


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"code": "A" * 43}, Outcome.WRONG_HOLDER),
        ({"code": None}, Outcome.MALFORMED),
        ({"document": {"kind": "RESIDENT_ID", "number": WANG.number}}, Outcome.MALFORMED),
        ({"document": {"kind": "RESIDENT_ID", "number": "1", "name": "王"}}, Outcome.MALFORMED),
        ({"document": None}, Outcome.MALFORMED),
        ({"sub": "A" * 43}, Outcome.WRONG_HOLDER),
    ],
    ids=["another scan", "no scan", "no name", "no such number", "no document", "another person"],
)
async def test_a_scan_is_bound_to_its_text_and_its_document(
    members: Members, expected: Outcome
) -> None:
    asked = federated(ISSUER, edit=lambda claims: claims.update(members))
    assert (await asked.ask(asked.scan)).outcome is expected


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (410, b'{"error": "code_expired"}', Outcome.CODE_EXPIRED),
        (404, b'{"error": "not_this_issuer"}', Outcome.NOT_THIS_ISSUER),
        (410, b'{"error": "not_this_issuer"}', Outcome.MALFORMED),
        (404, b"<html>Not Found</html>", Outcome.MALFORMED),
        (410, b"", Outcome.MALFORMED),
    ],
)
async def test_a_scan_that_finds_no_code(status: int, body: bytes, expected: Outcome) -> None:
    asked = federated(ISSUER, mangle=lambda *_: HttpResponse(status, {}, body))
    assert (await asked.ask(ByCode(asked.scan.code, GATE))).outcome is expected


async def test_many_are_asked_about_in_one_call_and_answered_in_order() -> None:
    asked = federated(ISSUER)
    people = [WANG, STRANGER, ZHAO, WANG]
    results = await asked.fetch(*map(ByDocument, people))
    outcomes = [
        asked.read(result, ByDocument(person)).source.outcome
        for result, person in zip(results, people, strict=True)
        if isinstance(result, Statement)
    ]
    verified, not_enrolled = Outcome.VERIFIED, Outcome.NOT_ENROLLED
    assert outcomes == [verified, not_enrolled, verified, verified]
    assert len(asked.issuer.requests) == 1


async def test_more_than_a_batch_holds_takes_another_call() -> None:
    asked = federated(ISSUER)
    results = await asked.fetch(*[ByDocument(STRANGER)] * (BATCH_LIMIT + 1), seconds=10)
    assert all(isinstance(result, Statement) for result in results)
    sizes = [len(json.loads(sent.body)["questions"]) for sent in asked.issuer.requests]
    assert sizes == [BATCH_LIMIT, 1]
    limits = [sent.response_limit_bytes for sent in asked.issuer.requests]
    assert limits == [64 * 1024 + BATCH_LIMIT * 2 * 1024, 64 * 1024]


@pytest.mark.parametrize("change", [-1, 1], ids=["one missing", "one too many"])
async def test_a_batch_of_another_length_answers_nobody(change: int) -> None:
    def mangle(_path: str, response: HttpResponse) -> HttpResponse:
        statements = json.loads(response.body)["statements"]
        changed = statements[:-1] if change < 0 else [*statements, statements[0]]
        return HttpResponse(200, {}, json.dumps({"statements": changed}).encode())

    results = await federated(ISSUER, mangle=mangle).fetch(ByDocument(WANG), ByDocument(ZHAO))
    assert results == [Outcome.MALFORMED, Outcome.MALFORMED]


async def test_two_answers_that_are_swapped_are_nobodys() -> None:
    def swap(_path: str, response: HttpResponse) -> HttpResponse:
        statements = json.loads(response.body)["statements"]
        return HttpResponse(200, {}, json.dumps({"statements": statements[::-1]}).encode())

    asked = federated(ISSUER, mangle=swap)
    questions = [ByDocument(WANG), ByDocument(ZHAO)]
    results = await asked.fetch(*questions)
    for result, question in zip(results, questions, strict=True):
        assert isinstance(result, Statement)
        assert asked.read(result, question).source.outcome is Outcome.WRONG_HOLDER


async def test_an_entry_that_is_no_statement_fails_alone() -> None:
    def mangle(_path: str, response: HttpResponse) -> HttpResponse:
        first, _ = json.loads(response.body)["statements"]
        return HttpResponse(200, {}, json.dumps({"statements": [first, None]}).encode())

    asked = federated(ISSUER, mangle=mangle)
    first, second = await asked.fetch(ByDocument(WANG), ByDocument(ZHAO))
    assert isinstance(first, Statement)
    assert second is Outcome.MALFORMED
