"""The national code alone: its serial numbers, its two steps, its JSON in JSON
(docs/wire-formats.md §3)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.adapters.federation import HUB_KEY, federated
from tests.adapters.people import AT, WANG, ZHAO
from tongxing.adapters.dialect import ByDocument
from tongxing.adapters.reading import from_stamp, to_stamp
from tongxing.adapters.wire import HttpResponse
from tongxing.keys.envelope import parse_sm2_package
from tongxing.keys.suites import check_signature
from tongxing.schema import COUNTRY, Basis, Color, Outcome

Members = dict[str, Any]
ISSUER = "national"


def final(**members: object) -> Any:
    """The edit of the answer that carries the state, and of no other."""
    return lambda result: "fxdj" in result and result.update(members)


def content(**data: object) -> Any:
    """The edit of the JSON in the JSON."""

    def edit(result: Members) -> None:
        if "content" in result:
            inner = json.loads(result["content"])
            inner["data"] |= data
            result["content"] = json.dumps(inner, ensure_ascii=False)

    return edit


async def outcome_with(edit: Any) -> Outcome:
    return (await federated(ISSUER, edit=edit).ask(ByDocument(WANG))).outcome


async def test_a_serial_number_is_asked_for_first_and_used_once() -> None:
    asked = federated(ISSUER)
    await asked.fetch(ByDocument(WANG), asked.scan)
    paths = [sent.path for sent in asked.issuer.requests]
    assert paths.count("/serial") == 2
    assert sorted(path for path in paths if path != "/serial") == [
        "/queryInfo",
        "/validateInfo",
        "/verifyCode",
    ]


async def test_two_hundred_people_take_two_calls() -> None:
    asked = federated(ISSUER)
    await asked.fetch(*[ByDocument(WANG), ByDocument(ZHAO)] * 100)
    assert [sent.path for sent in asked.issuer.requests] == ["/serial", "/queryInfoBatch"]
    said = json.loads(json.loads(asked.issuer.requests[1].body)["bizPackage"])
    assert said["bizSerialNum"] == "S-1"
    assert len(said["persons"]) == 200
    assert said["persons"][1] == {"cardType": "01", "cardId": ZHAO.number, "name": ZHAO.name}


@pytest.mark.parametrize(
    ("errcode", "expected"),
    [
        (1001, Outcome.BUSY),
        (1002, Outcome.NO_ACCESS),
        (1003, Outcome.NO_ACCESS),
        (0, Outcome.MALFORMED),
        (2001, Outcome.MALFORMED),
        (2004, Outcome.MALFORMED),
    ],
)
async def test_a_package_in_place_of_a_batch_says_what_became_of_the_whole(
    errcode: int, expected: Outcome
) -> None:
    package = json.dumps({"bizPackage": json.dumps({"errcode": errcode}), "sign": "", "keyId": ""})

    def refuse(path: str, response: HttpResponse) -> HttpResponse:
        refused = path == "/queryInfoBatch"
        return HttpResponse(200, {}, package.encode()) if refused else response

    asked = federated(ISSUER, mangle=refuse)
    assert await asked.fetch(ByDocument(WANG), ByDocument(ZHAO)) == [expected] * 2


async def test_a_batch_is_bound_to_its_serial_number() -> None:
    asked = federated(ISSUER, edit=final(bizSerialNum="S-2"))
    outcomes = [
        source.outcome for source in await asked.ask_all(ByDocument(WANG), ByDocument(ZHAO))
    ]
    assert outcomes == [Outcome.WRONG_HOLDER] * 2


async def test_every_request_is_signed_by_the_hub() -> None:
    asked = federated(ISSUER)
    await asked.fetch(asked.scan)
    for sent in asked.issuer.requests:
        package = parse_sm2_package(sent.body)
        check_signature(HUB_KEY.public_key, package.signed_bytes, package.signature)
        said = json.loads(package.unverified_payload)
        assert (package.key_id, said["custNum"]) == (HUB_KEY.key_id, "hub")
        assert said["timeStamp"] == "20200306100000000"


@pytest.mark.parametrize(
    ("path", "errcode", "expected"),
    [
        ("/serial", 1001, Outcome.BUSY),
        ("/serial", 1002, Outcome.NO_ACCESS),
        ("/serial", 1003, Outcome.NO_ACCESS),
        ("/serial", 2004, Outcome.MALFORMED),
        ("/serial", 7, Outcome.MALFORMED),
        ("/verifyCode", 1001, Outcome.BUSY),
        ("/verifyCode", 2001, Outcome.CODE_EXPIRED),
        ("/verifyCode", 2002, Outcome.NOT_THIS_ISSUER),
        ("/verifyCode", 2004, Outcome.MALFORMED),
        ("/validateInfo", 1001, Outcome.BUSY),
        ("/validateInfo", 2001, Outcome.CODE_EXPIRED),
        ("/validateInfo", 2004, Outcome.NOT_ENROLLED),
        ("/validateInfo", "0", Outcome.MALFORMED),
        ("/validateInfo", True, Outcome.MALFORMED),
    ],
)
async def test_an_error_ends_the_exchange_where_it_comes(
    path: str, errcode: object, expected: Outcome
) -> None:
    asked = federated(ISSUER)

    def edit(result: Members) -> None:
        if asked.issuer.requests[-1].path == path:
            for name in ("fxdj", "content"):
                result.pop(name, None)
            result["errcode"] = errcode

    asked.issuer.edit = edit
    assert (await asked.ask(asked.scan)).outcome is expected
    assert asked.issuer.requests[-1].path == path


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (final(requestDigest="A" * 43), Outcome.WRONG_HOLDER),
        (final(requestDigest=None), Outcome.MALFORMED),
        (final(bizSerialNum="S-2"), Outcome.WRONG_HOLDER),
        (final(timeStamp="20200305100000000"), Outcome.STALE),
        (final(timeStamp="2020-03-06 10:00:00"), Outcome.MALFORMED),
        (final(timeStamp="20201306100000000"), Outcome.MALFORMED),
        (final(validDays="14"), Outcome.MALFORMED),
        (final(updateTime=None), Outcome.MALFORMED),
        (final(hasWarm=None), Outcome.UNMAPPED_VALUE),
        (final(hasWarm="有异常"), Outcome.UNMAPPED_VALUE),
        (final(warnType="TEMPERATURE"), Outcome.UNMAPPED_VALUE),
        (final(content="{"), Outcome.MALFORMED),
        (final(content=None), Outcome.MALFORMED),
        (final(content={"data": {}}), Outcome.MALFORMED),
        (final(content="null"), Outcome.MALFORMED),
        (final(content="[" * 20_000), Outcome.MALFORMED),
        (content(healthyReport=None), Outcome.MALFORMED),
        (content(healthyReport=[{"province": "江苏"}]), Outcome.MALFORMED),
        (content(person=None), Outcome.MALFORMED),
        (
            content(person={"desensitizeName": "王**", "desensitizeCardId": WANG.number}),
            Outcome.WRONG_HOLDER,
        ),
        (
            content(person={"desensitizeName": "赵*", "desensitizeCardId": "3211**********0016"}),
            Outcome.WRONG_HOLDER,
        ),
    ],
    ids=[
        "the digest of another request",
        "no digest",
        "another serial number",
        "signed yesterday",
        "signed at no time",
        "signed in month 13",
        "days as text",
        "no time of update",
        "no warning member",
        "a green beside a warning",
        "a green beside a temperature",
        "the inner JSON cut off",
        "no inner JSON",
        "the inner JSON not as text",
        "the inner JSON null",
        "the inner JSON 20,000 deep",
        "no list of reports",
        "a report of no province",
        "no person",
        "the person unmasked",
        "another person",
    ],
)
async def test_a_member_is_held_against_its_form_and_its_request(
    edit: Any, expected: Outcome
) -> None:
    assert await outcome_with(edit) is expected


async def test_each_province_reports_for_itself() -> None:
    reports = [
        {"province": "320000", "healthyStaus": "00", "reportTime": "2020-03-06 09:00:00"},
        {"province": "420000", "healthyStaus": "10", "reportTime": "2020-03-01 09:00:00"},
    ]
    source = await federated(ISSUER, edit=content(healthyReport=reports)).ask(ByDocument(WANG))
    assert source.outcome is Outcome.VERIFIED
    assert [(code.issuing_place, code.color) for code in source.codes] == [
        (COUNTRY, Color.GREEN),
        ("320000", Color.GREEN),
        ("420000", Color.RED),
    ]
    assert [code.basis for code in source.codes[1:]] == [[Basis.NOT_STATED]] * 2
    assert source.codes[2].as_of == datetime(2020, 3, 1, 1, 0, tzinfo=UTC)


async def test_one_provinces_new_value_does_not_hide_anothers_red() -> None:
    reports = [
        {"province": "320000", "healthyStaus": "20", "reportTime": "2020-03-06 09:00:00"},
        {"province": "420000", "healthyStaus": "10", "reportTime": "2020-03-01 09:00:00"},
    ]
    source = await federated(ISSUER, edit=content(healthyReport=reports)).ask(ByDocument(WANG))
    assert source.outcome is Outcome.UNMAPPED_VALUE
    assert [(code.color, code.raw_value) for code in source.codes] == [
        (Color.GREEN, "00"),
        (Color.UNKNOWN, "20"),
        (Color.RED, "10"),
    ]


async def test_a_close_contact_is_red_and_keeps_its_basis() -> None:
    orange = final(fxdj="10", warnType="CLOSE_CONTACT", hasWarm="有异常")
    source = await federated(ISSUER, edit=orange).ask(ByDocument(WANG))
    assert source.outcome is Outcome.VERIFIED
    assert (source.codes[0].color, source.codes[0].basis) == (Color.RED, [Basis.CLOSE_CONTACT])


async def test_a_scan_is_bound_through_both_of_its_steps() -> None:
    """An opaque middle of somebody else's scan, with an answer that fits it."""
    asked = federated(ISSUER)
    statement = await asked.state(asked.scan)
    assert len(statement.parts) == 2
    theirs = replace(asked.scan, code="GJM:" + "0" * 32)
    assert asked.read(statement, theirs).source.outcome is Outcome.WRONG_HOLDER


async def test_the_middle_of_a_scan_must_be_signed_as_well() -> None:
    asked = federated(ISSUER)

    def forge(path: str, response: HttpResponse) -> HttpResponse:
        if path != "/verifyCode":
            return response
        return HttpResponse(200, {}, response.body.replace(b"opaque", b"Opaque"))

    asked.issuer.mangle = forge
    assert (await asked.ask(asked.scan)).outcome is Outcome.BAD_SIGNATURE


@pytest.mark.parametrize("text", ["20200306100000000", "20200306100000999", "20200229235959001"])
def test_a_time_stamp_reads_as_it_is_written(text: str) -> None:
    assert to_stamp(from_stamp(text)) == text


def test_a_time_stamp_is_that_of_shanghai() -> None:
    assert to_stamp(AT) == "20200306100000000"
