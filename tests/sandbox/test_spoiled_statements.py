"""What an issuer can get wrong in a statement: one thing each time, and nothing besides."""

import json
import time
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from tests.connection import A_MOMENT
from tests.sandbox.clients import (
    NationalClient,
    RunningIssuer,
    ask_sukangma,
    ask_zhenjiang,
    document,
    post_form,
    self_form,
)
from tests.sandbox.decoders import (
    Json,
    base64url,
    check_signature,
    digest,
    open_compact,
    open_detached,
    open_package,
    unpadded,
    unverified_claims,
)
from tests.sandbox.sm2_by_hand import sm3
from tests.sandbox.test_zhenjiang import SCAN, STATUS, subject
from tongxing.sandbox.town.records import IssuerName

WHO = "green_everywhere"
DAY = 86_400


def jwk_of(directory: Path, issuer: IssuerName, prefix: str = "") -> Json:
    jwk: Json = json.loads((directory / issuer / f"{prefix}public_key.jwk").read_text())
    return jwk


# --- Zhenjiang ---------------------------------------------------------------------------------


def spoiled(issuer: RunningIssuer, mode: str, **more: object) -> str:
    """The one statement that is spoiled; the one beside it in the batch must be sound."""
    with issuer.misbehaving(mode, WHO, **more):
        statement, neighbor = ask_zhenjiang(issuer, WHO, "green_passport")
    assert open_compact(neighbor, issuer.jwk, STATUS)["color"] == "绿码"
    return statement


def test_city_wrong_key_goes_by_the_right_name(zhenjiang: RunningIssuer) -> None:
    statement = spoiled(zhenjiang, "wrong_key")
    assert unverified_claims(statement)["sub"] == subject(WHO)
    with pytest.raises(InvalidSignature):
        open_compact(statement, zhenjiang.jwk, STATUS)


def test_city_retired_key(zhenjiang: RunningIssuer, sandbox_directory: Path) -> None:
    retired = jwk_of(sandbox_directory, IssuerName.ZHENJIANG, "retired_")
    assert open_compact(spoiled(zhenjiang, "retired_key"), retired, STATUS)["color"] == "绿码"


def test_city_key_of_the_province(zhenjiang: RunningIssuer, sandbox_directory: Path) -> None:
    other = jwk_of(sandbox_directory, IssuerName.SUKANGMA)
    claims = open_compact(spoiled(zhenjiang, "other_issuers_key"), other, STATUS)
    assert claims["iss"] == "zhenjiang"


def test_city_unsigned(zhenjiang: RunningIssuer) -> None:
    header, _, signature = spoiled(zhenjiang, "unsigned").split(".")
    assert json.loads(unpadded(header))["alg"] == "none"
    assert signature == ""


def test_city_another_holders_record(zhenjiang: RunningIssuer) -> None:
    claims = open_compact(spoiled(zhenjiang, "another_holder"), zhenjiang.jwk, STATUS)
    assert claims["sub"] == subject("green_passport") != subject(WHO)
    assert claims["color"] == "绿码"


def test_city_yesterdays_statement(zhenjiang: RunningIssuer) -> None:
    claims = open_compact(spoiled(zhenjiang, "yesterday"), zhenjiang.jwk, STATUS)
    assert abs(time.time() - DAY - claims["iat"]) < A_MOMENT
    assert claims["exp"] < time.time()
    assert claims["as_of"] <= claims["iat"]
    assert claims["sub"] == subject(WHO)


def test_city_old_state_signed_today(zhenjiang: RunningIssuer) -> None:
    claims = open_compact(spoiled(zhenjiang, "stale_state", seconds=4 * DAY), zhenjiang.jwk, STATUS)
    assert abs(claims["iat"] - claims["as_of"] - 4 * DAY) < 5
    assert abs(time.time() - claims["iat"]) < A_MOMENT


RAW_VALUES = ["green ", "ＧＲＥＥＮ", 0, True, None, ["绿码"], {"color": "绿码"}, "灰码"]


@pytest.mark.parametrize("value", RAW_VALUES, ids=json.dumps)
def test_city_unmapped_value(zhenjiang: RunningIssuer, value: object) -> None:
    statement = spoiled(zhenjiang, "unmapped_value", value=value)
    assert open_compact(statement, zhenjiang.jwk, STATUS)["color"] == value


def test_city_broken_payload_is_signed(zhenjiang: RunningIssuer) -> None:
    with pytest.raises(json.JSONDecodeError):
        open_compact(spoiled(zhenjiang, "broken_inner_json"), zhenjiang.jwk, STATUS)


def test_city_wrong_binding(zhenjiang: RunningIssuer) -> None:
    claims = open_compact(spoiled(zhenjiang, "wrong_binding"), zhenjiang.jwk, STATUS)
    assert claims["sub"] not in {subject(WHO), subject("green_passport")}
    assert len(unpadded(claims["sub"])) == 32


def scanned(issuer: RunningIssuer, mode: str) -> tuple[str, Json]:
    code = issuer.show(WHO)
    with issuer.misbehaving(mode, WHO):
        statement = issuer.post_json("/v1/code", {"code": code}).json()["statement"]
    return code, open_compact(statement, issuer.jwk, SCAN)


def test_city_scan_with_the_binding_of_another_scan(zhenjiang: RunningIssuer) -> None:
    code, claims = scanned(zhenjiang, "wrong_binding")
    assert claims["code"] != digest(code.encode())
    assert claims["sub"] == subject(WHO)


def test_city_scan_with_another_holders_record(zhenjiang: RunningIssuer) -> None:
    code, claims = scanned(zhenjiang, "another_holder")
    assert claims["code"] == digest(code.encode())
    assert claims["document"]["number"] == document(WHO).number
    assert claims["sub"] == subject("green_passport")


REFUSALS = {"busy": (503, "busy"), "no_access": (403, "no_access")}


@pytest.mark.parametrize("mode", REFUSALS)
def test_city_refuses(zhenjiang: RunningIssuer, mode: str) -> None:
    question = {"questions": [{"kind": "PASSPORT", "number": "X0000000", "name": "N"}]}
    with zhenjiang.misbehaving(mode):
        response = zhenjiang.post_json("/v1/status", question)
    assert (response.status_code, response.json()["error"]) == REFUSALS[mode]


@pytest.mark.parametrize("persona", ["forged", "replayed", "another_holder", "unsigned"])
def test_a_personas_own_fault_needs_no_switch_and_outlives_it(
    zhenjiang: RunningIssuer, persona: str
) -> None:
    with zhenjiang.misbehaving("http_500"):
        pass
    (statement,) = ask_zhenjiang(zhenjiang, persona)
    assert not _is_sound(zhenjiang, statement, persona)


def _is_sound(issuer: RunningIssuer, statement: str, persona: str) -> bool:
    try:
        claims = open_compact(statement, issuer.jwk, STATUS)
    except (InvalidSignature, AssertionError):
        return False
    return bool(claims["sub"] == subject(persona) and claims["exp"] > time.time())


# --- Sukangma ----------------------------------------------------------------------------------


def answered(issuer: RunningIssuer, mode: str, **more: object) -> tuple[bytes, Any]:
    """What was asked, and the spoiled answer."""
    asked = self_form(document(WHO))
    with issuer.misbehaving(mode, WHO, **more):
        return asked, post_form(issuer, "/healthCode/self", asked)


def header_of(response: Any, jwk: Json) -> Json:
    return open_detached(response.headers["x-signature"], response.content, jwk)


def test_province_wrong_key_goes_by_the_right_name(sukangma: RunningIssuer) -> None:
    _, response = answered(sukangma, "wrong_key")
    protected = response.headers["x-signature"].split(".")[0]
    assert json.loads(unpadded(protected))["kid"] == sukangma.jwk["kid"]
    with pytest.raises(InvalidSignature):
        header_of(response, sukangma.jwk)


def test_province_retired_key(sukangma: RunningIssuer, sandbox_directory: Path) -> None:
    retired = jwk_of(sandbox_directory, IssuerName.SUKANGMA, "retired_")
    _, response = answered(sukangma, "retired_key")
    assert header_of(response, retired)["kid"] == retired["kid"]


def test_province_key_of_the_city(sukangma: RunningIssuer, sandbox_directory: Path) -> None:
    other = jwk_of(sandbox_directory, IssuerName.ZHENJIANG)
    _, response = answered(sukangma, "other_issuers_key")
    assert header_of(response, other)["alg"] == "ES256"


def test_province_unsigned(sukangma: RunningIssuer) -> None:
    _, response = answered(sukangma, "unsigned")
    assert "x-signature" not in response.headers
    assert response.json()["res"]["leveldata"] == "green"


def test_province_another_holders_record(sukangma: RunningIssuer) -> None:
    asked, response = answered(sukangma, "another_holder")
    assert header_of(response, sukangma.jwk)["req"] == digest(asked)
    assert response.json()["res"]["idcardNo"] == "X3****01"


def test_province_yesterdays_answer(sukangma: RunningIssuer) -> None:
    asked, response = answered(sukangma, "yesterday")
    header = header_of(response, sukangma.jwk)
    assert abs(time.time() - DAY - header["iat"]) < A_MOMENT
    assert header["req"] == digest(asked)


def test_province_old_state_signed_today(sukangma: RunningIssuer) -> None:
    fresh = ask_sukangma(sukangma, WHO).json()["res"]["updateTime"]
    _, response = answered(sukangma, "stale_state")
    assert abs(time.time() - header_of(response, sukangma.jwk)["iat"]) < A_MOMENT
    assert response.json()["res"]["updateTime"][:10] < fresh[:10]


@pytest.mark.parametrize("value", RAW_VALUES, ids=json.dumps)
def test_province_unmapped_value(sukangma: RunningIssuer, value: object) -> None:
    _, response = answered(sukangma, "unmapped_value", value=value)
    header_of(response, sukangma.jwk)
    assert response.json()["res"]["leveldata"] == value


def test_province_broken_body_is_signed(sukangma: RunningIssuer) -> None:
    _, response = answered(sukangma, "broken_inner_json")
    header_of(response, sukangma.jwk)
    with pytest.raises(json.JSONDecodeError):
        response.json()


def test_province_wrong_binding(sukangma: RunningIssuer) -> None:
    asked, response = answered(sukangma, "wrong_binding")
    assert header_of(response, sukangma.jwk)["req"] != digest(asked)


def test_province_refuses_and_is_busy(sukangma: RunningIssuer) -> None:
    _, response = answered(sukangma, "no_access")
    assert response.json()["resCode"] == 116
    _, response = answered(sukangma, "busy")
    assert response.status_code == 503


# --- National ----------------------------------------------------------------------------------


def asked_nation(national: NationalClient, mode: str, **more: object) -> tuple[str, Any]:
    query = national.query(document(WHO))
    with national.issuer.misbehaving(mode, WHO, **more):
        return national.send("/queryInfo", query)


def info_of(national: NationalClient, mode: str, **more: object) -> tuple[str, Json]:
    text, response = asked_nation(national, mode, **more)
    return text, open_package(response.content, national.issuer.jwk)


def test_nation_wrong_key_goes_by_the_right_name(national: NationalClient) -> None:
    _, response = asked_nation(national, "wrong_key")
    assert response.json()["keyId"] == national.issuer.jwk["kid"]
    with pytest.raises(AssertionError):
        open_package(response.content, national.issuer.jwk)


def test_nation_retired_key(national: NationalClient, sandbox_directory: Path) -> None:
    retired = jwk_of(sandbox_directory, IssuerName.NATIONAL, "retired_")
    _, response = asked_nation(national, "retired_key")
    assert open_package(response.content, retired)["fxdj"] == "00"


def test_nation_key_of_the_city(national: NationalClient, sandbox_directory: Path) -> None:
    other = jwk_of(sandbox_directory, IssuerName.ZHENJIANG)
    package = asked_nation(national, "other_issuers_key")[1].json()
    assert package["keyId"] == other["kid"]
    check_signature(other, b64decode(package["sign"]), package["bizPackage"].encode())


def test_nation_unsigned(national: NationalClient) -> None:
    _, response = asked_nation(national, "unsigned")
    assert response.json()["sign"] == ""


def test_nation_another_holders_record(national: NationalClient) -> None:
    text, info = info_of(national, "another_holder")
    assert info["requestDigest"] == base64url(sm3(text.encode()))
    person = json.loads(info["content"])["data"]["person"]
    assert person["desensitizeCardId"] == "X3****01"


def test_nation_yesterdays_answer(national: NationalClient) -> None:
    text, info = info_of(national, "yesterday")
    assert info["timeStamp"][:8] < json.loads(text)["timeStamp"][:8]
    assert info["requestDigest"] == base64url(sm3(text.encode()))


def test_nation_old_state_signed_today(national: NationalClient) -> None:
    text, info = info_of(national, "stale_state")
    assert info["timeStamp"][:8] >= json.loads(text)["timeStamp"][:8]
    assert info["updateTime"][:10].replace("-", "") < info["timeStamp"][:8]


@pytest.mark.parametrize("value", ["20", 10, None, "0"], ids=json.dumps)
def test_nation_unmapped_value(national: NationalClient, value: object) -> None:
    _, info = info_of(national, "unmapped_value", value=value)
    assert info["fxdj"] == value


def test_nation_broken_inner_json_is_signed(national: NationalClient) -> None:
    _, info = info_of(national, "broken_inner_json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(info["content"])


def test_nation_wrong_binding(national: NationalClient) -> None:
    text, info = info_of(national, "wrong_binding")
    assert info["requestDigest"] != base64url(sm3(text.encode()))
    assert info["bizSerialNum"] == json.loads(text)["bizSerialNum"]


@pytest.mark.parametrize(("mode", "errcode"), [("busy", 1001), ("no_access", 1002)])
def test_nation_refuses(national: NationalClient, mode: str, errcode: int) -> None:
    assert info_of(national, mode)[1]["errcode"] == errcode
