"""What came of the five days behind a hub, for people and for programs.

Shows what was counted, and says of every other figure that it was computed.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from fractions import Fraction

import typer
from rich.console import Console
from rich.table import Table

from tongxing.sandbox.commands.figures_table import FOOTNOTE, figures_table, scale_text
from tongxing.sandbox.five_days.days import HOURS, begin_of
from tongxing.sandbox.replay.replayed import Replayed
from tongxing.sandbox.town.records import clock_text

_MILLI = 1_000


def print_tables(replayed: Replayed, scale: Fraction, memory_mib: tuple[int, int]) -> None:
    """``memory_mib`` is the most that this program took before the days, and until now."""
    console = Console(highlight=False, soft_wrap=True)
    if replayed.hours < HOURS:
        until = clock_text(begin_of(replayed.hours))
        console.print(f"[bold]未完，仅至 cut short, only until {until}[/bold]")
    console.print(figures_table(replayed.report, replayed.counted, scale))
    console.print(FOOTNOTE)
    console.print(_scans_table(replayed))
    console.print(_answers_table(replayed))
    for line in _course(replayed, scale, memory_mib):
        console.print(line)


def _scans_table(replayed: Replayed) -> Table:
    scans = replayed.scans
    rows = (
        ("扫码 scans", scans.begun),
        ("已答复 answered", scans.answered),
        ("在审计日志中找到 found in the audit log", scans.found),
        ("尚未在日志中核对 not looked for yet", len(scans.unread)),
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


def _course(replayed: Replayed, scale: Fraction, memory_mib: tuple[int, int]) -> Iterator[str]:
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
    before, most_since = memory_mib
    yield f"重放程序内存 memory of the replay: {before} → {most_since} MiB"


def print_json(replayed: Replayed, scale: Fraction, memory_mib: tuple[int, int]) -> None:
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
                "not_looked_for": len(scans.unread),
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
                "memory_mib": memory_mib,
            }
        )
    )


def _joined(counted: Iterable[tuple[tuple[str, str], int]]) -> dict[str, int]:
    return {" ".join(words): count for words, count in counted}
