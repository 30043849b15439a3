"""The guard of the mark ``processes`` stops what it is there to stop."""

import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.process_marks import MARK, STARTERS, NotMarked, pytest_collection_modifyitems

COMMAND = [sys.executable, "-c", "pass"]


def test_a_test_without_the_mark_starts_no_process() -> None:
    with pytest.raises(NotMarked):
        subprocess.run(COMMAND, check=True)


def test_it_asks_no_fork_server_either() -> None:
    with socket.socket(socket.AF_UNIX) as asking, pytest.raises(NotMarked):
        asking.connect("/nowhere")


@pytest.mark.processes
def test_a_test_with_the_mark_does() -> None:
    subprocess.run(COMMAND, check=True)


@pytest.mark.parametrize(
    ("fixtures", "marks"), [(sorted(STARTERS)[:1], [MARK]), (["tmp_path"], [])], ids=["one", "none"]
)
def test_the_mark_follows_from_the_fixtures(fixtures: list[str], marks: list[str]) -> None:
    given: list[str] = []
    item = SimpleNamespace(fixturenames=fixtures, add_marker=given.append)
    pytest_collection_modifyitems([item])  # type: ignore[list-item]
    assert given == marks
