"""A report as JUnit XML, for the pages of a build server.

A SHOULD that fails and an expected failure are ``skipped`` with their reason: JUnit knows no other
mark that fails no build. An expected failure that passes is a failure.
"""

from xml.etree.ElementTree import Element, SubElement, tostring

from tongxing.conformance.reports.report import Mark, Report, Row
from tongxing.schema import stamp

_UNEXPECTED = "列为预期失败却通过，请从清单删除 passes, and is in the list of expected failures"


def junit_of(report: Report) -> bytes:
    """UTF-8, with an XML declaration."""
    rows = report.rows
    suite = Element(
        "testsuite",
        name=f"tongxing conformance {report.role.value.lower()} {report.name} ({report.format})",
        tests=str(len(rows)),
        failures=str(sum(row.keeps_out for row in rows)),
        errors="0",
        skipped=str(sum(_is_skipped(row) for row in rows)),
        timestamp=stamp(report.at),
    )
    properties = SubElement(suite, "properties")
    for name, value in (("program", f"tongxing {report.program}"), ("url", report.url)):
        SubElement(properties, "property", name=name, value=value)
    for row in rows:
        _case(suite, row, report)
    return bytes(tostring(suite, "utf-8", xml_declaration=True)) + b"\n"


def _case(suite: Element, row: Row, report: Report) -> None:
    case = SubElement(
        suite, "testcase", classname=f"conformance.{report.role.value.lower()}", name=row.id
    )
    if row.keeps_out:
        SubElement(case, "failure", message=_message(row), type=row.severity.value).text = _why(row)
    elif _is_skipped(row):
        SubElement(case, "skipped", message=_message(row))


def _is_skipped(row: Row) -> bool:
    return not row.keeps_out and row.mark is not Mark.PASSED


def _message(row: Row) -> str:
    if row.mark is Mark.UNEXPECTED_PASS:
        return _UNEXPECTED
    told = "" if row.told is None else f" {row.told.zh} {row.told.en}"
    return f"{row.mark.value} {row.title.zh} {row.title.en}{told}"


def _why(row: Row) -> str:
    lines = [row.clause, row.mend.zh, row.mend.en, *row.where]
    return "\n".join(lines)
