"""The help of every command is what the golden file shows, in Chinese and in English.

``python -m tests.cli.test_help`` writes the file anew.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongxing.gateway.cli import main
from tongxing.gateway.cli.main import application, run

GOLDEN = Path(__file__).parent / "golden" / "help.txt"
GROUPS = {
    "": "demo init serve sandbox five-days query explain recognize verify gate sdl backup "
    "restore new-issuer doctor conformance hub client coordinator trust audit document dialect "
    "policy",
    "hub": "learn feeds holders keys",
    "hub feeds": "list begin-again",
    "hub holders": "list new rotate",
    "hub keys": "new use retire revoke",
    "client": "add enroll list update rotate end-key grant revoke resume token",
    "coordinator": "add bind link",
    "trust": "show verify publish root",
    "trust root": "key init propose diff sign verify show publish",
    "audit": "show verify export match report hand-over",
    "document": "register list withdraw",
    "dialect": "check publish schema",
    "policy": "check test diff preview key sign publish schema",
}
COMMANDS: list[list[str]] = [[]] + [
    [*group.split(), name] for group in GROUPS for name in GROUPS[group].split()
]


def _help() -> Iterator[str]:
    for command in COMMANDS:
        shown = CliRunner(env={"COLUMNS": "80"}).invoke(application(command), [*command, "--help"])
        yield f"$ tongxing {' '.join([*command, '--help'])}\n{shown.output}"


def test_the_help_is_that_of_the_golden_file() -> None:
    assert "\n".join(_help()) == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize("group", GROUPS)
def test_the_golden_file_shows_every_command(group: str) -> None:
    asked = [*group.split(), "--help"]
    shown = CliRunner().invoke(application(asked), asked).output
    listed = re.findall(r"^  ([\w-]+) ", shown.partition("Commands:")[2], re.MULTILINE)
    assert listed == GROUPS[group].split()


@pytest.mark.parametrize("command", COMMANDS[1:], ids=" ".join)
def test_a_command_says_what_it_does_in_both_languages(command: list[str]) -> None:
    shown = CliRunner().invoke(application(command), [*command, "--help"]).output
    summary = shown.splitlines()[2]
    assert re.search(r"[\u4e00-\u9fff]+ .*[A-Za-z]{3}", summary)


@pytest.mark.processes
def test_the_help_loads_no_command() -> None:
    """The imports of all commands take a second of processor time."""
    heavy = ("strawberry", "aiohttp", "cryptography", "uvicorn", "rich")
    code = (
        "import sys; from tongxing.gateway.cli.main import run; run(['--help']);"
        f" sys.exit(' '.join(name for name in {heavy} if name in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stderr.strip() == ""
    assert "five-days" in ran.stdout


def test_each_command_that_is_listed_can_be_loaded() -> None:
    listed = set(GROUPS[""].split())
    assert {entry.name for entry in entry_points(group=main.COMMANDS)} == listed


def test_without_a_command_it_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert capsys.readouterr().out.startswith("Usage: tongxing")


def test_a_group_without_a_command_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["client"]) == 2
    assert capsys.readouterr().err == (
        "tongxing: 命令行写法有误，请用 --help 查看用法 Missing command.\n"
    )


if __name__ == "__main__":
    GOLDEN.write_text("\n".join(_help()), "utf-8")
