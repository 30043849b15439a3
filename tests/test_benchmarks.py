"""The benchmarks find their programs. They measure nothing here."""

import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

pytestmark = pytest.mark.processes

ONE_QUESTION = """
from benchmarks.stage import stage
with stage() as running:
    assert running.city.ask("{ __typename }", {}) == {"__typename": "Query"}
    assert {"hub", "peer", "ceiling"} < set(running.programs)
    assert running.calls() == 0
"""


def test_hub_peer_and_ceiling_start_and_the_hub_answers() -> None:
    """In a process of its own: the stage takes each of its children for one of its programs."""
    ran = subprocess.run(
        [sys.executable, "-c", ONE_QUESTION], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
