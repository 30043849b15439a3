"""``tongxing five-days --through-hub``: runs the replay and shows how far it is."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tongxing.gateway.cli.failing import FAILED, CommandFailed
from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.commands.replay_report import print_json, print_tables
from tongxing.sandbox.five_days.cast import REPORT
from tongxing.sandbox.five_days.days import begin_of
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.replay.replayed import Replayed
from tongxing.sandbox.replay.replaying import Replay, Watch
from tongxing.sandbox.replay.staging import Asked, staged
from tongxing.sandbox.replay.stopwatch import Stopwatch
from tongxing.sandbox.town.records import clock_text

HUB_SCALE = Fraction(1, 1_000)
"""About a minute on two cores."""

_TOLD_EVERY_SECONDS = 5.0
"""Without a terminal."""

_KIB_PER_MIB = 1_024
_TO_THE_HOUR = len("2020-03-05 20")


def replay_through_hub(
    directory: Path, scale: Fraction, seed: int, asked: Asked, *, as_json: bool
) -> None:
    """Also reports what came of it until Ctrl-C or a failure, which goes on from here. Raises
    CommandFailed, and typer.Exit if a scan is not in the log."""
    replayed = Replayed(REPORT.scaled(scale), Stopwatch(time.monotonic), Stopwatch(time.monotonic))
    before_mib = _memory_mib()

    def tell() -> None:
        print_all = print_json if as_json else print_tables
        print_all(replayed, scale, (before_mib, _memory_mib()))

    try:
        with (
            staged(directory, replayed.report.applied, seed, asked) as played_on,
            _shown(replayed) as watch,
        ):
            uvloop.run(Replay(replayed, seed, played_on, now).run(watch))
    except KeyboardInterrupt:
        tell()
        raise
    except CommandFailed as failed:
        if not replayed.scans.begun:
            raise
        tell()
        raise CommandFailed(f"{failed.format_message()}: {Layout(directory).logs}") from None
    tell()
    if not replayed.every_scan_is_found:
        raise typer.Exit(FAILED)


@contextmanager
def _shown(replayed: Replayed) -> Iterator[Watch]:
    """How far it is, on standard error: a bar on a terminal, else a line now and then."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        yield _every(_TOLD_EVERY_SECONDS, lambda: console.print(_how_far(replayed)))
        return
    columns = (
        BarColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=replayed.expected_scans)

        def show() -> None:
            done = replayed.scans.answered
            progress.update(task, completed=done, description=_how_far(replayed))

        yield show


def _every(seconds: float, say: Watch) -> Watch:
    last = -seconds

    def perhaps() -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            say()

    return perhaps


def _how_far(replayed: Replayed) -> str:
    scans = replayed.scans
    return (
        f"{clock_text(begin_of(replayed.hours))[:_TO_THE_HOUR]}:00  "
        f"扫码 scans {scans.answered:,}/{replayed.expected_scans:,}  "
        f"日志 in the log {scans.found:,}  {replayed.scans_per_second:,.0f}/s"
    )


def _memory_mib() -> int:
    """The most that this process has taken so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KIB_PER_MIB
