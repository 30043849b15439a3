"""The hosted checks call what a contributor calls, and nothing that only they have."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)
def test_each_step_is_a_target_or_the_whole_check(workflow: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = {f"make {name}" for name in re.findall(r"^([a-z]+):", makefile, re.MULTILINE)}
    steps = re.findall(r"run: (.+)", workflow.read_text("utf-8"))
    assert steps
    assert set(steps) <= {*targets, ".ci/run"}


def test_there_are_workflows() -> None:
    assert {file.stem for file in WORKFLOWS} == {"check", "newest"}
