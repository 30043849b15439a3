"""Schemathesis makes up questions of the SDL, and finds no answer that the SDL did not announce."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.callers import CITY, COORDINATOR, calling
from tests.acceptance.hubs import RunningHub
from tests.interop.python_tools import program

ROOT = Path(__file__).parents[2]
HOOKS = ROOT / "docs" / "schemathesis_hooks.py"
SCHEMA = ROOT / "schema" / "schema.graphql"
ALL = "INTEROP" in os.environ
EXAMPLES = 50 if ALL else 2
"""For each field of the root."""

pytestmark = [pytest.mark.processes, pytest.mark.row("questions by Schemathesis", "schemathesis")]


def asked(hub: RunningHub, client: str, hooks: Path, folder: Path) -> tuple[int, str]:
    with calling(hub, client) as caller:
        token = caller.token()
    run = subprocess.run(
        [
            program("schemathesis"),
            "run",
            SCHEMA,
            f"--url={hub.url}/graphql",
            f"--header=Authorization: Bearer {token}",
            f"--max-examples={EXAMPLES}",
            "--phases=fuzzing",
            "--continue-on-failure",
            "--generation-deterministic",
            "--no-color",
        ],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(hooks)},
    )
    return run.returncode, run.stdout + run.stderr


@pytest.mark.parametrize("client", [CITY, COORDINATOR] if ALL else [CITY])
def test_no_answer_is_a_failure(hub: RunningHub, client: str, tmp_path: Path) -> None:
    status, said = asked(hub, client, HOOKS, tmp_path)
    assert status == 0, said


def test_a_code_that_the_hooks_do_not_know_is_a_failure(hub: RunningHub, tmp_path: Path) -> None:
    """The check of the check."""
    stricter = tmp_path / "hooks.py"
    hooks = HOOKS.read_text("utf-8")
    stricter.write_text(hooks.replace("EXPECTED = RIGHTS |", "EXPECTED ="), "utf-8")
    status, said = asked(hub, CITY, stricter, tmp_path)
    assert status == 1, said
    assert "FORBIDDEN_SCOPE" in said
