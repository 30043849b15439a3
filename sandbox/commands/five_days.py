"""``tongxing five-days``: the Zhenjiang code's first five days beside the newspaper's report.

The table shows what the city counted and what the newspaper said; it computes neither.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.local import read_settings
from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.city.books import FIGURE_NAMES
from tongxing.sandbox.city.city import books_of
from tongxing.sandbox.commands.sandbox import program
from tongxing.sandbox.five_days.days import AS_OF_UNIX, SCALE, SEED, Lived, live
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.processes import (
    FREE_PORTS,
    reference_issuers,
    terminated_like_interrupted,
)
from tongxing.sandbox.provisioning.state import prepared
from tongxing.sandbox.town.records import IssuerName, clock_text

CITY = IssuerName.ZHENJIANG
_TO_THE_MINUTE = len("2020-03-05 20:00")
_FOOTNOTE = (
    "注：高风险地区人员两项，报道截至3月4日晚；亮码，报道为“近1000万人次”。人员均为虚构，"
    "非官方统计\nNote: the two figures of people from high-risk areas are as of the evening of 4 "
    "March; of showings the report says “nearly 10 million”. All people are invented; no official "
    "statistics"
)


def five_days(
    *,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help=f"全体居民，而非 1:{SCALE} Everybody, in minutes; not one in {SCALE}"
        ),
    ] = False,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="随后打开统计页 Then show the statistics page, until Ctrl-C"),
    ] = False,
    directory: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="保留账册的目录 Keep the city's books here; else they are gone afterwards",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="种子 The seed of what people do")] = SEED,
) -> None:
    scale = 1 if full else SCALE
    console = Console(highlight=False, soft_wrap=True)
    with terminated_like_interrupted(), _place(directory) as layout:
        lived = _live(layout, scale, seed)
        console.print(_table(lived, scale))
        console.print(_FOOTNOTE)
        if directory is not None:
            console.print(_again(directory, lived, seed))
        if serve:
            _serve(layout, lived, seed, console)


@contextmanager
def _place(directory: Path | None) -> Iterator[Layout]:
    if directory is not None:
        yield prepared(directory, now(), read_settings)
        return
    with TemporaryDirectory(prefix="tongxing-five-days-") as passing:
        yield prepared(Path(passing), now(), read_settings)


def _live(layout: Layout, scale: int, seed: int) -> Lived:
    books = books_of(layout.issuers / CITY, seed)
    if books.exists():
        raise CommandFailed(
            f"{books} 已存在，请换一个 --directory 或 --seed is there already: "
            "take another --directory or --seed"
        )
    return live(books, scale, seed)


def _table(lived: Lived, scale: int) -> Table:
    said = "报道 the report" if scale == 1 else f"报道 the report, 1:{scale}"
    table = Table()
    table.add_column("2020-03-01 →", overflow="fold")
    table.add_column("截至 as of\n北京时间 Beijing")
    table.add_column("本次 counted", justify="right")
    table.add_column(said, justify="right")
    for figure, (zh, en) in FIGURE_NAMES.items():
        told = getattr(lived.report, figure)
        as_of = clock_text(AS_OF_UNIX[figure])[:_TO_THE_MINUTE]
        table.add_row(f"{zh}\n{en}", as_of, f"{lived.counted[figure]:,}", f"{told:,}")
    return table


def _again(directory: Path, lived: Lived, seed: int) -> str:
    options = f"--directory {directory} --seed {seed} --population {lived.report.applied}"
    return f"用这些账册运行各机构 run the issuers on these books: {program()} sandbox {options}"


def _serve(layout: Layout, lived: Lived, seed: int, console: Console) -> None:
    """On a free port, so that the fixed ones may be in use."""
    port = {CITY: FREE_PORTS[CITY]}
    with reference_issuers(layout, port, seed, lived.report.applied) as urls:
        console.print(f"统计页 statistics: {urls[CITY]}/statistics/page")
        with suppress(KeyboardInterrupt):
            Event().wait()
