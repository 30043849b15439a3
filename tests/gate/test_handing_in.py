"""What a gate decided by itself: sealed on its disk, and handed in once each."""

from pathlib import Path
from typing import Any

import pytest

from tests.gate.scripted_hub import Rig
from tests.keys.pass_vectors import GOOD, HUB_ID, KEY, claims
from tongxing.gateway.gate.asked_hub import GateStopped, HubBusy, HubUnreachable, StopCode
from tongxing.gateway.gate.gate_memory import GateMemory
from tongxing.gateway.gate.handing_in import AT_ONCE
from tongxing.gateway.gate.kept_decisions import KeptState
from tongxing.keys.passes import sign_pass

RED = sign_pass(KEY, claims(idx=1))


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """It has verified a green and a red without a network."""
    made = Rig(tmp_path / "state")
    made.look()
    made.cut()
    for text in (GOOD, RED):
        made.said(text)
    return made


def test_a_decision_says_what_it_rests_on(rig: Rig) -> None:
    rig.hub.fault = None
    rig.pass_time(15)
    assert rig.look()
    told = {each["passText"]: each for each in rig.hub.handed_in()}
    green, red = told[GOOD], told[RED]
    assert (green["shownStatus"], green["fault"], green["listState"]) == ("GREEN", None, 7)
    assert (red["shownStatus"], red["fault"], red["destination"]) == ("RED", None, None)
    assert green["decidedAt"] == "2020-03-06T08:02:00+00:00"
    (asked,) = [it for question, it in rig.hub.asked if question == "gate_decisions"]
    assert asked["input"]["region"] == "321100"
    assert asked["input"]["handedInAt"] == "2020-03-06T08:02:15+00:00"


def test_each_is_handed_in_once_and_then_gone(rig: Rig, tmp_path: Path) -> None:
    assert rig.said("a code")["gate"]["waiting"] == 2
    rig.hub.fault = None
    rig.look()
    rig.look()
    assert len(rig.hub.handed_in()) == 2
    assert rig.kept.waiting == 0
    assert list((tmp_path / "state" / "decisions").iterdir()) == []


FAILURES = {
    "the network fails": HubUnreachable(),
    "the hub is busy": HubBusy(),
    "the client may not hand in": GateStopped(StopCode.CLIENT_FORBIDDEN),
    "what answers is no hub": {"recordOfflineDecisions": 7},
    "nothing is said of them": {"recordOfflineDecisions": []},
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_what_was_not_answered_is_handed_in_again_as_it_was(rig: Rig, failure: Any) -> None:
    rig.hub.fault = None
    rig.hub.answers["gate_decisions"] = failure
    rig.look()
    assert rig.kept.waiting == 2
    first = rig.hub.handed_in()
    rig.hub.answers["gate_decisions"] = None
    rig.look()
    assert rig.kept.waiting == 0
    assert rig.hub.handed_in() == first * 2


def test_a_client_that_may_not_hand_in_verifies_on(rig: Rig) -> None:
    rig.hub.fault = None
    rig.hub.answers["gate_decisions"] = GateStopped(StopCode.CLIENT_FORBIDDEN)
    assert rig.look()
    rig.cut()
    assert rig.lamp(GOOD) == ("GREEN", None)


def test_whatever_the_hub_says_of_one_is_final(rig: Rig) -> None:
    rig.hub.fault = None

    def refused() -> Any:
        ids = [each["id"] for each in rig.hub.handed_in()]
        outcomes = [{"decisionId": each, "outcome": "HANDED_IN_BY_ANOTHER"} for each in ids]
        return {
            "recordOfflineDecisions": [*outcomes, {"decisionId": "../known", "outcome": "RECORDED"}]
        }

    rig.hub.answers["gate_decisions"] = refused
    rig.look()
    assert rig.kept.waiting == 0
    assert rig.kept.memory(HUB_ID).lists


def test_many_are_handed_in_piece_by_piece(rig: Rig) -> None:
    for _ in range(AT_ONCE):
        rig.said(GOOD)
    rig.hub.fault = None
    rig.look()
    sizes = [len(it["input"]["decisions"]) for q, it in rig.hub.asked if q == "gate_decisions"]
    assert sizes == [AT_ONCE, 2]
    assert len({each["id"] for each in rig.hub.handed_in()}) == AT_ONCE + 2


def test_a_start_later_hands_in_what_is_left(rig: Rig, tmp_path: Path) -> None:
    rig.hub.fault = None
    again = Rig(tmp_path / "state", rig.hub, rig.at)
    assert again.kept.waiting == 2
    again.look()
    assert {each["passText"] for each in rig.hub.handed_in()} == {GOOD, RED}


def test_nothing_lies_on_the_disk_in_plain_form(rig: Rig, tmp_path: Path) -> None:
    files = [file for file in (tmp_path / "state").rglob("*") if file.is_file()]
    kept = b"".join(file.read_bytes() for file in files)
    payload = GOOD.split(".")[1]
    for each in (GOOD, payload, "李*红", "002X", "321100", HUB_ID, "passText"):
        assert each.encode() not in kept
    assert len(files) == 5
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    directories = [tmp_path / "state", tmp_path / "state" / "decisions"]
    assert {each.stat().st_mode & 0o777 for each in directories} == {0o700}


def test_another_client_reads_nothing_of_it(rig: Rig, tmp_path: Path) -> None:
    other = KeptState(tmp_path / "state", "gate-2")
    assert other.memory(HUB_ID) == GateMemory(hub_id=HUB_ID)
    assert list(other.decisions()) == []
    assert other.waiting == 2
    assert rig.kept.memory("another hub") == GateMemory(hub_id="another hub")


def test_every_bit_that_turns_on_the_disk_is_found(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "state" / "known.sealed"
    whole = file.read_bytes()
    for place in range(0, len(whole), 97):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert rig.kept.memory(HUB_ID) == GateMemory(hub_id=HUB_ID)
    file.write_bytes(whole)
    assert rig.kept.memory(HUB_ID) == rig.held.now


def test_what_another_version_kept_is_fetched_anew(rig: Rig, tmp_path: Path) -> None:
    state = tmp_path / "state"
    for octets in (b"{}", b"[]", b"7", b"{", b'{"policy": {"a": 1}}'):
        rig.kept._write(state / "known.sealed", octets)
        assert rig.kept.memory(HUB_ID) == GateMemory(hub_id=HUB_ID)
