"""docs/conformance.md, followed: its file, its commands, and its tables."""

import json
import re
import shlex
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from tests.architecture.source import ROOT
from tests.conformance.conftest import Federation
from tests.conformance.issuers import Tried
from tongxing.conformance.check import Check, Severity
from tongxing.conformance.command import DEADLINE_SECONDS
from tongxing.conformance.hub.hub_checks import HUB_CHECKS
from tongxing.conformance.issuer.catalogue import ISSUER_CHECKS
from tongxing.gateway.cli.main import run
from tongxing.gateway.settings import Settings
from tongxing.sandbox.issuers.misbehavior import Mode, Switch
from tongxing.sandbox.provisioning.state import HUB_PORT, ISSUER_PORTS
from tongxing.sandbox.town.records import IssuerName

GUIDE = (ROOT / "docs" / "conformance.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE))
Seen = TypeVar("Seen")
HURRIED = ["--deadline", "60", "--questions", "10"]
"""A busy machine must not fail what the page shows."""


@pytest.fixture(name="zhenjiang")
def zhenjiang_(federation_of_four: Federation, tmp_path: Path) -> tuple[Tried, list[str]]:
    """The issuer, and the page's command against it with the page's file beside its keys."""
    tried = federation_of_four["zhenjiang"]
    folder = tried.folder
    (folder / "of_the_guide.toml").write_text(BLOCKS["participant.toml"], "utf-8")
    program, *words = shlex.split(BLOCKS["issuer"])
    assert program == "tongxing"
    instead = {
        f"http://127.0.0.1:{ISSUER_PORTS[IssuerName.ZHENJIANG]}": tried.url,
        ".state/issuers/zhenjiang/participant.toml": str(folder / "of_the_guide.toml"),
    }
    assert instead.keys() <= set(words)
    return tried, [instead.get(word, word) for word in words] + HURRIED


def test_the_command_of_the_page_lets_the_reference_issuer_in(
    zhenjiang: tuple[Tried, list[str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, command = zhenjiang
    files = [tmp_path / name for name in ("r.xml", "r.json", "r.html")]
    reports = [word for file in files for word in ("--report", str(file))]
    assert run([*command, *reports]) == 0
    assert "it can be let in" in capsys.readouterr().out
    assert all(file.stat().st_size > 1_000 for file in files)


def test_an_issuer_that_fails_is_kept_out_and_nobody_is_named(
    zhenjiang: tuple[Tried, list[str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tried, command = zhenjiang
    known = tmp_path / "known.txt"
    known.write_text(BLOCKS["known.txt"], "utf-8")
    tried.reference._misbehaviors.switch_on(Switch(mode=Mode.WRONG_KEY, number=tried.number))
    try:
        assert run([*command, "--json", "--report", str(tmp_path / "r.html")]) == 1
        told = capsys.readouterr().out
        assert run([*command, "--expected-failures", str(known)]) == 1
        said = capsys.readouterr().out
    finally:
        tried.reference._misbehaviors.end()
    failing = [row["id"] for row in json.loads(told)["checks"] if row["result"] == "FAILED"]
    assert failing == ["statement.signature"]
    assert "passed, though listed as a failure" in said
    everything = told + said + (tmp_path / "r.html").read_text("utf-8")
    for person in tried.participant.persons:
        assert person.document.number not in everything
        assert person.document.name not in everything
    assert tried.participant.credential not in everything


def test_an_expected_failure_keeps_nobody_out(
    zhenjiang: tuple[Tried, list[str]], tmp_path: Path
) -> None:
    tried, command = zhenjiang
    known = tmp_path / "known.txt"
    known.write_text("statement.signature\n", "utf-8")
    tried.reference._misbehaviors.switch_on(Switch(mode=Mode.WRONG_KEY, number=tried.number))
    try:
        assert run([*command, "--expected-failures", str(known)]) == 0
    finally:
        tried.reference._misbehaviors.end()


WRONG = {
    "neither": [],
    "both": ["--issuer", "http://a.example", "--hub", "http://a.example"],
    "no address": ["--issuer", "a.example", "--participant", "none.toml"],
    "no file of a participant": ["--issuer", "http://a.example"],
    "a file that is not there": ["--issuer", "http://a.example", "--participant", "none.toml"],
    "a report of another form": ["--issuer", "http://a.example", "--report", "r.pdf"],
    "no region": ["--hub", "http://a.example"],
    "a list that is not there": [
        *("--issuer", "http://a.example", "--expected-failures", "none.txt"),
    ],
}


@pytest.mark.parametrize("options", WRONG.values(), ids=WRONG)
def test_a_run_that_cannot_begin_is_status_2(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["conformance", *options]) == 2
    assert capsys.readouterr().err.startswith("tongxing: ")


def test_a_list_that_names_no_check_is_status_2(
    zhenjiang: tuple[Tried, list[str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    known = tmp_path / "known.txt"
    known.write_text("statement.sigature\n", "utf-8")
    assert run([*zhenjiang[1], "--expected-failures", str(known)]) == 2
    assert "names a check that there is not" in capsys.readouterr().err


def test_a_hub_that_is_not_there_is_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program, *words = shlex.split(BLOCKS["hub"])
    assert program == "tongxing"
    nowhere = "http://127.0.0.1:1"
    instead = {f"http://127.0.0.1:{HUB_PORT}": nowhere}
    command = [instead.get(word, word) for word in words]
    assert run([*command, "--directory", str(tmp_path / "state")]) == 2
    assert nowhere in capsys.readouterr().err
    for issuer in IssuerName:
        assert (tmp_path / "state" / "issuers" / issuer.value / "public_key.jwk").exists()


def _table(title: str) -> list[tuple[str, str, str]]:
    rows = GUIDE.partition(f"### {title}\n")[2].partition("\n#")[0]
    return re.findall(r"^\| `(\S+)` \| (.+?) \| (.+?) \|$", rows, re.MULTILINE)


def _row(check: Check[Seen]) -> tuple[str, str, str]:
    should = "" if check.severity is Severity.MUST else " (SHOULD)"
    return check.id, check.title.en + should, check.clause.replace("{section}", "*n*")


def test_the_page_lists_every_check() -> None:
    assert _table("The checks of an issuer") == [_row(check) for check in ISSUER_CHECKS]
    assert _table("The checks of a hub") == [_row(check) for check in HUB_CHECKS]


def test_the_deadline_is_the_hubs_own() -> None:
    fields = msgspec.structs.fields(Settings)
    assert {f.name: f.default for f in fields}["deadline_seconds"] == DEADLINE_SECONDS
