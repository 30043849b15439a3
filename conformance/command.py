"""``tongxing conformance``: play the hub against an issuer, or the issuers against a hub.

Responsible for options, reports and the exit status: 0 if every MUST is met, 1 if not, 2 if it
could not run.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tongxing.conformance.hub.hub_checks import HUB_CHECKS
from tongxing.conformance.issuer.catalogue import ISSUER_CHECKS
from tongxing.conformance.issuer.participant import CannotRun, read_participant
from tongxing.conformance.reports.report import Report, expected_failures
from tongxing.conformance.reports.report_html import html_of
from tongxing.conformance.reports.report_json import json_of
from tongxing.conformance.reports.report_junit import junit_of
from tongxing.conformance.reports.report_text import print_report
from tongxing.conformance.trying import try_hub, try_issuer
from tongxing.gateway.addresses import url_fault
from tongxing.gateway.cli.hub_client import OptionalCredentialsOption
from tongxing.gateway.cli.local import STATE_DIRECTORY, DirectoryOption
from tongxing.gateway.cli.terminal import (
    JsonOption,
    OptionalPurposeOption,
    OptionalRegionOption,
    required,
)

DEADLINE_SECONDS = 3.0
"""The hub's own default (``deadline_seconds``)."""

QUESTIONS = 100
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
            metavar="URL",
            show_default=False,
            help="发码机构接口的地址 An issuer's address: play the hub against it",
        ),
    ] = None,
    participant: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="与 --issuer 同用：参加文件 With --issuer: its keys, what it offers, test persons",
        ),
    ] = None,
    hub: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            show_default=False,
            help="平台的地址 A hub's address: play the issuers against it",
        ),
    ] = None,
    credentials: OptionalCredentialsOption = None,
    region: OptionalRegionOption = None,
    purpose: OptionalPurposeOption = None,
    directory: DirectoryOption = STATE_DIRECTORY,
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
            metavar="FILE",
            show_default=False,
            help="另存报告，.xml 为 JUnit，或 .json、.html Write a report too; .xml is JUnit",
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
    wait_for_expiry: Annotated[
        bool,
        typer.Option(
            "--wait-for-expiry",
            help="与 --hub 同用：等令牌过期后再试，约5分钟 With --hub: wait for the end of a token",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    files = {file: _form(file) for file in report or ()}
    if (issuer is None) is (hub is None):
        raise CannotRun("请给出 --issuer 或 --hub 之一 give --issuer or --hub, one of the two")
    url = _address(issuer or hub or "")
    if issuer is not None:
        known = _expected_ids(expected, [check.id for check in ISSUER_CHECKS])
        tried = read_participant(required(participant, "--participant"))
        told = try_issuer(tried, url, known, deadline, questions)
    else:
        known = _expected_ids(expected, [check.id for check in HUB_CHECKS])
        told = try_hub(
            url,
            credentials,
            region=required(region, "--region"),
            purpose=required(purpose, "--purpose").name,
            directory=directory,
            expected=known,
            waits_for_expiry=wait_for_expiry,
        )
    _tell(told, files, as_json=as_json)
    if not told.is_let_in:
        raise typer.Exit(KEPT_OUT)


def _address(url: str) -> str:
    if fault := url_fault(url):
        raise CannotRun(f"不是可用的地址，请核对 no usable address: {fault}")
    return url


def _expected_ids(file: Path | None, known: Sequence[str]) -> frozenset[str]:
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
