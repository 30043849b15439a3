"""Sukangma alone: its form, its result codes, its masks, its days (docs/wire-formats.md §2)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.adapters.federation import NONCE, TRUSTED, Federated, federated
from tests.adapters.people import AT, VISITOR, WANG, ZHAO
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import ByDocument
from tongxing.adapters.sukangma import Sukangma
from tongxing.adapters.wire import HttpResponse
from tongxing.schema import Color, Outcome

Members = dict[str, Any]
ISSUER = "sukangma"


async def outcome_with(**res: object) -> Outcome:
    edited = federated(ISSUER, edit=lambda members: members["res"].update(res))
    return (await edited.ask(ByDocument(WANG))).outcome


async def test_the_form_says_who_is_asked_about_and_nothing_twice() -> None:
    asked = federated(ISSUER)
    await asked.fetch(ByDocument(WANG))
    (sent,) = asked.issuer.requests
    assert (sent.method, sent.path) == ("POST", "/healthCode/self")
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(sent.body.decode(), strict_parsing=True) == {
        "cardType": ["1"],
        "idcardNo": [WANG.number],
        "name": [WANG.name],
        "token": ["hub-token"],
        "nonce": [NONCE],
    }


async def test_a_scan_says_who_verifies() -> None:
    asked = federated(ISSUER)
    await asked.fetch(asked.scan)
    (sent,) = asked.issuer.requests
    assert sent.path == "/healthCode/scan"
    assert parse_qs(sent.body.decode(), strict_parsing=True) == {
        "qrCode": ["0123456789abcdef" * 2],
        "url": [asked.scan.code],
        "source": ["镇江站"],
        "position": ["出站口 3 号闸机"],
        "verifierDept": ["车站防控组"],
        "verifierName": ["测试员"],
        "verifierPhone": ["13800000000"],
        "token": ["hub-token"],
        "nonce": [NONCE],
    }


async def test_a_scan_at_another_gate_is_another_question() -> None:
    asked = federated(ISSUER)
    statement = await asked.state(asked.scan)
    elsewhere = replace(
        asked.scan, checkpoint=replace(asked.scan.checkpoint, position="进站口 1 号闸机")
    )
    assert asked.read(statement, elsewhere).source.outcome is Outcome.WRONG_HOLDER


@pytest.mark.parametrize(
    ("res_code", "way", "expected"),
    [
        (1, "document", Outcome.BUSY),
        (111, "document", Outcome.CODE_EXPIRED),
        (116, "document", Outcome.NO_ACCESS),
        (118, "document", Outcome.NO_ACCESS),
        (119, "document", Outcome.MUST_UPDATE),
        (112, "document", Outcome.MALFORMED),
        (2, "document", Outcome.MALFORMED),
        ("0", "document", Outcome.MALFORMED),
        (None, "document", Outcome.MALFORMED),
        (False, "document", Outcome.MALFORMED),
        (111, "scan", Outcome.CODE_EXPIRED),
        (112, "scan", Outcome.NOT_THIS_ISSUER),
        (119, "scan", Outcome.MUST_UPDATE),
    ],
)
@pytest.mark.parametrize(
    "misbehavior",
    [{}, {"mangle": lambda _, response: HttpResponse(200, {}, response.body)}],
    ids=["signed", "unsigned"],
)
async def test_a_refusal_is_its_outcome(
    res_code: object, way: str, expected: Outcome, misbehavior: Members
) -> None:
    def edit(members: Members) -> None:
        members |= {"resCode": res_code, "res": None}

    asked = federated(ISSUER, edit=edit, **misbehavior)
    source = await asked.ask(ByDocument(WANG) if way == "document" else asked.scan)
    assert source.outcome is expected


async def test_nobody_registered_is_not_believed_without_a_signature() -> None:
    asked = federated(ISSUER, mangle=lambda _, r: HttpResponse(200, {}, r.body))
    nobody = replace(WANG, name="王二")
    assert (await asked.ask(ByDocument(nobody))).outcome is Outcome.BAD_SIGNATURE


async def test_an_answer_to_another_request_is_no_answer() -> None:
    """Signed well, about somebody with the same mask, and for another request."""
    asked = federated(ISSUER)
    theirs = await asked.state(ByDocument(WANG))
    replayed = replace(theirs, binding=("B" * 22,))
    assert asked.read(replayed, ByDocument(WANG)).source.outcome is Outcome.WRONG_HOLDER


@pytest.mark.parametrize(
    ("res", "expected"),
    [
        ({"idcardNo": "3211**********9999"}, Outcome.WRONG_HOLDER),
        ({"idcardNo": WANG.number}, Outcome.WRONG_HOLDER),
        ({"name": "赵*"}, Outcome.WRONG_HOLDER),
        ({"name": "王*"}, Outcome.WRONG_HOLDER),
        ({"name": None}, Outcome.MALFORMED),
        ({"updateTime": "2020-3-5 9:30:00"}, Outcome.MALFORMED),
        ({"updateTime": "2020-02-30 09:30:00"}, Outcome.MALFORMED),
        ({"updateTime": "2020-03-05T09:30:00"}, Outcome.MALFORMED),
        ({"updateTime": "２０２０-03-05 09:30:00"}, Outcome.MALFORMED),
        ({"updateTime": 1_583_372_000}, Outcome.MALFORMED),
        ({"remainDays": "14"}, Outcome.MALFORMED),
        ({"remainDays": -1}, Outcome.MALFORMED),
        ({"remainDays": 10**12}, Outcome.MALFORMED),
        ({"remainDays": 1.5}, Outcome.MALFORMED),
        ({"areaCode": "镇江"}, Outcome.MALFORMED),
        ({"areaCode": "330100"}, Outcome.BAD_SIGNATURE),
        ({"areaCode": "320500"}, Outcome.VERIFIED),
        ({"lastLevel": "red"}, Outcome.MALFORMED),
        ({"levelTime": "2020-03-05 09:00:00"}, Outcome.MALFORMED),
        ({"lastLevel": "橙", "levelTime": "2020-03-05 09:00:00"}, Outcome.UNMAPPED_VALUE),
    ],
    ids=lambda value: (
        json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value.name
    ),
)
async def test_a_member_is_held_against_its_form_and_its_person(
    res: Members, expected: Outcome
) -> None:
    assert await outcome_with(**res) is expected


async def test_a_short_number_is_masked_by_its_own_rule() -> None:
    assert len(VISITOR.number) < 9
    source = await federated(ISSUER).ask(ByDocument(VISITOR))
    assert source.outcome is Outcome.VERIFIED


async def test_times_are_those_of_shanghai_and_days_count_from_the_update() -> None:
    res = {"updateTime": "2020-03-05 09:30:00", "remainDays": 7}
    res |= {"lastLevel": "red", "levelTime": "2020-03-05 09:00:00"}
    source = await federated(ISSUER, edit=lambda m: m["res"].update(res)).ask(ByDocument(WANG))
    (code,) = source.codes
    assert code.as_of == datetime(2020, 3, 5, 1, 30, tzinfo=UTC)
    assert code.valid_until == datetime(2020, 3, 12, 1, 30, tzinfo=UTC)
    assert code.changed_at == datetime(2020, 3, 5, 1, 0, tzinfo=UTC)
    assert code.previous_color is Color.RED


@pytest.mark.parametrize(
    ("people", "expected"),
    [([WANG], ["scan", "self"]), ([WANG, ZHAO], ["batch", "scan"])],
    ids=["one person", "two people"],
)
async def test_several_people_take_one_call(people: list[Any], expected: list[str]) -> None:
    asked = federated(ISSUER)
    await asked.fetch(*map(ByDocument, people), asked.scan)
    paths = sorted(sent.path for sent in asked.issuer.requests)
    assert paths == [f"/healthCode/{name}" for name in expected]


async def test_a_batch_is_one_form_with_a_list_in_it() -> None:
    asked = federated(ISSUER)
    await asked.fetch(ByDocument(WANG), ByDocument(VISITOR))
    (sent,) = asked.issuer.requests
    fields = parse_qs(sent.body.decode(), strict_parsing=True)
    (persons,) = fields.pop("persons")
    assert fields == {"token": ["hub-token"], "nonce": [NONCE]}
    assert json.loads(persons) == [
        {"cardType": "1", "idcardNo": WANG.number, "name": WANG.name},
        {"cardType": "3", "idcardNo": VISITOR.number, "name": VISITOR.name},
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"resCode": 1, "res": null}', Outcome.BUSY),
        (b'{"resCode": 116, "res": null}', Outcome.NO_ACCESS),
        (b'{"resCode": 118, "res": null}', Outcome.NO_ACCESS),
        (b'{"resCode": 404, "res": null}', Outcome.MALFORMED),
        (b'{"resCode": 111, "res": null}', Outcome.MALFORMED),
        (b'{"resCode": 0, "res": null}', Outcome.MALFORMED),
        (b'{"resCode": 0, "res": {}}', Outcome.MALFORMED),
    ],
    ids=lambda value: value.decode() if isinstance(value, bytes) else value.name,
)
async def test_an_error_of_a_whole_batch_states_nothing_about_anybody(
    body: bytes, expected: Outcome
) -> None:
    asked = federated(ISSUER, mangle=lambda _, r: HttpResponse(200, {}, body))
    assert await asked.fetch(ByDocument(WANG), ByDocument(ZHAO)) == [expected] * 2


async def test_an_entry_as_long_as_no_answer_may_be_fails_alone() -> None:
    def edit(members: Members) -> None:
        members["padding"] = "x" * (64 * 1024 if members["res"]["name"] == "王**" else 0)

    asked = federated(ISSUER, edit=edit)
    first, second = await asked.fetch(ByDocument(WANG), ByDocument(ZHAO))
    assert first is Outcome.MALFORMED
    assert second is not Outcome.MALFORMED


async def test_what_a_scan_states_is_somebodys_whom_the_province_does_not_name() -> None:
    asked = federated(ISSUER)
    answer = asked.read(await asked.state(asked.scan), asked.scan, AT)
    assert answer.source.outcome is Outcome.VERIFIED
    assert answer.document is None


async def test_a_statement_of_before_a_new_credential_is_still_the_answer_to_its_question() -> None:
    known = Credential("hub-token")
    simulated = federated(ISSUER).issuer
    asked = Federated(simulated, Adapter(Sukangma(issuer=ISSUER, token=known), simulated, nonce))
    question = ByDocument(WANG)
    statement = await asked.state(question)
    known.replace("second")
    assert asked.adapter.read(statement, question, TRUSTED, AT).source.outcome is Outcome.VERIFIED
    known.replace("third")
    read = asked.adapter.read(statement, question, TRUSTED, AT).source
    assert read.outcome is not Outcome.VERIFIED


def nonce() -> str:
    return NONCE
