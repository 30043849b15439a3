"""``tongxing five-days --through-hub``: runs the replay, shows how far it is, and reports."""

import json
import resource
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tongxing.gateway.cli.failing import FAILED, CommandFailed
from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.commands.figures_table import FOOTNOTE, figures_table, scale_text
from tongxing.sandbox.five_days.cast import REPORT
from tongxing.sandbox.five_days.days import HOURS, begin_of
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
_MILLI = 1_000
_TO_THE_HOUR = len("2020-03-05 20")


def replay_through_hub(
    directory: Path, scale: Fraction, seed: int, asked: Asked, *, as_json: bool
) -> None:
    """Also reports what came of it until Ctrl-C or a failure, which goes on from here. Raises
    CommandFailed, and typer.Exit if a scan is not in the log."""
    replayed = Replayed(REPORT.scaled(scale), Stopwatch(time.monotonic), Stopwatch(time.monotonic))
    before_mib = _memory_mib()
    tell = _print_json if as_json else _print_tables
    try:
        with (
            staged(directory, replayed.report.applied, seed, asked) as played_on,
            _shown(replayed) as watch,
        ):
            uvloop.run(Replay(replayed, seed, played_on, now).run(watch))
    except KeyboardInterrupt:
        tell(replayed, scale, before_mib)
        raise
    except CommandFailed as failed:
        if not replayed.scans.begun:
            raise
        tell(replayed, scale, before_mib)
        raise CommandFailed(f"{failed.format_message()}: {Layout(directory).logs}") from None
    tell(replayed, scale, before_mib)
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


def _print_tables(replayed: Replayed, scale: Fraction, before_mib: int) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if replayed.hours < HOURS:
        until = clock_text(begin_of(replayed.hours))
        console.print(f"[bold]未完，仅至 cut short, only until {until}[/bold]")
    console.print(figures_table(replayed.report, replayed.counted, scale))
    console.print(FOOTNOTE)
    console.print(_scans_table(replayed))
    console.print(_answers_table(replayed))
    for line in _course(replayed, scale, before_mib):
        console.print(line)


def _scans_table(replayed: Replayed) -> Table:
    scans = replayed.scans
    rows = (
        ("扫码 scans", scans.begun),
        ("已答复 answered", scans.answered),
        ("在审计日志中找到 found in the audit log", scans.found),
        ("日志中没有或不符 missing from the log, or other there", len(scans.missing)),
        ("日志中另有、无人收到的答复 in the log besides, told to nobody", scans.unasked),
        ("被拒后重试 refused and sent again", scans.refusals.total()),
    )
    table = Table("扫码 the scans", show_header=False)
    table.add_column(justify="right")
    for name, count in rows:
        table.add_row(name, f"{count:,}")
    for code, count in sorted(scans.refusals.items()):
        table.add_row(f"  {code}", f"{count:,}")
    return table


def _answers_table(replayed: Replayed) -> Table:
    table = Table("答复 answers")
    table.add_column(justify="right")
    for (color, decision), count in replayed.scans.answers.most_common():
        table.add_row(f"{color} {decision}", f"{count:,}")
    for (issuer, outcome), count in sorted(replayed.scans.sources.items()):
        table.add_row(f"  {issuer} {outcome}", f"{count:,}")
    return table


def _course(replayed: Replayed, scale: Fraction, before_mib: int) -> Iterator[str]:
    waits = replayed.scans.waits
    half, most = (waits.percentile(share) * _MILLI for share in (0.5, 0.99))
    yield (
        f"用时 took {replayed.days.seconds:,.1f} s，另读日志 and reading the log "
        f"{replayed.reading.seconds:,.1f} s；办理 deeds {replayed.deeds:,}"
    )
    yield (
        f"每秒扫码 scans a second {replayed.scans_per_second:,.1f}；"
        f"等候 a gate waited p50 {half:,.0f} ms, p99 {most:,.0f} ms"
    )
    yield (
        f"为实际时间的 against real time, at scale {scale_text(scale)}: "
        f"{replayed.times_real_time:,.0f} ×"
    )
    if scale != 1:
        yield (
            "按此速度推算全体（非实测） at this rate, with everybody (computed, not measured): "
            f"{replayed.whole_times_real_time:,.1f} ×"
        )
    yield f"重放程序内存 memory of the replay: {before_mib} → {_memory_mib()} MiB"


def _print_json(replayed: Replayed, scale: Fraction, before_mib: int) -> None:
    scans = replayed.scans
    typer.echo(
        json.dumps(
            {
                "scale": float(scale),
                "hours": replayed.hours,
                "report": asdict(replayed.report),
                "counted": replayed.counted,
                "deeds": replayed.deeds,
                "scans": scans.begun,
                "answered": scans.answered,
                "found": scans.found,
                "missing": scans.missing,
                "told_to_nobody": scans.unasked,
                "refusals": scans.refusals,
                "answers": _joined(scans.answers.items()),
                "sources": _joined(scans.sources.items()),
                "seconds": round(replayed.days.seconds, 1),
                "reading_seconds": round(replayed.reading.seconds, 1),
                "scans_per_second": round(replayed.scans_per_second, 1),
                "p50_ms": round(scans.waits.percentile(0.5) * _MILLI, 1),
                "p99_ms": round(scans.waits.percentile(0.99) * _MILLI, 1),
                "times_real_time": round(replayed.times_real_time, 1),
                "memory_mib": [before_mib, _memory_mib()],
            }
        )
    )


def _joined(counted: Iterable[tuple[tuple[str, str], int]]) -> dict[str, int]:
    return {" ".join(words): count for words, count in counted}


def _memory_mib() -> int:
    """The most that this process has taken so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KIB_PER_MIB
