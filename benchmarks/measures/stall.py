"""A superior stalls: the national platform takes questions and answers none.

Hot questions, which do not need it, come at a fixed rate; beside them cold ones, which do. Both
before the platform stalls and while it does.
"""

from collections.abc import Sequence

from benchmarks.goals import Goal
from benchmarks.load import Asking, Load, side_by_side
from benchmarks.measure import ask_once, require_right, under_load
from benchmarks.measures.run import MILLI, Run
from benchmarks.questions import always, hub_distinct, is_recognition, is_some_recognition, of_hub
from benchmarks.rows import Row
from tongxing.sandbox.town.records import IssuerName

HOT_SHARE = 0.25
"""Of the saturated rate."""

COLD_PER_SECOND = 20.0
SECONDS = 6.0
"""Twice the deadline, so that questions that wait for it end inside the measurement."""


def stall(run: Run, goals: Sequence[Goal]) -> list[Row]:
    stage = run.stage
    request = of_hub(stage, run.travelers.known_to_all())
    ask_once(stage.hub_url, request)
    full = under_load(stage, stage.servers["hub"], always(request), is_recognition)
    _both(run, request, HOT_SHARE * full.rate)
    before, _ = _both(run, request, HOT_SHARE * full.rate)
    stage.misbehave(IssuerName.NATIONAL, {"mode": "stalled"})
    healthy, waiting = _both(run, request, HOT_SHARE * full.rate)
    stage.misbehave(IssuerName.NATIONAL, None)
    latest = max(waiting.latencies)
    parts = {
        "hot_p99_before_ms": before.percentile(0.99) * MILLI,
        "hot_p99_stalled_ms": healthy.percentile(0.99) * MILLI,
        "hot_per_second": HOT_SHARE * full.rate,
        "cold_per_second": COLD_PER_SECOND,
        "cold_latest_s": latest,
    }
    print(
        f"\na superior stalls: p99 of hot questions {parts['hot_p99_before_ms']:.1f} ms before, "
        f"{parts['hot_p99_stalled_ms']:.1f} ms while it does; the latest of {waiting.asked} cold "
        f"answers after {latest:.2f} s"
    )
    values = {
        "stall-healthy-p99": healthy.percentile(0.99) / before.percentile(0.99),
        "stall-latest": latest,
    }
    return [Row(goal, values[goal.name], parts) for goal in goals]


def _both(run: Run, request: bytes, rate: float) -> tuple[Load, Load]:
    """The hot and the cold questions."""
    cold = hub_distinct(run.stage, run.travelers)
    hot, others = side_by_side(
        run.stage.servers["hub"].url,
        Asking(always(request), is_recognition, rate),
        Asking(cold, is_some_recognition, COLD_PER_SECOND),
        seconds=SECONDS,
    )
    require_right(hot)
    require_right(others)
    return hot, others
