"""What every measure is handed, and the arithmetic that all of them share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from benchmarks.floor import Floor
from benchmarks.goals import Goal
from benchmarks.measure import NotMeasured, Sample
from benchmarks.questions import Travelers
from benchmarks.rows import Row, not_measured
from benchmarks.stage import Stage

MICRO = 1e6
MILLI = 1e3

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """Travelers are handed out once in a whole run: what was asked before is in the cache."""

    stage: Stage
    travelers: Travelers
    rounds: int


Measure = Callable[[Run, Sequence[Goal]], list[Row]]


def measured(measure: Measure, run: Run, goals: Sequence[Goal]) -> list[Row]:
    """The rows of ``measure``, without values if something else happened than was to be measured:
    one measure that fails takes no other with it."""
    try:
        return measure(run, goals)
    except NotMeasured as why:
        print(f"\nnot measured: {why}")
        run.stage.restore()
        return [not_measured(goal, str(why)) for goal in goals]


def middle(samples: Sequence[S], value: Callable[[S], float]) -> float:
    return median(value(sample) for sample in samples)


def ratio(upper: Sequence[S], lower: Sequence[T], of: Callable[[S, T], float]) -> float:
    """The median of the rounds' own ratios: what disturbed a round disturbed both of its parts."""
    return median(of(*pair) for pair in zip(upper, lower, strict=True))


def print_sample(name: str, samples: Sequence[Sample]) -> None:
    print(
        f"  {name}: {middle(samples, lambda s: s.rate):,.0f}/s; a question costs "
        f"{middle(samples, lambda s: s.cpu_seconds) * MICRO:,.0f} µs of processor time "
        f"({middle(samples, lambda s: s.loop_seconds) * MICRO:,.0f} on the first thread), "
        f"{middle(samples, lambda s: s.calls):.2f} issuer calls, "
        f"{middle(samples, lambda s: s.issuer_seconds) * MICRO:,.0f} µs at the issuers; "
        f"p50 {middle(samples, lambda s: s.p50_seconds) * MILLI:,.1f} ms, "
        f"p99 {middle(samples, lambda s: s.p99_seconds) * MILLI:,.1f} ms at saturation"
    )


def print_floor(floors: Sequence[Floor]) -> None:
    print(
        f"  floor: {middle(floors, lambda f: f.query) * MICRO:,.0f} µs = "
        f"checks ES256 {middle(floors, lambda f: f.es256_check) * MICRO:,.0f}"
        f" + EdDSA {middle(floors, lambda f: f.eddsa_check) * MICRO:,.0f}"
        f" + SM2 {middle(floors, lambda f: f.sm2_check) * MICRO:,.0f}"
        f" + signature ES256 {middle(floors, lambda f: f.es256_sign) * MICRO:,.0f}"
        f" (beside it: SM2 signature {middle(floors, lambda f: f.sm2_sign) * MICRO:,.0f})"
    )


def cost_parts(name: str, samples: Sequence[Sample]) -> dict[str, float]:
    """The figures of one server, by names that say whose and which unit."""
    return {
        f"{name}_per_second": middle(samples, lambda s: s.rate),
        f"{name}_us": middle(samples, lambda s: s.cpu_seconds) * MICRO,
        f"{name}_first_thread_us": middle(samples, lambda s: s.loop_seconds) * MICRO,
        f"{name}_issuer_calls": middle(samples, lambda s: s.calls),
        f"{name}_p99_ms": middle(samples, lambda s: s.p99_seconds) * MILLI,
    }
