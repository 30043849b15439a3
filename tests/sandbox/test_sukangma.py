"""The province's answers, read from docs/wire-formats.md §2."""

import re
import time
from typing import Any

import pytest

from tests.connection import A_MOMENT
from tests.sandbox.clients import (
    RunningIssuer,
    ask_sukangma,
    document,
    post_form,
    scan_form,
    self_form,
)
from tests.sandbox.decoders import Json, digest, open_detached

SELF, SCAN = "/healthCode/self", "/healthCode/scan"
SHARED = {"name", "idcardNo", "modified", "updateTime", "remainDays", "exceptionCodeReason"}
SELF_RES = SHARED | {"areaCode", "abc", "leveldata"}
SCAN_RES = SHARED | {"areaCode", "phone", "level"}
LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def checked(issuer: RunningIssuer, path: str, body: bytes) -> Json:
    """The envelope, once its signature over this very request is good."""
    response = post_form(issuer, path, body)
    assert response.status_code == 200
    header = open_detached(response.headers["x-signature"], response.content, issuer.jwk)
    assert header.keys() == {"alg", "kid", "iat", "req"}
    assert (header["alg"], header["kid"]) == ("EdDSA", issuer.jwk["kid"])
    assert header["req"] == digest(body)
    assert abs(header["iat"] - time.time()) < A_MOMENT
    envelope: Json = response.json()
    assert envelope.keys() == {"resCode", "resMessage", "res"}
    return envelope


def by_document(issuer: RunningIssuer, persona: str) -> Json:
    return checked(issuer, SELF, self_form(document(persona)))


def by_code(issuer: RunningIssuer, code: str) -> Json:
    return checked(issuer, SCAN, scan_form(code))


LEVELS = {
    "green": ("green_everywhere", "green", ""),
    "yellow": ("yellow_everywhere", "yellow", "来自中风险地区"),
    "red": ("red_everywhere", "red", "确诊、疑似或无症状感染"),
    "close contact": ("city_green_province_red", "red", "密切接触者"),
    "yesterday's red": ("freshly_converted", "red", "来自高风险地区"),
    "home observation": ("isolation_not_ended", "yellow", "居家观察未满14天"),
}


@pytest.mark.parametrize(("persona", "level", "reason"), LEVELS.values(), ids=LEVELS)
def test_a_level_has_its_reason(
    sukangma: RunningIssuer, persona: str, level: str, reason: str
) -> None:
    envelope = by_document(sukangma, persona)
    assert envelope["resCode"] == 0
    assert envelope["res"].keys() == SELF_RES
    assert envelope["res"]["leveldata"] == level
    assert envelope["res"]["exceptionCodeReason"] == reason


def test_times_are_local_and_days_are_counted_from_the_update(sukangma: RunningIssuer) -> None:
    res = by_document(sukangma, "green_everywhere")["res"]
    assert LOCAL_TIME.fullmatch(res["modified"])
    local = time.gmtime(time.time() + 8 * 3600)
    assert res["updateTime"][:13] in {
        time.strftime("%Y-%m-%d %H", local),
        time.strftime("%Y-%m-%d %H", time.gmtime(time.time() + 8 * 3600 - A_MOMENT)),
    }
    assert res["remainDays"] in {13, 14}


MASKS = {
    "a resident ID": ("green_everywhere", "3211**********900X", "王**"),
    "a passport of eight characters": ("green_passport", "X3****01", "L**********"),
    "a permit of nine": ("green_hk_macao", "M321*0001", "林**"),
}


@pytest.mark.parametrize(("persona", "number", "name"), MASKS.values(), ids=MASKS)
def test_the_holder_is_masked(
    sukangma: RunningIssuer, persona: str, number: str, name: str
) -> None:
    res = by_document(sukangma, persona)["res"]
    assert (res["idcardNo"], res["name"]) == (number, name)


ERRORS = {
    "expired": ("expired_code", 111),
    "must update": ("must_update", 119),
    "no such person": ("unknown", 404),
    "no record here": ("only_zhenjiang", 404),
}


@pytest.mark.parametrize(("persona", "code"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_an_answer_and_is_signed(
    sukangma: RunningIssuer, persona: str, code: int
) -> None:
    envelope = by_document(sukangma, persona)
    assert (envelope["resCode"], envelope["res"]) == (code, None)


def test_another_name_reads_like_nobody(sukangma: RunningIssuer) -> None:
    about = self_form(document("green_everywhere"))
    other = about.replace(b"name=%E7%8E%8B", b"name=%E5%BC%A0")
    assert other != about
    assert checked(sukangma, SELF, other) == by_document(sukangma, "unknown")


def test_a_scan_gives_level_and_masked_holder(sukangma: RunningIssuer) -> None:
    code = sukangma.show("green_everywhere")
    assert re.fullmatch(r"https://skm\.example/scan\?qrCode=[0-9a-f]{32}", code)
    envelope = by_code(sukangma, code)
    assert envelope["resCode"] == 0
    assert envelope["res"].keys() == SCAN_RES
    assert envelope["res"]["level"] == "green"
    assert envelope["res"]["idcardNo"] == "3211**********900X"


def test_every_showing_is_new(sukangma: RunningIssuer) -> None:
    assert sukangma.show("green_everywhere") != sukangma.show("green_everywhere")


def test_an_expired_showing_is_refused(sukangma: RunningIssuer) -> None:
    assert by_code(sukangma, sukangma.show("green_everywhere", expired=True))["resCode"] == 111


@pytest.mark.parametrize("code", ["0" * 32, "hello", ""], ids=["made up", "text", "nothing"])
def test_what_the_province_did_not_show_is_not_its_code(sukangma: RunningIssuer, code: str) -> None:
    assert by_code(sukangma, code)["resCode"] == 112


BAD_FORMS: dict[str, Any] = {
    "nothing": b"",
    "another nonce": b"cardType=1&idcardNo=1&name=n&token=t&nonce=short",
    "an unknown card type": self_form(document("unknown")).replace(b"cardType=1", b"cardType=9"),
    "a field twice": self_form(document("unknown")) + b"&name=x",
    "a field too few": self_form(document("unknown")).replace(b"token=hub&", b""),
    "no text": b"\xff\xfe=1",
}


@pytest.mark.parametrize("body", BAD_FORMS.values(), ids=BAD_FORMS)
def test_a_bad_form_is_refused_and_bound_to_the_request(
    sukangma: RunningIssuer, body: bytes
) -> None:
    assert checked(sukangma, SELF, body)["resCode"] == 1


def test_two_questions_about_one_person_are_never_alike(sukangma: RunningIssuer) -> None:
    first, second = (ask_sukangma(sukangma, "green_everywhere") for _ in range(2))
    assert first.headers["x-signature"] != second.headers["x-signature"]
