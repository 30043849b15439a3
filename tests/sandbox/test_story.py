"""The story can fail: every difference is named, and the demo then does not report success."""

import io
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from rich.console import Console

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.sandbox.demo.counter_names import COUNTER_NAMES
from tongxing.sandbox.demo.expectations import Counted, Expectation, Observed, Recognized
from tongxing.sandbox.demo.looking_back import found_in_the_clear
from tongxing.sandbox.demo.playing import JsonStoryteller, TerminalStoryteller, play
from tongxing.sandbox.demo.stage import Stage
from tongxing.sandbox.demo.story import STORY, Step
from tongxing.sandbox.town.personas import PERSONAS

ANSWER: Mapping[str, Any] = {
    "__typename": "TravelerRecognition",
    "color": "GREEN",
    "decision": "ADMIT",
    "auditIndex": 7,
    "validUntil": "2020-03-05T12:00:00Z",
    "reasons": [{"code": "RULE", "text": {"zh": "放行", "en": "admitted"}}],
    "notAsked": [],
    "sources": [
        {
            "issuer": {"id": "zhenjiang", "name": {"zh": "镇江健康码"}},
            "outcome": "VERIFIED",
            "via": "LIVE",
            "codes": [{"issuingPlace": "321100", "color": "GREEN", "rawValue": "绿码"}],
        }
    ],
}
GREEN = Recognized("GREEN", "ADMIT")

FAULTS: dict[str, tuple[Expectation, Mapping[str, Any], list[str]]] = {
    "as expected": (GREEN, ANSWER, []),
    "another color": (GREEN, {**ANSWER, "color": "RED"}, ["color is RED, not GREEN"]),
    "another decision": (
        GREEN,
        {**ANSWER, "decision": "INSPECT"},
        ["decision is INSPECT, not ADMIT"],
    ),
    "a reason missing": (
        Recognized("GREEN", "ADMIT", reasons=frozenset({"CONFLICT"})),
        ANSWER,
        ["no reason CONFLICT"],
    ),
    "another outcome": (
        Recognized("GREEN", "ADMIT", sources={"zhenjiang": "STALE"}),
        ANSWER,
        ["zhenjiang is VERIFIED, not STALE"],
    ),
    "an issuer that was not asked": (
        Recognized("GREEN", "ADMIT", sources={"anhui": "VERIFIED"}),
        ANSWER,
        ["anhui is None, not VERIFIED"],
    ),
    "too late": (
        Recognized("GREEN", "ADMIT", within_seconds=1.0),
        ANSWER,
        ["it took 2.00 s"],
    ),
    "no recognition": (
        GREEN,
        {"__typename": "NotAnswered"},
        ["the answer is a NotAnswered"],
    ),
    "another number": (Counted({"asked": 2}), {"asked": 1}, ["asked is 1, not 2"]),
    "a number missing": (Counted({"asked": 2}), {}, ["asked is None, not 2"]),
}


@pytest.mark.parametrize(("expected", "answer", "faults"), FAULTS.values(), ids=FAULTS)
def test_an_expectation_names(
    expected: Expectation, answer: Mapping[str, Any], faults: list[str]
) -> None:
    assert expected.faults(Observed(answer, 2.0)) == faults


def _unplayable(_stage: Stage) -> Observed:
    raise CommandFailed("the hub does not answer")


def _step(name: str, answer: Mapping[str, Any]) -> Step:
    return Step(name, "一步", "a step", lambda _stage: Observed(answer, 0.0), GREEN)


WELL = _step("well", ANSWER)
OTHERWISE = _step("otherwise", {**ANSWER, "color": "RED"})
BROKEN = Step("broken", "断了", "broken", _unplayable, GREEN)

STORIES = {
    "a story that comes out": ([WELL], True),
    "one step that comes out otherwise": ([WELL, OTHERWISE, WELL], False),
    "a step that cannot be played": ([BROKEN, WELL], False),
}


@pytest.mark.parametrize(("story", "came_out"), STORIES.values(), ids=STORIES)
def test_it_is_told_as_json(story: list[Step], *, came_out: bool) -> None:
    out = io.StringIO()
    assert play(story, _no_stage(), JsonStoryteller(Console(file=out))) is came_out
    report = json.loads(out.getvalue())
    assert report["ok"] is came_out
    assert [step["name"] for step in report["steps"]] == [step.name for step in story]
    assert all(step["ok"] == ("faults" not in step) for step in report["steps"])


def test_it_is_told_on_a_terminal_with_every_fault() -> None:
    out = io.StringIO()
    play([WELL, OTHERWISE, BROKEN], _no_stage(), TerminalStoryteller(Console(file=out)))
    told = out.getvalue()
    assert "color is RED, not GREEN" in told
    assert "CommandFailed: the hub does not answer" in told
    assert "1/3 步符合预期" in told


def _no_stage() -> Stage:
    """These steps ask nothing, so they need none."""
    return object.__new__(Stage)


def test_every_step_has_a_name_of_its_own_and_both_languages() -> None:
    assert len({step.name for step in STORY}) == len(STORY)
    assert all(re.search(r"[\u4e00-\u9fff]", step.zh) for step in STORY)
    assert not any(re.search(r"[\u4e00-\u9fff]", step.en) for step in STORY)


@pytest.mark.parametrize("persona", ["green_everywhere", "green_passport", "green_taiwan"])
def test_a_number_or_a_name_in_the_database_is_found(persona: str) -> None:
    document = PERSONAS[persona].document
    for text in (document.number, document.name):
        assert found_in_the_clear(b"\x00id" + text.encode() + b"\xff{}", [document]) == 1
    assert found_in_the_clear(document.number[:-1].encode() * 9, [document]) == 0


def test_what_the_story_counts_has_a_name_in_chinese() -> None:
    counted = [step.expected.numbers for step in STORY if isinstance(step.expected, Counted)]
    assert {name for numbers in counted for name in numbers} <= set(COUNTER_NAMES)
