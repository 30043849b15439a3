"""The help of every command is what the golden file shows, in Chinese and in English.

``python -m tests.cli.test_help`` writes the file anew.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongxing.gateway.cli.main import application, run

GOLDEN = Path(__file__).parent / "golden" / "help.txt"
GROUPS = {
    "": "demo serve sandbox five-days query explain recognize verify sdl doctor "
    "client trust audit policy",
    "client": "add list revoke token",
    "trust": "show verify",
    "audit": "show verify",
    "policy": "check test diff preview key sign publish schema",
}
COMMANDS: list[list[str]] = [[]] + [
    [*filter(None, [group]), name] for group in GROUPS for name in GROUPS[group].split()
]


def _help() -> Iterator[str]:
    for command in COMMANDS:
        shown = CliRunner(env={"COLUMNS": "80"}).invoke(application(), [*command, "--help"])
        yield f"$ tongxing {' '.join([*command, '--help'])}\n{shown.output}"


def test_the_help_is_that_of_the_golden_file() -> None:
    assert "\n".join(_help()) == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize("group", GROUPS)
def test_the_golden_file_shows_every_command(group: str) -> None:
    shown = CliRunner().invoke(application(), [*filter(None, [group]), "--help"]).output
    listed = re.findall(r"^  ([\w-]+) ", shown.partition("Commands:")[2], re.MULTILINE)
    assert listed == GROUPS[group].split()


@pytest.mark.parametrize("command", COMMANDS[1:], ids=" ".join)
def test_a_command_says_what_it_does_in_both_languages(command: list[str]) -> None:
    shown = CliRunner().invoke(application(), [*command, "--help"]).output
    summary = shown.splitlines()[2]
    assert re.search(r"[\u4e00-\u9fff]+ .*[A-Za-z]{3}", summary)


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
