"""What an issuer signs wrongly makes nobody green, and somebody is woken by it."""

import pytest

from tests.acceptance.audited import refusals_of
from tests.acceptance.callers import (
    Caller,
    codes_of,
    document_of,
    fields,
    outcomes,
    reasons,
    request_of,
    scan_variables,
)
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import SCAN, TRAVELER
from tests.acceptance.standing import Issuers
from tongxing.sandbox.town.records import IssuerName

ALL = tuple(IssuerName)
MANDATORY = (IssuerName.SUKANGMA, IssuerName.NATIONAL)
"""In Zhenjiang; its own code is not, so that a fault of it decides nothing."""

GREEN = "green_everywhere"

EVIDENCE = {
    "signed with a key that nobody trusts": ("wrong_key", "BAD_SIGNATURE"),
    "signed with a key that was given up": ("retired_key", "BAD_SIGNATURE"),
    "signed with another issuer's key": ("other_issuers_key", "BAD_SIGNATURE"),
    "not signed": ("unsigned", "BAD_SIGNATURE"),
    "about another person": ("another_holder", "WRONG_HOLDER"),
    "to another request": ("wrong_binding", "WRONG_HOLDER"),
    "of yesterday": ("yesterday", "STALE"),
}
REASONS = {
    "BAD_SIGNATURE": "EVIDENCE_INVALID",
    "WRONG_HOLDER": "EVIDENCE_INVALID",
    "STALE": "STALE",
}


@pytest.mark.parametrize("issuer", ALL)
@pytest.mark.parametrize("wrong", EVIDENCE.values(), ids=EVIDENCE)
def test_an_alarm_is_raised_and_of_a_mandatory_issuer_a_green_is_unknown(
    hub: RunningHub, city: Caller, issuers: Issuers, issuer: IssuerName, wrong: tuple[str, str]
) -> None:
    mode, outcome = wrong
    with issuers[issuer].misbehaving(mode, GREEN):
        response = city.post(TRAVELER, request_of(fields(document_of(GREEN))))
    answer = response.json()["data"]["traveler"]
    color = "UNKNOWN" if issuer in MANDATORY else "GREEN"
    assert (answer["color"], outcomes(answer)[issuer]) == (color, outcome)
    assert REASONS[outcome] in reasons(answer)
    assert not codes_of(answer, issuer)
    alarms = hub.event_of("integrity_alarm", response.headers["x-request-id"])
    assert [alarm["issuer"] for alarm in alarms] == [issuer]


SCANS = {
    f"{mode} {issuer}": (mode, issuer)
    for mode in ("wrong_key", "yesterday", "unsigned", "another_holder")
    for issuer in ALL
    if mode != "another_holder" or issuer is IssuerName.ZHENJIANG
}
"""Whose code was scanned only its issuer knows: where nothing in the answer names the holder, a
statement about another one cannot be told from the right one."""


@pytest.mark.parametrize(("mode", "issuer"), SCANS.values(), ids=SCANS)
def test_a_scan_is_as_strict(
    hub: RunningHub, city: Caller, issuers: Issuers, mode: str, issuer: IssuerName
) -> None:
    code = issuers[issuer].show(GREEN)
    with issuers[issuer].misbehaving(mode, GREEN):
        response = city.post(SCAN, scan_variables(code))
    answer = response.json()["data"]["verifyCode"]
    assert answer["color"] == "UNKNOWN"
    assert reasons(answer) & {"EVIDENCE_INVALID", "STALE"}
    assert hub.event_of("integrity_alarm", response.headers["x-request-id"])


def test_an_honest_answer_raises_no_alarm(hub: RunningHub, city: Caller) -> None:
    response = city.post(TRAVELER, request_of(fields(document_of(GREEN))))
    assert hub.event_of("integrity_alarm", response.headers["x-request-id"]) == []


@pytest.mark.parametrize("issuer", ALL)
def test_a_green_of_three_days_ago_is_no_green(
    city: Caller, issuers: Issuers, issuer: IssuerName
) -> None:
    with issuers[issuer].misbehaving("stale_state", GREEN):
        answer = city.persona(GREEN)
    assert answer["color"] == ("GREEN" if issuer is IssuerName.ZHENJIANG else "UNKNOWN")
    assert "STALE" in reasons(answer)


COLORS = {
    "green from the city, red from the province": ("city_green_province_red", "RED", "REFUSE"),
    "turned green today, red in the province yesterday": ("freshly_converted", "RED", "INSPECT"),
    "green in Jiangsu, orange nationally": ("national_orange", "RED", "REFUSE"),
    "green in one province, red in another": ("reports_differ", "RED", None),
    "red in the city alone": ("household_member", "RED", None),
    "yellow in the province alone": ("isolation_not_ended", "YELLOW", "INSPECT"),
    "a temperature": ("national_yellow", "YELLOW", "INSPECT"),
    "red everywhere": ("red_everywhere", "RED", "REFUSE"),
}


@pytest.mark.parametrize(("persona", "color", "decision"), COLORS.values(), ids=COLORS)
def test_the_most_restrictive_counts(
    city: Caller, persona: str, color: str, decision: str | None
) -> None:
    answer = city.persona(persona)
    assert answer["color"] == color
    assert decision is None or answer["decision"] == decision
    assert answer["decision"] != "ADMIT"


SILENCE = ("http_503", "http_500", "busy", "no_access", "truncated", "garbage_json")


@pytest.mark.parametrize("issuer", MANDATORY)
@pytest.mark.parametrize("mode", SILENCE)
def test_a_green_is_unknown_while_a_mandatory_issuer_is_silent(
    city: Caller, issuers: Issuers, issuer: IssuerName, mode: str
) -> None:
    with issuers[issuer].misbehaving(mode):
        answer = city.persona(GREEN)
    assert (answer["color"], answer["decision"]) == ("UNKNOWN", "INSPECT")
    assert "ISSUER_UNAVAILABLE" in reasons(answer)


@pytest.mark.parametrize("issuer", ALL)
def test_a_red_stays_red_whoever_is_silent(
    city: Caller, issuers: Issuers, issuer: IssuerName
) -> None:
    with issuers[issuer].misbehaving("http_503"):
        answer = city.persona("red_everywhere")
    assert (answer["color"], answer["decision"]) == ("RED", "REFUSE")


def test_a_code_that_ran_out_is_unknown(city: Caller, issuers: Issuers) -> None:
    answer = city.scan(issuers[IssuerName.ZHENJIANG].show("green_passport", expired=True))
    assert (answer["color"], "CODE_EXPIRED" in reasons(answer)) == ("UNKNOWN", True)


@pytest.mark.parametrize("issuer", ALL)
def test_a_scanned_red_speaks_for_its_holder(
    city: Caller, issuers: Issuers, issuer: IssuerName
) -> None:
    assert city.scan(issuers[issuer].show("red_everywhere"))["color"] == "RED"


def test_a_scanned_green_that_names_its_holder_passes_with_the_mandatory_issuers(
    city: Caller, issuers: Issuers
) -> None:
    assert city.scan(issuers[IssuerName.ZHENJIANG].show("green_passport"))["color"] == "GREEN"


@pytest.mark.parametrize("issuer", MANDATORY)
def test_a_scanned_green_that_names_nobody_passes_nobody(
    city: Caller, issuers: Issuers, issuer: IssuerName
) -> None:
    """The other mandatory issuer may know a red of the same person, and cannot be asked."""
    answer = city.scan(issuers[issuer].show("green_passport"))
    assert (answer["color"], answer["decision"]) == ("UNKNOWN", "INSPECT")
    assert "HOLDER_UNKNOWN" in reasons(answer)


@pytest.mark.parametrize("issuer", ALL)
def test_no_choice_of_code_passes_who_is_red_in_the_province(
    city: Caller, issuers: Issuers, issuer: IssuerName
) -> None:
    answer = city.scan(issuers[issuer].show("city_green_province_red"))
    assert answer["decision"] != "ADMIT"


NO_CODES = {
    "an empty text": ("", "CODE_UNREADABLE"),
    "a web address": ("http://127.0.0.1:1/scan?qrCode=" + "0" * 32, "CODE_UNREADABLE"),
    "half a code": ("GJM:0123", "CODE_UNREADABLE"),
    "a code with a space": ("GJM:" + "0" * 32 + " ", "CODE_UNREADABLE"),
    "full-width digits": ("GJM:" + "０" * 32, "CODE_UNREADABLE"),
    "a text of 2,048 characters": ("x" * 2_048, "CODE_UNREADABLE"),
    "a text of 2,049 characters": ("x" * 2_049, "CODE_TOO_LONG"),
}


@pytest.mark.parametrize(("text", "code"), NO_CODES.values(), ids=NO_CODES)
@pytest.mark.usefixtures("untouched")
def test_what_is_no_code_reaches_no_issuer(
    hub: RunningHub, city: Caller, text: str, code: str
) -> None:
    answer = city.post(SCAN, scan_variables(text))
    told = answer.json()["data"]["verifyCode"]
    assert (told["__typename"], told["code"]) == ("NotAnswered", code)
    assert refusals_of(hub.layout, answer.headers["x-request-id"]) == [("city-system", code)]


CHECKPOINT_MEMBERS = ("name", "position", "department", "verifierName", "verifierPhone")


@pytest.mark.parametrize("member", CHECKPOINT_MEMBERS)
def test_each_text_of_a_checkpoint_has_at_most_64_characters(
    city: Caller, issuers: Issuers, member: str
) -> None:
    code = issuers[IssuerName.SUKANGMA].show("green_everywhere")
    assert city.scan(code, **{member: "查" * 64})["__typename"] == "TravelerRecognition"
    before = issuers[IssuerName.SUKANGMA].calls()
    assert city.scan(code, **{member: "查" * 65})["code"] == "TEXT_TOO_LONG"
    assert issuers[IssuerName.SUKANGMA].calls() == before
