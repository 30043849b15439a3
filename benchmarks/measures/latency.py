"""Latency of the hot question at a fixed rate, counted from when it was due."""

from collections.abc import Sequence

from benchmarks.goals import Goal
from benchmarks.load import Load, at_rate
from benchmarks.measure import ask_once, require_right, under_load
from benchmarks.measures.run import MILLI, Run
from benchmarks.questions import always, is_recognition, of_hub
from benchmarks.rows import Row
from benchmarks.stage import Stage

LOADS = (0.25, 0.5)
"""Shares of the saturated rate that are looked at; the goal is for the last one."""

SECONDS = 3.0
PERCENTS = (50, 90, 99, 99.9)


def latency(run: Run, goals: Sequence[Goal]) -> list[Row]:
    request = of_hub(run.stage, run.travelers.known_to_all())
    ask_once(run.stage.hub_url, request)
    hub = run.stage.servers["hub"]
    full = under_load(run.stage, hub, always(request), is_recognition)
    print(f"\nlatency of the hot question; saturated {full.rate:,.0f}/s")
    loads = {share: _at(run.stage, request, share * full.rate) for share in LOADS}
    for share, load in loads.items():
        shown = ", ".join(f"p{p:g} {load.percentile(p / 100) * MILLI:.1f} ms" for p in PERCENTS)
        print(f"  at {share:.0%} of it: {shown}")
    half = loads[LOADS[-1]]
    parts = {f"p{p:g}_ms": half.percentile(p / 100) * MILLI for p in PERCENTS}
    quarter = {"p99_ms_at_a_quarter": loads[LOADS[0]].percentile(0.99) * MILLI}
    (goal,) = goals
    value = half.percentile(0.99) * MILLI
    return [Row(goal, value, parts | quarter | {"saturated_per_second": full.rate})]


def _at(stage: Stage, request: bytes, rate: float) -> Load:
    url = stage.servers["hub"].url
    load = at_rate(url, always(request), is_recognition, rate=rate, seconds=SECONDS)
    require_right(load)
    return load
