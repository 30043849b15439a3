"""``tongxing audit report``: the figures of a period as a page or as tables."""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from tongxing.gateway.cli.failing import USAGE, CommandFailed
from tongxing.gateway.cli.local import (
    LocalDatabase,
    SettingsOption,
    existing_database,
    read_settings,
    settings_path,
)
from tongxing.gateway.cli.local_readings import record_reading
from tongxing.gateway.cli.trust_commands import believed
from tongxing.gateway.operation.files import replace
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.report.csv_tables import SheetWriter, csv_file
from tongxing.gateway.report.report_page import Heading, report_page
from tongxing.gateway.report.sheets import ReportFigures, sheets
from tongxing.gateway.rollups.figure_sums import Wanted
from tongxing.gateway.rollups.period_words import period_words
from tongxing.gateway.rollups.periods import Period, finest_for, whole_steps
from tongxing.keys import TrustListRefused
from tongxing.keys.root_keys import InvalidRootKeys
from tongxing.schema import COUNTRY, RegionCode, Text, read_moment, region_code
from tongxing.schema.audit_words import ReadingAction

PARQUET = "tongxing.sheets"
"""The entry point of what writes Parquet, which needs a library that is not always installed."""


NOT_A_PERIOD = (
    "--from 须早于 --to，不写时区的按北京时间 --from comes before --to, both in Beijing time if "
    "they have no zone, as 2020-03-01"
)


class ReportFormat(StrEnum):
    HTML = "html"
    CSV = "csv"
    PARQUET = "parquet"


class _NotAPeriod(CommandFailed):
    exit_code = USAGE


class _NotARegion(CommandFailed):
    exit_code = USAGE


def report(
    *,
    settings: SettingsOption = None,
    since: Annotated[
        str,
        typer.Option("--from", metavar="TIME", help="起始（含），如2020-03-01 From this time on"),
    ],
    until: Annotated[
        str, typer.Option("--to", metavar="TIME", help="截止（不含） Before this time")
    ],
    region: Annotated[
        str | None,
        typer.Option(
            metavar="REGION",
            show_default=False,
            help="接收地，六位代码，含其下属地区 A receiving place, and all in it",
        ),
    ] = None,
    form: Annotated[
        ReportFormat,
        typer.Option("--format", help="网页，或每表一个文件 One page, or a file for each table"),
    ] = ReportFormat.HTML,
    output: Annotated[
        Path,
        typer.Option(
            metavar="PATH",
            help="网页的文件；表格的文件夹 The page's file; the folder of the tables",
        ),
    ],
) -> None:
    period = _period(since, until)
    place = None if region is None else _region(region)
    file = settings_path(settings)
    writer = _writer(form)
    report = asyncio.run(_read(existing_database(settings), period, place))
    if writer is None:
        heading = Heading(period_words(period), report.is_complete, place, _names(file))
        _write(output, report_page(heading, report.found).encode())
        typer.echo(f"✔ {output}")
        return
    for sheet in sheets(report.found):
        target = output / f"{sheet.name}.{form.value}"
        _write(target, writer(sheet))
        typer.echo(f"✔ {target}")


class _Report(NamedTuple):
    found: ReportFigures
    is_complete: bool


async def _read(database: LocalDatabase, period: Period, region: RegionCode | None) -> _Report:
    wanted = Wanted(period, (COUNTRY,), region)
    async with opened(database.place, database.signer) as state:
        await record_reading(state, ReadingAction.INTEROP_FIGURES)
        figures = state.figures
        found = ReportFigures(
            await figures.asked(wanted),
            await figures.health(wanted),
            await figures.decided(wanted),
            await figures.disagreed(wanted),
            await figures.refused(wanted),
            await figures.decided(wanted._replace(is_per_step=True)),
        )
        return _Report(found, await figures.is_whole(period))


def _period(since: str, until: str) -> Period:
    try:
        begin, end = read_moment(since), read_moment(until)
    except ValueError:
        raise _NotAPeriod(NOT_A_PERIOD) from None
    if not begin < end:
        raise _NotAPeriod(NOT_A_PERIOD)
    return whole_steps(finest_for(end - begin), begin, end)


def _region(text: str) -> RegionCode:
    try:
        return region_code(text)
    except ValueError:
        raise _NotARegion(
            "--region 是六位行政区划代码 --region is a division code of six digits, as 320000"
        ) from None


def _names(settings: Path) -> Mapping[str, Text]:
    """Of issuers, by the trust list of this machine; empty if none is in force here."""
    trust = read_settings(settings).trust
    try:
        listed = believed(trust, trust.list).issuers
    except (OSError, InvalidRootKeys, TrustListRefused):
        return {}
    return {each.id: Text(zh=each.name_zh, en=each.name_en) for each in listed.values()}


def _writer(form: ReportFormat) -> SheetWriter | None:
    """None for the page."""
    if form is ReportFormat.HTML:
        return None
    if form is ReportFormat.CSV:
        return csv_file
    (entry,) = entry_points(group=PARQUET)
    try:
        writer: SheetWriter = entry.load()
    except ModuleNotFoundError:
        raise CommandFailed(
            "未安装 Parquet 所需组件 Parquet needs what is not installed: "
            "pip install 'tongxing[report]'"
        ) from None
    return writer


def _write(file: Path, content: bytes) -> None:
    try:
        replace(file, content)
    except OSError as error:
        raise CommandFailed(f"{file} 无法写入 cannot be written ({error.strerror})") from None
