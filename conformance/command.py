"""``tongxing conformance``: play the hub against an issuer, or the issuers against a hub.

Responsible for options, the rim of a run, and the exit status: 0 if every MUST is met, 1 if not, 2
if it could not run.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from secrets import token_bytes
from typing import Annotated

import typer
from rich.console import Console

from tongxing.adapters.http_client import HttpClient
from tongxing.conformance.issuer.catalogue import ISSUER_CHECKS, checks_for
from tongxing.conformance.issuer.participant import CannotRun, Participant, read_participant
from tongxing.conformance.issuer.playing_hub import Stage, observe
from tongxing.conformance.reports.report import Report, Role, expected_failures, rows_of
from tongxing.conformance.reports.report_html import html_of
from tongxing.conformance.reports.report_json import json_of
from tongxing.conformance.reports.report_junit import junit_of
from tongxing.conformance.reports.report_text import print_report
from tongxing.gateway.addresses import url_fault
from tongxing.gateway.cli.terminal import JsonOption, now
from tongxing.keys import base64url

DEADLINE_SECONDS = 3.0
"""The hub's own default (``answering.deadline_seconds``)."""

QUESTIONS = 100
IN_A_BATCH = 1_000
"""As many as any format allows."""

NONCE_BYTES = 16
KEPT_OUT = 1
_FORMS: Mapping[str, Callable[[Report], bytes]] = {
    ".xml": junit_of,
    ".json": json_of,
    ".html": html_of,
}


def conformance(
    *,
    issuer: Annotated[
        str | None,
        typer.Option(
            "--issuer",
            metavar="URL",
            show_default=False,
            help="发码机构接口的地址 The issuer's address: play the hub against it",
        ),
    ] = None,
    participant: Annotated[
        Path | None,
        typer.Option(
            "--participant",
            metavar="FILE",
            show_default=False,
            help="参加文件 The issuer's keys, what it offers, and test persons (TOML)",
        ),
    ] = None,
    expected: Annotated[
        Path | None,
        typer.Option(
            "--expected-failures",
            metavar="FILE",
            show_default=False,
            help="预期失败的检查编号，每行一个 Ids of checks that are known to fail, one a line",
        ),
    ] = None,
    report: Annotated[
        list[Path] | None,
        typer.Option(
            "--report",
            metavar="FILE",
            show_default=False,
            help="另存报告（.xml 为 JUnit，.json、.html） Write a report too: .xml is JUnit",
        ),
    ] = None,
    deadline: Annotated[
        float,
        typer.Option(metavar="S", min=0.1, max=60, help="平台时限（秒） The hub's deadline"),
    ] = DEADLINE_SECONDS,
    questions: Annotated[
        int,
        typer.Option(metavar="N", min=1, max=10_000, help="同时提问数 How many are asked at once"),
    ] = QUESTIONS,
    as_json: JsonOption = False,
) -> None:
    if issuer is None or participant is None:
        raise CannotRun("请给出 --issuer 和 --participant give --issuer and --participant")
    if fault := url_fault(issuer):
        raise CannotRun(f"--issuer 不是可用的地址，请核对 is no usable address: {fault}")
    files = {file: _form(file) for file in report or ()}
    known = expected_ids(expected, [check.id for check in ISSUER_CHECKS])
    tried = try_issuer(read_participant(participant), issuer, known, deadline, questions)
    _tell(tried, files, as_json=as_json)
    if not tried.is_let_in:
        raise typer.Exit(KEPT_OUT)


def try_issuer(
    participant: Participant,
    url: str,
    expected: frozenset[str],
    deadline_seconds: float,
    questions: int,
) -> Report:
    """Play the hub against the issuer at ``url``."""
    at = now()
    stage = Stage(
        open=lambda credential: HttpClient(url, credential),
        now=now,
        nonce=fresh_nonce,
        deadline_seconds=deadline_seconds,
        questions=questions,
        in_a_batch=IN_A_BATCH,
    )
    seen = asyncio.run(observe(participant, url, stage))
    rows = rows_of(checks_for(participant.dialect), seen, expected)
    return Report(
        Role.ISSUER, participant.issuer, participant.dialect, url, version("tongxing"), at, rows
    )


def fresh_nonce() -> str:
    return base64url.encode(token_bytes(NONCE_BYTES))


def expected_ids(file: Path | None, known: list[str]) -> frozenset[str]:
    """Raises CannotRun."""
    if file is None:
        return frozenset()
    try:
        return expected_failures(file.read_text("utf-8"), known)
    except OSError as error:
        raise CannotRun(
            f"{file} 无法读取，请核对路径和权限 cannot be read ({error.strerror})"
        ) from None
    except ValueError:
        raise CannotRun(
            f"{file} 有不存在的检查编号，请核对 names a check that there is not"
        ) from None


def _form(file: Path) -> Callable[[Report], bytes]:
    if file.suffix not in _FORMS:
        raise CannotRun(f"报告须以下列后缀结尾 a report ends in {', '.join(_FORMS)}")
    return _FORMS[file.suffix]


def _tell(
    report: Report, files: Mapping[Path, Callable[[Report], bytes]], *, as_json: bool
) -> None:
    for file, form in files.items():
        file.write_bytes(form(report))
    if as_json:
        sys.stdout.write(json_of(report).decode())
    else:
        print_report(Console(), report)
