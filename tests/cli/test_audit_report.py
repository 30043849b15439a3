"""``tongxing audit report``: the figures of the sandbox's town as a page, as CSV and as Parquet.

``python -m tests.cli.test_audit_report`` writes the golden page anew.
"""

import asyncio
import csv
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

import pytest
from arro3.core import ChunkedArray
from arro3.io import read_parquet

from tests.cli.conftest import NOBODY_LISTENS
from tests.rollups.given import (
    NOON,
    Counting,
    Said,
    answer,
    append,
    down,
    people,
    report,
)
from tests.storage.records import refusal
from tongxing.gateway.cli.main import run
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.report.csv_tables import csv_file
from tongxing.gateway.report.sheets import Column, Sheet
from tongxing.gateway.storage.audit import AuditFilter, AuditLog, AuditRecord, ReadingRecord
from tongxing.gateway.storage.slices import Slice
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import provision, write_settings
from tongxing.sandbox.town.records import IssuerName
from tongxing.schema import Color, Outcome, RegionCode, Text
from tongxing.schema.audit_words import CorrectionAction

GOLDEN = Path(__file__).parent / "golden" / "audit_report.html"
DAY = timedelta(days=1)
FROM, TO = "2020-03-06", "2020-03-09"
SAID: tuple[tuple[int, Said, str], ...] = (
    (60, {"sukangma": Color.GREEN, "zhenjiang": Color.GREEN}, "green-admit"),
    (20, {"sukangma": Outcome.TIMED_OUT, "zhenjiang": Color.GREEN}, "unknown-inspect"),
    (20, {"sukangma": Color.RED, "zhenjiang": Color.GREEN}, "red-refuse"),
    (9, {"sukangma": Color.YELLOW, "zhenjiang": Color.GREEN}, "yellow-inspect"),
)


def story() -> list[AuditRecord]:
    """Three days of a town: most are green, some time out, and where two codes differ the
    province's comes round."""
    records: list[AuditRecord] = [refusal(number) for number in range(12)]
    for day in range(2):
        first = 0
        for number, said, rule in SAID:
            for person in people(number, first):
                records += answer(person, NOON + day * DAY, said, rule=rule, version=day + 1)
            first += number
    wrong = people(20, 80)
    records += [report(p, NOON + DAY, CorrectionAction.REPORTED, "sukangma") for p in wrong]
    records += [report(p, NOON + 2 * DAY, CorrectionAction.ACCEPTED, "sukangma") for p in wrong]
    records += [r for p in people(10) for r in answer(p, NOON, region=RegionCode("310000"))]
    return records


async def _filled(layout: Layout) -> None:
    async with open_database(DatabasePlace(layout.database)) as database:
        audit = await AuditLog.open(database)
        await append(audit, story())
        await Counting(database, audit, down).count(NOON + 40 * DAY)


def town(directory: Path) -> Layout:
    """Made now, because the commands read the real clock; its log is of long ago."""
    layout = provision(directory / "state", datetime.now(UTC))
    write_settings(layout, dict.fromkeys(IssuerName, NOBODY_LISTENS), 0)
    asyncio.run(_filled(layout))
    return layout


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return town(tmp_path_factory.mktemp("town"))


def made(layout: Layout, *arguments: str) -> int:
    period = ("--from", FROM, "--to", TO, "--region", "320000")
    return run(["audit", "report", "--settings", str(layout.settings), *period, *arguments])


def page(layout: Layout, file: Path) -> str:
    assert made(layout, "--output", str(file)) == 0
    return file.read_text("utf-8")


def test_the_page_is_the_one_that_is_kept(layout: Layout, tmp_path: Path) -> None:
    assert page(layout, tmp_path / "report.html") == GOLDEN.read_text("utf-8")


def test_the_page_fetches_nothing_and_runs_nothing(layout: Layout, tmp_path: Path) -> None:
    text = page(layout, tmp_path / "report.html")
    assert "default-src 'none'" in text
    assert re.findall(r"<script|<link|<img|<iframe|\bon\w+=|style=|url\(|https?:", text) == []


def test_each_plot_is_well_formed_and_has_the_numbers_beside_its_bars(
    layout: Layout, tmp_path: Path
) -> None:
    text = page(layout, tmp_path / "report.html")
    plots = [ET.fromstring(each) for each in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]  # noqa: S314 - our own
    assert len(plots) == 5  # nothing was refused in this place
    assert all(plot.find("title") is not None for plot in plots)
    said = ["".join(plot.itertext()) for plot in plots]
    assert all(re.search(r"\d", each) for each in said)


def test_what_is_of_another_place_or_about_nine_people_is_not_in_it(
    layout: Layout, tmp_path: Path
) -> None:
    text = page(layout, tmp_path / "report.html")
    assert "上海" not in text
    assert "yellow-inspect" not in text
    assert "REGION_NOT_GRANTED" not in text


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_tables_hold_the_same_in_both_forms(layout: Layout, tmp_path: Path, form: str) -> None:
    assert made(layout, "--format", form, "--output", str(tmp_path / "tables")) == 0
    names = {"asked", "issuers", "policies", "disagreements", "refusals", "time"}
    assert {each.stem for each in (tmp_path / "tables").iterdir()} == names
    content = (tmp_path / "tables" / f"issuers.{form}").read_bytes()
    rows = _csv(content) if form == "csv" else _parquet(content)
    (sukangma, _zhenjiang) = rows
    assert {name: str(sukangma[name]) for name in ("issuer", "count", "failed", "accepted")} == {
        "issuer": "sukangma",
        "count": "200",
        "failed": "40",
        "accepted": "20",
    }


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", " =", "\t=", "\n=", "\uff1d", "\uff20"])
def test_no_text_of_a_report_is_a_formula_in_a_spreadsheet(begins: str) -> None:
    names = Text(zh="甲", en="a")
    sheet = Sheet(
        "a", names, [Column("text", names), Column("n", names, int)], [(f"{begins}A1", -1)]
    )
    (row,) = _csv(csv_file(sheet))
    assert row == {"text": f"'{begins}A1", "n": "-1"}


def _csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode())))


def _parquet(content: bytes) -> list[dict[str, object]]:
    table = read_parquet(BytesIO(content)).read_all()
    columns = {name: _values(table.column(name)) for name in table.column_names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _values(column: ChunkedArray) -> list[object]:
    return [column[number].as_py() for number in range(len(column))]


def test_making_a_report_is_recorded(layout: Layout, tmp_path: Path) -> None:
    page(layout, tmp_path / "report.html")
    (entry,) = asyncio.run(_last(layout))
    assert isinstance(entry, ReadingRecord)
    assert entry.action.value == "INTEROP_FIGURES"


async def _last(layout: Layout) -> list[AuditRecord]:
    async with opened(DatabasePlace(layout.database)) as state:
        found = await state.audit.page(AuditFilter(), Slice(1, is_last=True))
        return [entry.record for entry in found.items]


WRONG = {
    "a period that ends before it begins": ("--from", "2020-03-09", "--to", "2020-03-06"),
    "no time": ("--from", "yesterday", "--to", "2020-03-06"),
    "no place": ("--from", FROM, "--to", TO, "--region", "Jiangsu"),
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_refused_is(layout: Layout, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    given = ("--settings", str(layout.settings), "--output", str(tmp_path / "report.html"))
    assert run(["audit", "report", *given, *arguments]) == 2
    assert not (tmp_path / "report.html").exists()


def _write_anew() -> Iterator[str]:
    with TemporaryDirectory() as directory:
        file = Path(directory) / "report.html"
        GOLDEN.write_text(page(town(Path(directory)), file), "utf-8")
        yield f"{GOLDEN} written"


if __name__ == "__main__":
    sys.stdout.writelines(_write_anew())
