"""The demo as its visitor runs it: real processes, one story, nothing left behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tongxing.sandbox.commands.sandbox import three_queries
from tongxing.sandbox.demo.stage import Theater
from tongxing.sandbox.demo.story import STORY

pytestmark = pytest.mark.processes

PATIENCE_SECONDS = 120


def _demo(directory: Path, *options: str) -> "subprocess.Popen[str]":
    """Its temporary files go to ``directory``, so that leftovers can be seen."""
    return subprocess.Popen(
        [sys.executable, "-m", "tongxing.gateway.cli", "demo", *options],
        env=os.environ | {"TMPDIR": str(directory)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _processes_of(directory: Path) -> Sequence[str]:
    """The command lines that contain ``directory``, as those of the issuers and the hub do."""
    lines = [_command_line(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [line for line in lines if str(directory) in line]


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def test_every_step_comes_out_as_one_json_object(tmp_path: Path) -> None:
    with _demo(tmp_path, "--json") as playing:
        out, err = playing.communicate(timeout=PATIENCE_SECONDS)
    report: dict[str, Any] = json.loads(out)
    assert [step for step in report["steps"] if not step["ok"]] == []
    assert [step["name"] for step in report["steps"]] == [step.name for step in STORY]
    assert {frozenset(s) for s in report["steps"]} == {
        frozenset({"name", "ok", "expected", "recognition"})
    }
    assert (report["ok"], playing.returncode, err) == (True, 0, "")
    assert _processes_of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_is_told_to_end_takes_everything_down(tmp_path: Path) -> None:
    with _demo(tmp_path, "--once") as playing:
        assert playing.stdout is not None
        playing.stdout.readline()
        assert len(_processes_of(tmp_path)) == 4
        playing.send_signal(signal.SIGTERM)
        playing.communicate(timeout=PATIENCE_SECONDS)
    assert playing.returncode != 0
    assert _processes_of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("query", three_queries(), ids=["a green", "a conversion", "issuers"])
def test_the_queries_of_the_guide_work(sandbox: Theater, query: str) -> None:
    (answer,) = sandbox.stage.city.ask(query, {}).values()
    assert answer
