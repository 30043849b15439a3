"""A report as one page: no script, nothing from elsewhere, both languages, readable on a phone.

It names each result in words and never by color alone.
"""

from collections.abc import Iterable
from html import escape

from tongxing.conformance.reports.report import Mark, Report, Row
from tongxing.conformance.reports.report_text import KEPT_OUT, LET_IN, MARKS, heading
from tongxing.schema import Text, stamp

_ORDER = (
    Mark.FAILED,
    Mark.UNEXPECTED_PASS,
    Mark.EXPECTED_FAILURE,
    Mark.NOT_TRIED,
    Mark.PASSED,
)


def html_of(report: Report) -> bytes:
    """UTF-8. Everything of the participant is escaped."""
    groups = "".join(
        _group(mark, [row for row in report.rows if row.mark is mark]) for mark in _ORDER
    )
    page = _PAGE.format(
        heading=escape(heading(report)),
        url=escape(report.url),
        at=stamp(report.at),
        program=escape(report.program),
        outcome="in" if report.is_let_in else "out",
        told=LET_IN if report.is_let_in else KEPT_OUT,
        groups=groups,
    )
    return page.encode()


def _group(mark: Mark, rows: Iterable[Row]) -> str:
    items = "".join(_item(row) for row in rows)
    if not items:
        return ""
    return f'<section class="{mark.value.lower()}"><h2>{MARKS[mark]}</h2>{items}</section>'


def _item(row: Row) -> str:
    lines = [
        f"<h3><code>{escape(row.id)}</code> {row.severity.value}</h3>",
        _both(row.title),
        f"<p>{escape(row.clause)}</p>",
    ]
    if row.mark is not Mark.PASSED:
        lines.append("" if row.told is None else _both(row.told))
    if row.where:
        lines.append(f"<p>何处 <span lang=en>where</span>: {escape(', '.join(row.where))}</p>")
    if row.mark in (Mark.FAILED, Mark.EXPECTED_FAILURE):
        lines.append(f'<p class="mend">整改 <span lang=en>mend</span></p>{_both(row.mend)}')
    return f"<article>{''.join(lines)}</article>"


def _both(text: Text) -> str:
    return f"<p>{escape(text.zh)}<br><span lang=en>{escape(text.en)}</span></p>"


_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>符合性检查 conformance: {heading}</title>
<style>
body{{font:17px/1.6 sans-serif;max-width:46em;margin:1.5em auto;padding:0 1em}}
body{{color:#111;background:#fff}}
h1{{font-size:1.4em}}h2{{font-size:1.2em;margin-top:2em}}h3{{font-size:1em;margin:0}}
article{{border-top:1px solid #767676;padding:.6em 0}}p{{margin:.2em 0}}
code{{overflow-wrap:anywhere}}.mend{{font-weight:bold}}
.outcome{{padding:.6em;border:3px solid}}.in{{border-color:#0a6b2d}}.out{{border-color:#b00020}}
</style></head><body>
<h1>{heading}</h1>
<p>{url}<br>{at} · tongxing {program}</p>
<p class="outcome {outcome}">{told}</p>
{groups}
</body></html>
"""
