"""``make interop``: every check of this folder, and one table of what came of it.

A row is a mark, ``pytest.mark.row(what, package)``, on the tests that make it; a new one needs no
line here. The table is printed and written into docs/interoperability.md, with the version of each
package that is installed and the day.
"""

import json
import os
import re
import sys
from collections import defaultdict
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.interop.composing import NODE_MODULES
from tests.interop.python_tools import INSTALLED as PYTHON

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "interoperability.md"
NOT_HERE = "–"
BETWEEN = re.compile(r"(<!-- table: begin -->\n).*?(<!-- table: end -->)", re.DOTALL)


class Rows:
    """What came of the checks of each row: how many there are of each outcome, and why one was
    left out."""

    def __init__(self) -> None:
        self._row: dict[str, tuple[str, str]] = {}
        self._outcomes: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._reasons: dict[tuple[str, str], str] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            marked = item.get_closest_marker("row")
            if marked is not None:
                self._row[item.nodeid] = marked.args[0], marked.args[1]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        row = self._row.get(report.nodeid)
        if row is None or (report.when != "call" and report.outcome == "passed"):
            return
        self._outcomes[row].append(report.outcome)
        if report.outcome == "skipped" and isinstance(report.longrepr, tuple):
            self._reasons[row] = report.longrepr[2].removeprefix("Skipped: ")

    def table(self, day: str) -> str:
        lines = ["| held against | version | checks | day |", "|---|---|---|---|"]
        for row in dict.fromkeys(self._row.values()):
            what, package = row
            lines.append(f"| {what} | {_version(package)} | {self._said(row)} | {day} |")
        return "\n".join(lines)

    def _said(self, row: tuple[str, str]) -> str:
        outcomes = self._outcomes[row]
        if row in self._reasons:
            return f"left out: {self._reasons[row]}"
        return f"{outcomes.count('passed')} of {len(outcomes)}"


def _version(package: str) -> str:
    """What is installed, and so what was asked. Some packages are npm's, others Python's."""
    described = NODE_MODULES / package / "package.json"
    if described.exists():
        return f"`{package}` {json.loads(described.read_text('utf-8'))['version']}"
    folders = [str(each) for each in PYTHON.glob("lib/python*/site-packages")]
    found = [each.version for each in distributions(name=package, path=folders)]
    return f"`{package}` {found[0] if found else NOT_HERE}"


def main() -> int:
    os.environ["INTEROP"] = "all"
    rows = Rows()
    status = int(pytest.main([str(HERE), "-q", "-p", "no:cacheprovider"], plugins=[rows]))
    table = rows.table(datetime.now(UTC).date().isoformat())
    sys.stdout.write(f"\n{table}\n")
    if status == 0:
        PAGE.write_text(BETWEEN.sub(rf"\1{table}\n\2", PAGE.read_text("utf-8")), "utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
