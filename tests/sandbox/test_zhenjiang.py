"""The city's answers, read from docs/wire-formats.md §1."""

import time
from typing import Any

import pytest

from tests.connection import A_MOMENT
from tests.sandbox.clients import RunningIssuer, ask_zhenjiang, asked, document
from tests.sandbox.decoders import Json, digest, open_compact

STATUS, SCAN, CODE = "zjc-status+jwt", "zjc-scan+jwt", "zjc-code+jwt"
ALWAYS = {"iss", "sub", "iat", "exp", "enrolled"}
STATE = ALWAYS | {"color", "basis", "place", "as_of", "valid_until", "update_required"}


def subject(persona: str) -> str:
    about = document(persona)
    parts = (b"zjc-subject-v1", about.kind.encode(), about.number.encode(), about.name.encode())
    return digest(b"\0".join(parts))


def status(issuer: RunningIssuer, persona: str) -> Json:
    (statement,) = ask_zhenjiang(issuer, persona)
    return open_compact(statement, issuer.jwk, STATUS)


def test_a_statement_is_signed_for_exactly_this_holder_and_for_five_minutes(
    zhenjiang: RunningIssuer,
) -> None:
    claims = status(zhenjiang, "green_everywhere")
    assert claims["iss"] == "zhenjiang"
    assert claims["sub"] == subject("green_everywhere")
    assert abs(claims["iat"] - time.time()) < A_MOMENT
    assert 0 < claims["exp"] - claims["iat"] <= 300


STATES = {
    "green": ("green_everywhere", "绿码", ["declared"]),
    "yellow": ("yellow_everywhere", "黄码", ["medium_risk_area", "arrived_within_14_days"]),
    "red": ("red_everywhere", "红码", ["confirmed_or_suspected", "arrived_within_14_days"]),
    "household of somebody under control": ("household_member", "红码", ["household_member"]),
    "found by the cross-check": (
        "false_declaration",
        "红码",
        ["false_declaration", "cross_check", "high_risk_area"],
    ),
    "a passport": ("green_passport", "绿码", ["declared"]),
    "a Hong Kong and Macao permit": ("green_hk_macao", "绿码", ["declared"]),
    "a Taiwan permit": ("green_taiwan", "绿码", ["declared"]),
    "a permanent residence card": ("green_foreign_resident", "绿码", ["declared"]),
}


@pytest.mark.parametrize(("persona", "color", "basis"), STATES.values(), ids=STATES)
def test_a_state_has_its_color_and_basis(
    zhenjiang: RunningIssuer, persona: str, color: str, basis: list[str]
) -> None:
    claims = status(zhenjiang, persona)
    assert claims.keys() >= STATE
    assert (claims["color"], claims["basis"]) == (color, basis)
    assert claims["enrolled"] is True
    assert claims["place"].startswith("3211")
    assert claims["as_of"] <= claims["iat"] < claims["valid_until"]


def test_a_conversion_says_what_it_was_before_and_since_when(zhenjiang: RunningIssuer) -> None:
    claims = status(zhenjiang, "freshly_converted")
    assert claims.keys() == STATE | {"previous_color", "changed_at"}
    assert (claims["color"], claims["previous_color"]) == ("绿码", "红码")
    assert claims["basis"] == ["converted"]
    assert claims["changed_at"] < claims["as_of"]


def test_an_expired_code_says_when_it_ended(zhenjiang: RunningIssuer) -> None:
    claims = status(zhenjiang, "expired_code")
    assert claims["valid_until"] < claims["iat"]


def test_who_must_declare_again_is_told_so(zhenjiang: RunningIssuer) -> None:
    assert status(zhenjiang, "must_update")["update_required"] is True


def _nobody(**changes: str) -> Json:
    return asked("green_everywhere") | changes


NOBODY = {
    "no such person": asked("unknown"),
    "another name": _nobody(name="王安"),
    "another kind": _nobody(kind="PASSPORT"),
    "no record here": asked("only_sukangma"),
}


@pytest.mark.parametrize("question", NOBODY.values(), ids=NOBODY)
def test_who_is_not_known_cannot_be_told_apart(zhenjiang: RunningIssuer, question: Json) -> None:
    response = zhenjiang.post_json("/v1/status", {"questions": [question]})
    (statement,) = response.json()["statements"]
    claims = open_compact(statement, zhenjiang.jwk, STATUS)
    assert claims.keys() == ALWAYS
    assert claims["enrolled"] is False


def test_a_batch_is_answered_in_its_order(zhenjiang: RunningIssuer) -> None:
    personas = ["green_everywhere", "unknown", "red_everywhere", "green_passport"] * 250
    statements = ask_zhenjiang(zhenjiang, *personas)
    assert len(statements) == 1_000
    claims = [open_compact(statement, zhenjiang.jwk, STATUS) for statement in statements[-4:]]
    assert [claim["sub"] for claim in claims] == [subject(persona) for persona in personas[-4:]]


BAD_REQUESTS: dict[str, Any] = {
    "no question": {"questions": []},
    "1,001 questions": {"questions": [asked("unknown")] * 1_001},
    "an unknown kind": {"questions": [_nobody(kind="HOUSEHOLD_BOOK")]},
    "a number that is none": {"questions": [asked("unknown") | {"number": 1}]},
    "another shape": [],
}


@pytest.mark.parametrize("body", BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_bad_request_is_refused(zhenjiang: RunningIssuer, body: object) -> None:
    response = zhenjiang.post_json("/v1/status", body)
    assert (response.status_code, response.json()) == (400, {"error": "bad_request"})


def test_a_shown_code_says_nothing_of_its_holder_and_is_new_each_time(
    zhenjiang: RunningIssuer,
) -> None:
    shown = [zhenjiang.show("green_everywhere") for _ in range(2)]
    claims = [open_compact(code.removeprefix("ZJC1."), zhenjiang.jwk, CODE) for code in shown]
    assert all(claim.keys() == {"iss", "handle", "iat", "exp"} for claim in claims)
    assert all(claim["exp"] - claim["iat"] == 60 for claim in claims)
    assert all(len(claim["handle"]) == 22 for claim in claims)
    assert claims[0]["handle"] != claims[1]["handle"]


def test_a_scan_is_bound_to_the_code_and_reveals_the_document(zhenjiang: RunningIssuer) -> None:
    code = zhenjiang.show("green_passport")
    statement = zhenjiang.post_json("/v1/code", {"code": code}).json()["statement"]
    claims = open_compact(statement, zhenjiang.jwk, SCAN)
    assert claims.keys() == STATE | {"code", "document"}
    assert claims["code"] == digest(code.encode())
    assert claims["document"] == asked("green_passport")
    assert claims["sub"] == subject("green_passport")


def test_an_expired_showing_is_gone(zhenjiang: RunningIssuer) -> None:
    code = zhenjiang.show("green_everywhere", expired=True)
    claims = open_compact(code.removeprefix("ZJC1."), zhenjiang.jwk, CODE)
    assert claims["exp"] < time.time()
    response = zhenjiang.post_json("/v1/code", {"code": code})
    assert (response.status_code, response.json()) == (410, {"error": "code_expired"})


def _with_another_handle(code: str) -> str:
    header, _, signature = code.removeprefix("ZJC1.").split(".")
    return f"ZJC1.{header}.eyJoYW5kbGUiOiJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIn0.{signature}"


NOT_CODES = {
    "text": lambda code: "hello",
    "another system's": lambda code: "GJM:" + "0" * 32,
    "without the prefix": lambda code: code.removeprefix("ZJC1."),
    "with a made-up handle": _with_another_handle,
    "cut short": lambda code: code[: len(code) // 2],
}


@pytest.mark.parametrize("change", NOT_CODES.values(), ids=NOT_CODES)
def test_what_the_city_did_not_show_is_not_its_code(zhenjiang: RunningIssuer, change: Any) -> None:
    code = change(zhenjiang.show("green_everywhere"))
    response = zhenjiang.post_json("/v1/code", {"code": code})
    assert (response.status_code, response.json()) == (404, {"error": "not_this_issuer"})


def test_who_is_not_enrolled_has_no_code_to_show(zhenjiang: RunningIssuer) -> None:
    response = zhenjiang.post_json("/app/code", asked("only_sukangma"))
    assert (response.status_code, response.json()) == (404, {"error": "not_enrolled"})
