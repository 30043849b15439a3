"""The national platform's answers, read from docs/wire-formats.md §3."""

import json
import re
from typing import Any

import pytest

from tests.sandbox.clients import NationalClient, document
from tests.sandbox.decoders import Json, base64url, open_package
from tests.sandbox.sm2_by_hand import PrivateKey, sm3

INFO = {"errcode", "errmsg", "bizSerialNum", "requestDigest", "timeStamp", "updateTime"} | {
    "validDays",
    "fxdj",
    "hasWarm",
    "warnType",
    "warmMsgs",
    "hsjc",
    "content",
}


def bound(text: str, content: Json) -> Json:
    """The content, once it is bound to exactly this request."""
    assert content["bizSerialNum"] == json.loads(text)["bizSerialNum"]
    assert content["requestDigest"] == base64url(sm3(text.encode()))
    return content


def by_document(national: NationalClient, persona: str) -> Json:
    return bound(*national.ask("/queryInfo", national.query(document(persona))))


def by_code(national: NationalClient, code: str) -> Json:
    serial = national.serial()
    verified = bound(*national.ask("/verifyCode", serial | {"code": code}))
    if verified["errcode"] != 0:
        return verified
    data = {"bizExtData": verified["bizExtData"]}
    return bound(*national.ask("/validateInfo", serial | data))


LEVELS = {
    "green": ("green_everywhere", "00", "", ["00"]),
    "on-site temperature": ("national_yellow", "01", "TEMPERATURE", ["00"]),
    "medium-risk area": ("yellow_everywhere", "01", "MEDIUM_RISK_AREA", ["01"]),
    "orange, close contact": ("national_orange", "10", "CLOSE_CONTACT", []),
    "confirmed": ("red_everywhere", "10", "CONFIRMED_OR_SUSPECTED", ["10"]),
    "two provinces that differ": ("reports_differ", "00", "", ["00", "10"]),
}


@pytest.mark.parametrize(("persona", "level", "warning", "reports"), LEVELS.values(), ids=LEVELS)
def test_a_level_has_its_warning_and_reports(
    national: NationalClient, persona: str, level: str, warning: str, reports: list[str]
) -> None:
    info = by_document(national, persona)
    assert info.keys() == INFO
    assert (info["errcode"], info["fxdj"], info["warnType"]) == (0, level, warning)
    assert (info["hasWarm"] == "未见异常") is (warning == "")
    data = json.loads(info["content"])["data"]
    assert [report["healthyStaus"] for report in data["healthyReport"]] == reports


def test_times_and_masks_are_as_the_format_says(national: NationalClient) -> None:
    info = by_document(national, "green_everywhere")
    assert re.fullmatch(r"\d{17}", info["timeStamp"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", info["updateTime"])
    assert info["validDays"] in {13, 14}
    assert info["hsjc"]["hsjcjg"] == "阴性"
    person = json.loads(info["content"])["data"]["person"]
    assert person == {"desensitizeName": "王**", "desensitizeCardId": "3211**********900X"}


@pytest.mark.parametrize("persona", ["unknown", "only_zhenjiang"])
def test_nobody_and_no_record_read_alike(national: NationalClient, persona: str) -> None:
    info = by_document(national, persona)
    assert info["errcode"] == 2004
    assert info.keys() == {"errcode", "errmsg", "bizSerialNum", "requestDigest"}


def test_a_scan_takes_two_steps(national: NationalClient) -> None:
    code = national.issuer.show("national_yellow")
    assert re.fullmatch(r"GJM:[0-9a-f]{32}", code)
    assert by_code(national, code)["fxdj"] == "01"


@pytest.mark.parametrize("code", ["GJM:" + "0" * 32, "hello"], ids=["made up", "text"])
def test_what_the_platform_did_not_show_is_not_its_code(
    national: NationalClient, code: str
) -> None:
    assert by_code(national, code)["errcode"] == 2002


def test_an_expired_showing_is_refused(national: NationalClient) -> None:
    code = national.issuer.show("green_everywhere", expired=True)
    assert by_code(national, code)["errcode"] == 2001


def test_a_code_is_not_the_opaque_data_of_the_second_step(national: NationalClient) -> None:
    handle = national.issuer.show("green_everywhere").removeprefix("GJM:")
    _, content = national.ask("/validateInfo", national.serial() | {"bizExtData": handle})
    assert content["errcode"] == 1003


def test_a_serial_number_is_used_once(national: NationalClient) -> None:
    query = national.query(document("green_everywhere"))
    assert national.ask("/queryInfo", query)[1]["errcode"] == 0
    assert national.ask("/queryInfo", query)[1]["errcode"] == 1003


def test_a_serial_number_goes_with_its_random_number(national: NationalClient) -> None:
    query = national.query(document("green_everywhere")) | {"randomNum": "0" * 32}
    assert national.ask("/queryInfo", query)[1]["errcode"] == 1003


def _unsigned(national: NationalClient, text: str) -> Json:
    return national.package(text) | {"sign": ""}


def _by_a_stranger(national: NationalClient, text: str) -> Json:
    stranger = NationalClient(national.issuer, PrivateKey.generate(), national.key_id)
    return stranger.package(text)


def _changed_after_signing(national: NationalClient, text: str) -> Json:
    return national.package(text) | {"bizPackage": text + " "}


def _of_another_key_id(national: NationalClient, text: str) -> Json:
    return national.package(text) | {"keyId": "somebody"}


FORGED = {
    "unsigned": _unsigned,
    "signed by a stranger": _by_a_stranger,
    "changed after signing": _changed_after_signing,
    "under another key id": _of_another_key_id,
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_only_the_hub_is_answered(national: NationalClient, forge: Any) -> None:
    text = json.dumps({"custNum": "TX", "timeStamp": "20200305093000000"})
    response = national.issuer.post_json("/serial", forge(national, text))
    assert open_package(response.content, national.issuer.jwk)["errcode"] == 1003
    honest = national.issuer.post_json("/serial", national.package(text))
    assert open_package(honest.content, national.issuer.jwk)["errcode"] == 0
