"""Each vector of passes and lists comes out as it is expected, and the file is what makes it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.keys.pass_vectors import FILE, made
from tests.keys.vectors import load
from tongxing.keys import base64url
from tongxing.keys.known_hub import KnownHub
from tongxing.keys.pass_check import GateKnowledge, judge_pass
from tongxing.keys.pass_refusal import PassFault, PassFaulty
from tongxing.keys.passes import PassStatus
from tongxing.keys.status_bits import compressed, expanded, octets_of, packed
from tongxing.keys.status_delta import take_delta
from tongxing.keys.status_list import StatusList, check_just_fetched, read_snapshot, take_snapshot
from tongxing.keys.suites import public_keys_from_jwk_set

VECTORS = json.loads(FILE.read_text("utf-8"))


def known_hub(case: dict[str, Any]) -> KnownHub:
    keys = public_keys_from_jwk_set(VECTORS["jwks"][case["jwks"]])
    read_at = moment(case.get("keys_read_at", case["at"]))
    return KnownHub(VECTORS["hub_id"], keys, read_at, frozenset(case["revoked"]))


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize("case", VECTORS["passes"], ids=lambda case: case["name"])
def test_a_pass_is_worth_what_its_vector_says(case: dict[str, Any]) -> None:
    hub = known_hub(case)
    states = [read_snapshot(text, hub) for text in case["lists"]]
    known = GateKnowledge(hub, {state.uri: state for state in states}, case["newest"])
    verdict = judge_pass(case["pass"], known, moment(case["at"]))
    expected = case["expected"]
    assert (verdict.fault, verdict.status) == (
        None if expected["fault"] is None else PassFault[expected["fault"]],
        None if expected["status"] is None else PassStatus[expected["status"]],
    )
    until = case["at"] if expected["until"] is None else expected["until"]
    assert verdict.until == moment(until)


def taken(case: dict[str, Any]) -> StatusList:
    hub, at = known_hub(case), moment(case["at"])
    known = None if case["known"] is None else read_snapshot(case["known"], hub)
    if known is not None and case["kind"] == "delta":
        return take_delta(case["text"], hub, known, at)
    state = take_snapshot(case["text"], case["uri"], hub, known, at)
    if case["just_fetched"]:
        check_just_fetched(state, at)
    return state


@pytest.mark.parametrize("case", VECTORS["lists"], ids=lambda case: case["name"])
def test_a_list_is_taken_or_refused_as_its_vector_says(case: dict[str, Any]) -> None:
    expected = case["expected"]
    if expected["fault"] is None:
        state = taken(case)
        assert (state.number, state.digest()) == (expected["number"], expected["digest"])
    else:
        with pytest.raises(PassFaulty) as error:
            taken(case)
        assert error.value.fault.value == expected["fault"]


def test_the_vectors_are_what_their_program_makes() -> None:
    assert made() == FILE.read_text("utf-8")


def test_every_fault_has_a_vector() -> None:
    cases = [*VECTORS["passes"], *VECTORS["lists"]]
    named = {case["expected"]["fault"] for case in cases} - {None}
    assert named == {fault.value for fault in PassFault}


def test_no_vector_has_a_green_beside_a_fault() -> None:
    beside = [each["expected"] for each in VECTORS["passes"] if each["expected"]["fault"]]
    assert all(expected["status"] != "GREEN" for expected in beside)


def test_the_published_encodings_come_out() -> None:
    for case in load("token-status-list/encoding.json")["cases"]:
        bits, lst = case["status_list"]["bits"], base64url.decode(case["status_list"]["lst"])
        if "bytes_hex" in case:
            octets = bytes.fromhex(case["bytes_hex"])
        else:
            values = {int(index): value for index, value in case["non_zero"].items()}
            octets = packed(case["entries"], values, bits=bits)
        entries = len(octets) * 8 // bits
        assert expanded(lst, octets=octets_of(entries, bits)) == octets, case["name"]
        assert expanded(compressed(octets), octets=len(octets)) == octets, case["name"]
