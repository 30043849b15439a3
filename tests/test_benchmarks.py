"""The benchmarks find their programs, and say in one form what they measured and what they did
not. They measure nothing here."""

import json
import subprocess
import sys

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks.goals import BY_NAME, GOALS, GROUPS, HOT_PEERS, Goal, wanted
from benchmarks.measures import cold, hot
from benchmarks.measures.apart import PROGRAMS
from benchmarks.measures.later import MISSING, later
from benchmarks.page import PAGE, with_results
from benchmarks.peers.table import PEERS, Peer
from benchmarks.questions import TRAVELER_WITH_PROOF
from benchmarks.results import RESULTS, written
from benchmarks.rows import Row, not_measured
from benchmarks.table import table
from tests.architecture.source import ROOT
from tongxing.gateway.cli.operations import TRAVELER

ONE_QUESTION = """
from benchmarks.stage import stage
with stage() as running:
    assert running.city.ask("{ __typename }", {}) == {"__typename": "Query"}
    assert {"hub", "ceiling", "replaying"} < set(running.programs)
    assert running.calls() == 4  # what is repeated was asked once
"""

HARD_TO_PLEASE = """
import json
from benchmarks.load import post
from benchmarks.measure import ask_once
from benchmarks.peers.table import PEERS
from benchmarks.stage import stage
from tongxing.sandbox.demo.stage import document_fields
from tongxing.sandbox.town.personas import PERSONAS

peer = PEERS["mercurius-duties"]
with stage(hot_peers=[peer.name]) as running:
    url, token = running.servers[peer.name].url, running.city.token()

    def ask(persona, token):
        variables = peer.variables(document_fields(PERSONAS[persona].document))
        body = json.dumps({"query": peer.query, "variables": variables}).encode()
        return ask_once(url, post(url, token, body))[1].decode()

    assert '"receipt":"ey' in ask("green_everywhere", token)
    assert ask("green_everywhere", token[:-8] + "AAAAAAAA") == ""
    for persona in ("forged", "another_holder", "wrong_binding", "retired_key", "replayed"):
        assert "BAD_SIGNATURE" in ask(persona, token), persona
"""

ON_STAGES_OF_THEIR_OWN = {*PROGRAMS, "instructions", "manifest"}
AT_LEAST = Goal("fast", "speed", "how fast", "×", 2.0)
AT_MOST = Goal("small", "size", "how small", "B", 300.0, at_most=True)
SHOWN_ONLY = Goal("seen", "sight", "how it looks", "×")


@pytest.mark.processes
def test_hub_and_the_servers_beside_it_start_and_the_hub_answers() -> None:
    """In a process of its own: the stage takes each of its children for one of its programs."""
    ran = subprocess.run(
        [sys.executable, "-c", ONE_QUESTION], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.processes
def test_the_peer_with_the_same_duties_has_them() -> None:
    missing = PEERS["mercurius-duties"].missing()
    if missing is not None:
        pytest.skip(f"the peers are not installed: {missing}")
    ran = subprocess.run(
        [sys.executable, "-c", HARD_TO_PLEASE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_name_means_one_row_or_one_group() -> None:
    assert len(BY_NAME) == len(GOALS)
    for name in set(BY_NAME) & set(GROUPS):
        assert [goal.name for goal in GOALS if goal.group == name] == [name]


def test_every_group_is_measured_or_says_what_is_missing() -> None:
    measured = {*benchmarks.TOGETHER, *ON_STAGES_OF_THEIR_OWN}
    assert set(GROUPS) == measured | set(MISSING)
    assert not measured & set(MISSING)


def test_a_row_is_found_by_its_name_and_by_its_group() -> None:
    assert [goal.name for goal in wanted(["hot-p99"])] == ["hot-p99"]
    assert {goal.group for goal in wanted(["cold"])} == {"cold"}
    assert wanted([]) == list(GOALS)


def test_a_name_that_is_no_row_is_refused() -> None:
    with pytest.raises(KeyError, match="warm"):
        wanted(["hot", "warm"])


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        pytest.param(AT_LEAST, 2.0, True, id="what is reached exactly is met"),
        pytest.param(AT_LEAST, 1.9, False, id="less than at least is not met"),
        pytest.param(AT_MOST, 300.0, True, id="exactly at most is met"),
        pytest.param(AT_MOST, 301.0, False, id="more than at most is not met"),
        pytest.param(SHOWN_ONLY, 5.0, None, id="without a goal nothing is met or missed"),
    ],
)
def test_a_goal_is_met(goal: Goal, value: float, met: bool | None) -> None:  # noqa: FBT001 - a case
    assert Row(goal, value).met is met


def test_results_have_one_form() -> None:
    rows = [Row(AT_LEAST, 2.34567, {"hub_us": 1.0}), not_measured(AT_MOST, "no log")]
    content = json.loads(written(rows, {"commit": "abc"}, 5))
    assert content["commit"] == "abc"
    assert content["rows"] == [
        {
            "name": "fast",
            "what": "how fast",
            "goal": "≥ 2",
            "value": 2.346,
            "unit": "×",
            "met": True,
            "parts": {"hub_us": 1.0},
            "command": 'make bench ARGS="fast"',
        },
        {
            "name": "small",
            "what": "how small",
            "goal": "≤ 300",
            "value": None,
            "unit": "B",
            "met": None,
            "parts": {},
            "command": 'make bench ARGS="small"',
            "reason": "no log",
        },
    ]


def test_the_table_says_why_a_row_was_not_measured() -> None:
    assert "not measured: no log" in table([not_measured(AT_MOST, "no log")])


def test_what_the_hub_does_not_have_yet_is_said_and_has_no_number() -> None:
    rows = later([goal for goal in GOALS if goal.group in MISSING])
    assert rows
    assert all(row.value is None and row.met is None and row.reason for row in rows)


def test_a_peer_that_is_not_there_is_not_measured() -> None:
    absent = Peer("absent", "nobody has it", ["nowhere"], lambda _: [])
    assert absent.missing() == "make peers has not been run"


def test_the_two_questions_of_a_hot_row_differ_in_what_they_ask_for() -> None:
    assert "receipt" in TRAVELER
    assert "proof" not in TRAVELER
    assert "proof" in TRAVELER_WITH_PROOF
    assert "receipt" not in TRAVELER_WITH_PROOF


def test_every_peer_of_a_row_is_in_the_table_of_peers() -> None:
    named = {*hot.peers_of(GOALS), *cold.peers_of(GOALS)}
    assert set(HOT_PEERS) <= named <= set(PEERS)


def test_the_results_that_were_handed_in_have_every_row() -> None:
    content = json.loads(RESULTS.read_text("utf-8"))
    assert [row["name"] for row in content["rows"]] == [goal.name for goal in GOALS]
    assert content["commit"]
    assert {"machine", "sqlite", "rounds", "measured_at"} < set(content)
    for row in content["rows"]:
        assert (row["value"] is None) == ("reason" in row), row["name"]
        assert row["value"] is not None or row["met"] is None, row["name"]


def test_the_page_shows_the_results_that_were_handed_in() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_results(page, RESULTS.read_text("utf-8"))
