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

from tests.cli.conftest import Tongxing
from tongxing.sandbox.commands.sandbox import three_queries
from tongxing.sandbox.demo.stage import Theater, document_of
from tongxing.sandbox.demo.story import STORY
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM, TRANSPORT_HUB
from tongxing.sandbox.town.records import IssuerName

PATIENCE_SECONDS = 120


def _demo(directory: Path, *options: str) -> "subprocess.Popen[str]":
    """Its temporary files lie in ``directory``, so that what it leaves behind can be seen."""
    return subprocess.Popen(
        [sys.executable, "-m", "tongxing.gateway.cli", "demo", *options],
        env=os.environ | {"TMPDIR": str(directory)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _processes_of(directory: Path) -> Sequence[str]:
    """The command lines that name ``directory``: issuers and hub are told where it is."""
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


def _answer(tongxing: Tongxing, *arguments: str | Path, stdin: str, status: int = 0) -> Any:
    ran = tongxing(*arguments, "--json", stdin=stdin)
    assert (ran.status, ran.err) == (status, "")
    return json.loads(ran.out)


def test_a_document_is_asked_about_from_standard_input(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "X3211001", "name": "LINDEN MIRA"})
    credentials = sandbox.credentials[CITY_SYSTEM.id]
    answer = _answer(tongxing, "query", "-", "--credentials", credentials, stdin=document)
    assert (answer["color"], answer["decision"]) == ("GREEN", "ADMIT")


def test_a_document_that_is_not_well_formed_is_an_answer_and_a_failure(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "no passport", "name": "LINDEN MIRA"})
    credentials = sandbox.credentials[CITY_SYSTEM.id]
    answer = _answer(tongxing, "query", "-", "--credentials", credentials, stdin=document, status=1)
    assert (answer["__typename"], answer["rule"]) == ("InvalidDocument", "FORM")


def test_a_scanned_text_that_is_no_code_is_an_answer_and_a_failure(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    credentials = sandbox.credentials[TRANSPORT_HUB.id]
    checkpoint = credentials.parent.parent / "checkpoint.json"
    options = ["--credentials", str(credentials), "--checkpoint", str(checkpoint)]
    answer = _answer(tongxing, "verify", "-", *options, stdin="menu.example/table-7", status=1)
    assert (answer["__typename"], answer["rule"]) == ("InvalidCode", "UNREADABLE")


def test_a_person_reads_what_is_wrong_with_a_document_in_one_line(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "no passport", "name": "LINDEN MIRA"})
    credentials = sandbox.credentials[CITY_SYSTEM.id]
    ran = tongxing("query", "-", "--credentials", credentials, stdin=document)
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "INVALID_DOCUMENT" in ran.err
    assert "no passport" not in ran.err


def test_a_scanned_code_is_verified_and_its_receipt_holds(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    zhenjiang = sandbox.stage.issuers[IssuerName.ZHENJIANG]
    code = zhenjiang.show_code(document_of("green_everywhere"), expired=False)
    credentials = sandbox.credentials[TRANSPORT_HUB.id]
    state = credentials.parents[2]
    options = ["--credentials", str(credentials)]
    options += ["--checkpoint", str(state / "clients" / "checkpoint.json")]
    answer = _answer(tongxing, "verify", "-", *options, stdin=code)
    assert (answer["color"], answer["decision"]) == ("GREEN", "ADMIT")
    key = state / "trust" / "hub-key.jwk"
    checked = tongxing("verify", "-", "--receipt", "--hub-key", key, stdin=answer["receipt"])
    assert json.loads(checked.out)["decision"] == "ADMIT"


def test_a_region_that_is_not_the_clients_is_refused_in_one_line(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "X3211001", "name": "LINDEN MIRA"})
    options = ["--credentials", sandbox.credentials[CITY_SYSTEM.id], "--region", "110000"]
    refused = tongxing("query", "-", *options, stdin=document)
    assert refused.complaint.startswith("tongxing: the hub refuses: ")
    assert "X3211001" not in refused.complaint


def test_a_token_for_graphiql(sandbox: Theater, tongxing: Tongxing) -> None:
    ran = tongxing("client", "token", "--credentials", sandbox.credentials[CITY_SYSTEM.id])
    assert ran.out.count(".") == 2
