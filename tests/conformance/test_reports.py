"""What a run comes to: marks, exit status, expected failures, and the four forms of a report."""

import json
import re
from datetime import UTC, datetime
from io import StringIO
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from tongxing.conformance.check import (
    NOT_OFFERED,
    NOT_REACHED,
    PASSED,
    Check,
    Failed,
    NotTried,
    Severity,
    Verdict,
)
from tongxing.conformance.reports.report import Mark, Report, Role, expected_failures, rows_of
from tongxing.conformance.reports.report_html import html_of
from tongxing.conformance.reports.report_json import json_of
from tongxing.conformance.reports.report_junit import junit_of
from tongxing.conformance.reports.report_text import print_report
from tongxing.schema import Text

AT = datetime(2020, 3, 6, 2, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>&[bold]"
ODD = Failed((HOSTILE,), Text(zh="所见" + HOSTILE, en=HOSTILE))


def check(name: str, severity: Severity = Severity.MUST) -> Check[Verdict]:
    """It says of what is seen just what is seen."""
    text = Text(zh=f"检查{name}", en=f"check {name}")
    return Check(name, text, "RFC 0 §1", Text(zh="整改", en="mend"), lambda seen: seen, severity)


def report(verdict: Verdict, *expected: str, severity: Severity = Severity.MUST) -> Report:
    rows = rows_of([check("one", severity)], verdict, frozenset(expected))
    return Report(Role.ISSUER, "zhenjiang", "zhenjiang", "http://a.example/<b>", "1.0", AT, rows)


MARKS = {
    "passes": (report(PASSED), Mark.PASSED, True),
    "fails": (report(Failed()), Mark.FAILED, False),
    "a SHOULD fails": (report(Failed(), severity=Severity.SHOULD), Mark.FAILED, True),
    "fails as expected": (report(Failed(), "one"), Mark.EXPECTED_FAILURE, True),
    "passes unexpectedly": (report(PASSED, "one"), Mark.UNEXPECTED_PASS, False),
    "is not offered": (report(NotTried(NOT_OFFERED)), Mark.NOT_TRIED, True),
    "was not reached, and nothing says why": (
        report(NotTried(NOT_REACHED)),
        Mark.NOT_TRIED,
        False,
    ),
}


@pytest.mark.parametrize(("made", "mark", "let_in"), MARKS.values(), ids=MARKS)
def test_a_mark_decides_who_is_let_in(
    made: Report,
    mark: Mark,
    let_in: bool,  # noqa: FBT001
) -> None:
    assert [row.mark for row in made.rows] == [mark]
    assert made.is_let_in is let_in


def test_the_list_of_expected_failures_has_remarks() -> None:
    assert expected_failures("# all\n\none  # soon\n two\n", ["one", "two"]) == {"one", "two"}


def test_a_misspelt_id_in_the_list_is_refused() -> None:
    with pytest.raises(ValueError, match="onne"):
        expected_failures("onne\n", ["one"])


def test_the_json_has_versions_and_a_clause_beside_each_failure() -> None:
    told = json.loads(json_of(report(ODD)))
    assert told.keys() == {
        *("report_version", "program", "role", "name", "format", "url", "at", "let_in"),
        *("counts", "checks"),
    }
    assert (told["report_version"], told["program"], told["let_in"]) == (1, "tongxing 1.0", False)
    (row,) = told["checks"]
    assert row.keys() == {"id", "severity", "result", "title", "clause", "where", "told", "mend"}
    assert (row["id"], row["result"], row["clause"]) == ("one", "FAILED", "RFC 0 §1")
    assert row["where"] == [HOSTILE]


@pytest.mark.parametrize("made", [made for made, _, _ in MARKS.values()], ids=MARKS)
def test_the_junit_counts_what_keeps_out(made: Report) -> None:
    suite = ET.fromstring(junit_of(made))  # noqa: S314 - our own
    assert suite.get("failures") == str(int(any(row.keeps_out for row in made.rows)))
    assert len(suite.findall("testcase/failure")) == int(suite.get("failures", "0"))
    assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped", "0"))


def test_the_junit_names_the_clause_and_what_to_mend() -> None:
    suite = ET.fromstring(junit_of(report(ODD)))  # noqa: S314 - our own
    (failure,) = suite.iter("failure")
    assert (failure.text or "").split("\n") == ["RFC 0 §1", "整改", "mend", HOSTILE]


def test_the_page_has_no_script_and_nothing_from_elsewhere() -> None:
    page = html_of(report(ODD)).decode()
    assert "<script" not in page
    assert not re.findall(r"(?:src|href|url)\s*[=(]", page)
    assert '<meta name="viewport"' in page
    for words in ("检查one", "check one", "RFC 0 §1", "整改", "mend", "&lt;script&gt;"):
        assert words in page


@pytest.mark.parametrize(("made", "mark"), [row[:2] for row in MARKS.values()], ids=MARKS)
def test_every_form_says_every_mark(made: Report, mark: Mark) -> None:
    shown = StringIO()
    print_report(Console(file=shown, width=200), made)
    text = shown.getvalue()
    assert ("one" in text) is (mark is not Mark.PASSED)
    assert mark.value in json_of(made).decode()
    assert "one" in html_of(made).decode()


def test_markup_in_what_was_seen_is_shown_as_it_is() -> None:
    shown = StringIO()
    print_report(Console(file=shown, width=200), report(ODD))
    assert HOSTILE in shown.getvalue()
