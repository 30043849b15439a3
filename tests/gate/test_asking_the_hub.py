"""A gate with a network shows what the hub says; without an answer in time, what is known, or the
procedure by hand."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.gate.scripted_hub import Rig, checked, instant, recognized
from tests.keys.pass_vectors import GOOD, KEY, T, claims
from tongxing.gateway.gate.asked_hub import (
    GateStopped,
    HubBusy,
    HubUnreachable,
    QuestionRefused,
    StopCode,
)
from tongxing.gateway.gate.code_lines import LineFault
from tongxing.keys.passes import sign_pass

CODE = "an issuer's code"
REVOKED, FORBIDDEN = (
    GateStopped(code) for code in (StopCode.CLIENT_REVOKED, StopCode.CLIENT_FORBIDDEN)
)
REFUSAL = {
    "__typename": "Refusal",
    "code": "CODE_NOT_GENUINE",
    "text": {"zh": "不是健康码", "en": "no code"},
}


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    made = Rig(tmp_path / "state")
    assert made.look()
    return made


CODES: dict[str, tuple[Any, str, str, str | None]] = {
    "green and admitted": (recognized("GREEN", "ADMIT"), "GREEN", "ADMIT", None),
    "green and inspected": (recognized("GREEN", "INSPECT"), "YELLOW", "INSPECT", None),
    "green and refused": (recognized("GREEN", "REFUSE"), "RED", "REFUSE", None),
    "yellow and admitted": (recognized("YELLOW", "ADMIT"), "YELLOW", "ADMIT", None),
    "yellow": (recognized("YELLOW", "INSPECT"), "YELLOW", "INSPECT", None),
    "red": (recognized("RED", "REFUSE"), "RED", "REFUSE", None),
    "unknown": (recognized("UNKNOWN", "INSPECT"), "UNKNOWN", "INSPECT", None),
    "unknown and refused": (recognized("UNKNOWN", "REFUSE"), "RED", "REFUSE", None),
    "a color of a later hub": (
        recognized("BLUE", "ADMIT"),
        "UNKNOWN",
        "UNKNOWN",
        "HUB_ANSWER_UNKNOWN",
    ),
    "a decision of a later hub": (
        recognized("GREEN", "MAYBE"),
        "UNKNOWN",
        "UNKNOWN",
        "HUB_ANSWER_UNKNOWN",
    ),
    "an answer that is over": (
        recognized("GREEN", "ADMIT", validUntil=instant(T)),
        "UNKNOWN",
        "UNKNOWN",
        "HUB_ANSWER_OVER",
    ),
    "a refusal": ({"verifyCode": REFUSAL}, "UNKNOWN", "UNKNOWN", "CODE_NOT_GENUINE"),
    "nothing": ({"verifyCode": None}, "UNKNOWN", "UNKNOWN", "HUB_ANSWER_UNKNOWN"),
    "something else": ({}, "UNKNOWN", "UNKNOWN", "HUB_ANSWER_UNKNOWN"),
    "that it is busy": (HubBusy(), "UNKNOWN", "UNKNOWN", "HUB_BUSY"),
    "that it never takes this": (QuestionRefused(), "UNKNOWN", "UNKNOWN", "QUESTION_REFUSED"),
    "no word": (HubUnreachable(), "UNKNOWN", "UNKNOWN", "OFFLINE"),
    "that the client is revoked": (REVOKED, "UNKNOWN", "UNKNOWN", "CLIENT_REVOKED"),
    "that it may not ask this": (FORBIDDEN, "UNKNOWN", "UNKNOWN", "CLIENT_FORBIDDEN"),
}


@pytest.mark.parametrize(("answer", "lamp", "decision", "code"), CODES.values(), ids=CODES)
def test_of_a_code_the_gate_shows_what_the_hub_says(
    rig: Rig, answer: Any, lamp: str, decision: str, code: str | None
) -> None:
    rig.hub.answers["gate_scan"] = answer
    said = rig.said(CODE)
    assert (said["lamp"], said["decision"], said["code"]) == (lamp, decision, code)
    assert said["holder"] is None
    assert "a receipt" not in str(said)


PASSES: dict[str, tuple[Any, str, str | None, str]] = {
    "green": (checked(), "GREEN", None, "HUB"),
    "red, though the list says green": (checked("RED"), "RED", None, "HUB"),
    "yellow": (checked("YELLOW"), "YELLOW", None, "HUB"),
    "withdrawn": (checked("WITHDRAWN"), "RED", "WITHDRAWN", "HUB"),
    "green elsewhere": (checked(receivingRegion="330100"), "UNKNOWN", "PASS_ELSEWHERE", "HUB"),
    "green for another purpose": (checked(purpose="WORK"), "UNKNOWN", "PASS_ELSEWHERE", "HUB"),
    "red elsewhere": (checked("RED", purpose="WORK"), "RED", "PASS_ELSEWHERE", "HUB"),
    "green until a moment ago": (
        checked(validUntil=instant(T)),
        "UNKNOWN",
        "HUB_ANSWER_OVER",
        "HUB",
    ),
    "no pass of its own": (
        {"verifyPass": REFUSAL | {"code": "PASS_EXPIRED"}},
        "UNKNOWN",
        "PASS_EXPIRED",
        "",
    ),
    "that it is busy": (HubBusy(), "GREEN", None, "PASS"),
    "no word": (HubUnreachable(), "GREEN", None, "PASS"),
    "a status of a later hub": (checked("BLUE"), "GREEN", None, "PASS"),
    "that the client is revoked": (REVOKED, "UNKNOWN", "CLIENT_REVOKED", ""),
}


@pytest.mark.parametrize(("answer", "lamp", "code", "source"), PASSES.values(), ids=PASSES)
def test_of_a_pass_the_hub_knows_more_than_the_list(
    rig: Rig, answer: Any, lamp: str, code: str | None, source: str
) -> None:
    rig.hub.answers["gate_pass"] = answer
    said = rig.said(GOOD)
    assert (said["lamp"], said["code"], said["source"] or "") == (lamp, code, source)
    assert rig.kept.waiting == (1 if source == "PASS" else 0)


@pytest.mark.parametrize("stopped", [REVOKED, FORBIDDEN], ids=["revoked", "forbidden"])
def test_who_is_not_served_any_more_stays_so_without_a_network(
    rig: Rig, tmp_path: Path, stopped: GateStopped
) -> None:
    rig.hub.answers["gate_pass"] = stopped
    rig.said(GOOD)
    rig.cut()
    assert rig.lamp(GOOD) == ("UNKNOWN", stopped.code.value)
    again = Rig(tmp_path / "state", rig.hub, rig.at)
    again.cut()
    assert again.lamp(GOOD) == ("UNKNOWN", stopped.code.value)
    rig.hub.fault = None
    rig.hub.answers["gate_pass"] = checked()
    assert rig.look()
    assert rig.lamp(GOOD) == ("GREEN", None)
    assert rig.said(GOOD)["gate"]["stopped"] is None


def test_a_revocation_is_heard_by_looking_alone(rig: Rig) -> None:
    rig.hub.fault = REVOKED
    rig.pass_time(301)
    rig.look()
    rig.hub.fault = HubUnreachable()
    assert rig.lamp(GOOD) == ("UNKNOWN", "CLIENT_REVOKED")


def test_a_slow_hub_is_not_waited_for_and_its_late_answer_is_dropped(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "state", within_seconds=0.05)
    rig.look()
    answered = Event()

    def late() -> Any:
        answered.wait(60)
        return checked("RED")

    rig.hub.answers |= {"gate_pass": late, "gate_scan": recognized("GREEN", "ADMIT")}
    assert rig.said(GOOD)["source"] == "PASS"
    assert rig.said(GOOD)["source"] == "PASS"
    assert [question for question, _ in rig.hub.asked].count("gate_pass") == 1
    assert rig.lamp(CODE) == ("UNKNOWN", "OFFLINE")
    answered.set()


def test_a_hub_that_is_down_costs_no_code_its_answer(rig: Rig) -> None:
    rig.cut()
    rig.hub.fault = AssertionError("asked while it was known to be down")
    assert rig.lamp(GOOD) == ("GREEN", None)
    assert rig.lamp(CODE) == ("UNKNOWN", "OFFLINE")


def test_the_hub_is_asked_again_once_it_is_back(rig: Rig) -> None:
    rig.cut()
    rig.hub.fault = None
    rig.hub.answers["gate_scan"] = recognized("GREEN", "ADMIT")
    assert rig.lamp(CODE) == ("UNKNOWN", "OFFLINE")
    assert rig.look()
    assert rig.lamp(CODE) == ("GREEN", None)


FAULTS = dict(zip(map(str, LineFault), LineFault, strict=True))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_line_that_is_no_code_gets_a_line_too(rig: Rig, fault: LineFault) -> None:
    said = rig.said(fault)
    assert (said["lamp"], said["code"], said["number"]) == ("UNKNOWN", fault.value, 1)
    assert rig.said(fault)["number"] == 2


def test_a_text_that_only_looks_like_a_pass_is_refused_as_one(rig: Rig) -> None:
    rig.cut()
    assert rig.lamp("eyJx.a.b") == ("UNKNOWN", "PASS_MALFORMED")
    assert rig.lamp(sign_pass(KEY, claims()) + "A" * 600) == ("UNKNOWN", "OFFLINE")
