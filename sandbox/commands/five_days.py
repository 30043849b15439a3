"""``tongxing five-days``: the Zhenjiang code's first five days beside the newspaper's report.

The table shows what the city counted and what the newspaper said; it computes neither.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Event
from typing import Annotated

import typer
from rich.console import Console

from tongxing.gateway.cli.failing import USAGE, CommandFailed
from tongxing.gateway.cli.local import read_settings
from tongxing.gateway.cli.serve import MOST_WORKERS
from tongxing.gateway.cli.terminal import JsonOption, now
from tongxing.sandbox.city.city import books_of
from tongxing.sandbox.commands.figures_table import FOOTNOTE, figures_table
from tongxing.sandbox.commands.sandbox import program
from tongxing.sandbox.commands.through_hub import HUB_SCALE, replay_through_hub
from tongxing.sandbox.five_days.in_books import SCALE, SEED, Lived, live
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.processes import (
    FREE_PORTS,
    reference_issuers,
    terminated_like_interrupted,
)
from tongxing.sandbox.provisioning.state import prepared
from tongxing.sandbox.replay.staging import SETTINGS_FILE, Asked
from tongxing.sandbox.town.records import IssuerName

CITY = IssuerName.ZHENJIANG
SMALLEST_SCALE = 0.00002
"""Of 32 people."""


class _DoNotGoTogether(CommandFailed):
    exit_code = USAGE


def five_days(
    *,
    through_hub: Annotated[
        bool,
        typer.Option(
            "--through-hub",
            help="每次扫码都经平台和审计日志 Each scan over HTTP, through a hub and its log",
        ),
    ] = False,
    scale: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=SMALLEST_SCALE,
            max=1,
            show_default=False,
            help=f"规模，1为全体居民 How much of everybody: 1 is all, {float(SCALE):g} if "
            f"left out, through a hub {float(HUB_SCALE):g}",
        ),
    ] = None,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="随后打开统计页 Then show the statistics page, until Ctrl-C"),
    ] = False,
    directory: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="保留账册的目录 Keep the city's books here, and the hub's log; else they are gone "
            "afterwards",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="种子 The seed of what people do")] = SEED,
    workers: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            max=MOST_WORKERS,
            help="平台的工作进程数 How many processes the hub has; more than one need --database",
        ),
    ] = 1,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            show_default=False,
            help="平台用的空 PostgreSQL 数据库 An empty database for the hub, postgresql://…; else "
            "a file",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    if not through_hub and (workers > 1 or database is not None or as_json):
        raise _DoNotGoTogether(
            "这些选项须与 --through-hub 同用 --workers, --database and --json go with --through-hub"
        )
    if through_hub and serve:
        raise _DoNotGoTogether("不能同用 --serve does not go with --through-hub")
    with terminated_like_interrupted():
        if through_hub:
            share = HUB_SCALE if scale is None else _share(scale)
            with _directory(directory) as place:
                _refuse_books(Layout(place), seed)
                replay_through_hub(place, share, seed, Asked(workers, database), as_json=as_json)
                if directory is not None and not as_json:
                    Console(highlight=False, soft_wrap=True).print(_check_again(place))
            return
        _live_in_books(SCALE if scale is None else _share(scale), seed, directory, serves=serve)


def _share(scale: float) -> Fraction:
    """As it was typed: 0.01 is one in a hundred."""
    return Fraction(str(scale))


def _live_in_books(scale: Fraction, seed: int, directory: Path | None, *, serves: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    with _directory(directory) as place:
        layout = prepared(place, now(), read_settings)
        lived = live(_refuse_books(layout, seed), scale, seed)
        console.print(figures_table(lived.report, lived.counted, scale))
        console.print(FOOTNOTE)
        if directory is not None:
            console.print(_again(directory, lived, seed))
        if serves:
            _serve(layout, lived, seed, console)


@contextmanager
def _directory(kept: Path | None) -> Iterator[Path]:
    """A passing one goes away at the end, but not after a failure: its text may name a log."""
    if kept is not None:
        yield kept
        return
    passing, has_failed = Path(mkdtemp(prefix="tongxing-five-days-")), False
    try:
        yield passing
    except CommandFailed:
        has_failed = True
        raise
    finally:
        if not (has_failed and Layout(passing).logs.exists()):
            rmtree(passing)


def _refuse_books(layout: Layout, seed: int) -> Path:
    """Where the city's books will be. Raises CommandFailed if there are some already."""
    books = books_of(layout.issuers / CITY, seed)
    if books.exists():
        raise CommandFailed(
            f"{books} 已存在，请换一个 --directory 或 --seed is there already: "
            "take another --directory or --seed"
        )
    return books


def _again(directory: Path, lived: Lived, seed: int) -> str:
    options = f"--directory {directory} --seed {seed} --population {lived.report.applied}"
    return f"用这些账册运行各机构 run the issuers on these books: {program()} sandbox {options}"


def _check_again(directory: Path) -> str:
    settings = directory / SETTINGS_FILE
    return f"核验日志 check the log: {program()} audit verify --settings {settings}"


def _serve(layout: Layout, lived: Lived, seed: int, console: Console) -> None:
    """On a free port, so that the fixed ones may be in use."""
    port = {CITY: FREE_PORTS[CITY]}
    with reference_issuers(layout, port, seed, lived.report.applied) as urls:
        console.print(f"统计页 statistics: {urls[CITY]}/statistics/page")
        with suppress(KeyboardInterrupt):
            Event().wait()
