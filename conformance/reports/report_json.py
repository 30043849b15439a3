"""A report as one JSON object, for programs. Its form is stable: ``report_version`` says which."""

from typing import Any

import msgspec

from tongxing.conformance.reports.report import REPORT_VERSION, Mark, Report, Row
from tongxing.schema import Text, stamp


def json_of(report: Report) -> bytes:
    """UTF-8, with a line feed at the end."""
    counts = report.counts()
    members = {
        "report_version": REPORT_VERSION,
        "program": f"tongxing {report.program}",
        "role": report.role.value,
        "name": report.name,
        "format": report.format,
        "url": report.url,
        "at": stamp(report.at),
        "let_in": report.is_let_in,
        "counts": {mark.value: counts[mark] for mark in Mark},
        "checks": [_members(row) for row in report.rows],
    }
    return msgspec.json.format(msgspec.json.encode(members), indent=1) + b"\n"


def _members(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "severity": row.severity.value,
        "result": row.mark.value,
        "title": _text(row.title),
        "clause": row.clause,
        "where": list(row.where),
        "told": None if row.told is None else _text(row.told),
        "mend": _text(row.mend),
    }


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
