"""A gate in Python comes to what the vectors of passes and lists say (docs/passes.md)."""

import json
from dataclasses import replace
from math import nan
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tongxing_client import read_jwks
from tongxing_client.gate import (
    GateKnowledge,
    KnownHub,
    PassFault,
    PassFaulty,
    PassStatus,
    StatusList,
    check_just_fetched,
    judge_pass,
    take_delta,
    take_snapshot,
)
from tongxing_client.gate.status_lists import read_snapshot

VECTORS = json.loads((ROOT / "tests" / "keys" / "pass_vectors.json").read_text("utf-8"))


def known_hub(case: dict[str, Any]) -> KnownHub:
    keys = read_jwks(json.dumps(VECTORS["jwks"][case["jwks"]]).encode())
    read_at = case.get("keys_read_at", case["at"])
    return KnownHub(VECTORS["hub_id"], keys, read_at, frozenset(case["revoked"]))


@pytest.mark.parametrize("case", VECTORS["passes"], ids=lambda case: case["name"])
def test_a_pass_is_worth_what_its_vector_says(case: dict[str, Any]) -> None:
    hub, expected = known_hub(case), case["expected"]
    states = [read_snapshot(text, hub) for text in case["lists"]]
    known = GateKnowledge(hub, {state.uri: state for state in states}, case["newest"])
    verdict = judge_pass(case["pass"], known, case["at"])
    status = None if expected["status"] is None else PassStatus[expected["status"]]
    assert (verdict.fault, verdict.status) == (expected["fault"], status)
    assert verdict.opens is (expected["status"] == "GREEN")
    assert verdict.until == (case["at"] if expected["until"] is None else expected["until"])
    assert verdict.claims is None or verdict.claims.tail not in repr(verdict)


GREENS = [case for case in VECTORS["passes"] if case["expected"]["status"] == "GREEN"]


@pytest.mark.parametrize("lost", ["at", "read_at"])
@pytest.mark.parametrize("case", GREENS, ids=lambda case: case["name"])
def test_a_time_that_was_lost_opens_nothing(case: dict[str, Any], lost: str) -> None:
    hub = known_hub(case)
    lists = {state.uri: state for text in case["lists"] if (state := read_snapshot(text, hub))}
    if lost == "read_at":
        hub = replace(hub, read_at=nan)
    known = GateKnowledge(hub, lists, case["newest"])
    verdict = judge_pass(case["pass"], known, nan if lost == "at" else case["at"])
    assert not verdict.opens


def taken(case: dict[str, Any]) -> StatusList:
    hub, at = known_hub(case), case["at"]
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
        with pytest.raises(PassFaulty) as faulty:
            taken(case)
        assert faulty.value.fault == expected["fault"]


def test_the_faults_are_those_of_the_vectors() -> None:
    cases = [*VECTORS["passes"], *VECTORS["lists"]]
    assert {case["expected"]["fault"] for case in cases} - {None} == set(PassFault)
