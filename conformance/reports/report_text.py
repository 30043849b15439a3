"""A report as people read it at a terminal: what fails first, then what was not tried.

Responsible for the words at a terminal. What passes is counted and not listed.
"""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from tongxing.conformance.check import Severity
from tongxing.conformance.reports.report import Mark, Report, Role, Row

ROLES = {Role.ISSUER: "发码机构 issuer", Role.HUB: "平台 hub"}
MARKS = {
    Mark.PASSED: "通过 passed",
    Mark.FAILED: "未通过 failed",
    Mark.EXPECTED_FAILURE: "预期失败 expected to fail",
    Mark.UNEXPECTED_PASS: "列为预期失败却通过 passed, though listed as a failure",
    Mark.NOT_TRIED: "未检查 not tried",
}
_STYLES = {
    Mark.FAILED: "bold red",
    Mark.UNEXPECTED_PASS: "bold red",
    Mark.EXPECTED_FAILURE: "yellow",
}
LET_IN = "全部必须项通过，可以接入 every MUST is met: it can be let in"
KEPT_OUT = "尚不能接入，请先整改未通过的各项 not let in yet: mend what failed"


def print_report(console: Console, report: Report) -> None:
    for line in _lines(report):
        console.print(line, highlight=False, soft_wrap=True)


def heading(report: Report) -> str:
    return f"{ROLES[report.role]} {report.name} ({report.format})"


def _lines(report: Report) -> Iterator[str]:
    yield f"[bold]{escape(heading(report))}[/bold] {escape(report.url)}"
    for mark in _STYLES:
        for row in report.rows:
            if row.mark is mark:
                yield from _row(row)
    yield from _not_tried(report)
    counts = report.counts()
    yield " · ".join(f"{MARKS[mark]} {counts[mark]}" for mark in Mark if counts[mark])
    color = "green" if report.is_let_in else "red"
    yield f"[{color}]{LET_IN if report.is_let_in else KEPT_OUT}[/{color}]"


def _row(row: Row) -> Iterator[str]:
    style = _STYLES[row.mark]
    should = " SHOULD" if row.severity is Severity.SHOULD else ""
    yield f"[{style}]{MARKS[row.mark]}{should}[/{style}] {row.id} — {escape(row.clause)}"
    yield f"  {row.title.zh} {row.title.en}"
    if row.told is not None:
        yield escape(f"  所见 seen: {row.told.zh} {row.told.en}")
    if row.where:
        yield escape(f"  何处 where: {', '.join(row.where)}")
    yield f"  整改 mend: {row.mend.zh} {row.mend.en}"


def _not_tried(report: Report) -> Iterator[str]:
    """By reason: one line for all that have the same one."""
    by_reason: dict[str, list[str]] = {}
    for row in report.rows:
        if row.mark is Mark.NOT_TRIED and row.told is not None:
            by_reason.setdefault(f"{row.told.zh} {row.told.en}", []).append(row.id)
    for reason, ids in by_reason.items():
        yield f"[dim]{MARKS[Mark.NOT_TRIED]}[/dim] {escape(reason)}: {', '.join(ids)}"
