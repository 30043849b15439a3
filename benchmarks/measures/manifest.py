"""Many travelers in one request, cold, on all cores; the goal is for 1,000 of them.

Smaller ones show how the time grows; they are parts of the row.
"""

from collections.abc import Sequence
from statistics import median

from benchmarks.floor import Floor
from benchmarks.goals import Goal
from benchmarks.measure import ManifestSample, floor_on_the_hubs_core, manifest
from benchmarks.measures.run import MILLI, Run
from benchmarks.questions import manifest_of_hub
from benchmarks.rows import Row

TRAVELERS = 1_000
SIZES = (1, 10, 100)
"""The rest of the curve."""


def manifests(run: Run, goals: Sequence[Goal]) -> list[Row]:
    stage = run.stage
    floor = floor_on_the_hubs_core(stage)
    stage.move_all_to(stage.cores.all)
    curve = {f"ms_for_{size}": _median_seconds(run, size) * MILLI for size in SIZES}
    samples = _asked(run, TRAVELERS)
    stage.restore()
    (goal,) = goals
    return [_row(goal, samples, floor, len(stage.cores.all), curve)]


def _asked(run: Run, size: int) -> list[ManifestSample]:
    """The first one warms up."""
    requests = (
        manifest_of_hub(run.stage, [run.travelers.next() for _ in range(size)])
        for _ in range(run.rounds + 1)
    )
    return [manifest(run.stage, request) for request in requests][1:]


def _median_seconds(run: Run, size: int) -> float:
    return median(sample.seconds for sample in _asked(run, size))


def _row(
    goal: Goal,
    samples: list[ManifestSample],
    floor: Floor,
    cores: int,
    curve: dict[str, float],
) -> Row:
    seconds, cpu = median(s.seconds for s in samples), median(s.cpu_seconds for s in samples)
    loop = median(s.loop_seconds for s in samples)
    issuers = median(s.issuer_seconds for s in samples)
    calls = median(s.calls for s in samples)
    unanswered = median(s.unanswered for s in samples)
    work = floor.query * TRAVELERS
    value = seconds / work * cores
    print(f"\nmanifest of {TRAVELERS:,}, cold: medians of {len(samples)}")
    print(
        f"  {seconds:.2f} s; {cpu:.2f} s of processor time in the hub ({loop:.2f} on the event "
        f"loop), {issuers:.2f} s at the issuers; {calls:.0f} issuer calls, {unanswered:.0f} of "
        f"{3 * TRAVELERS:,} questions unanswered"
    )
    print(
        f"  floor: {work:.2f} s of signature work, {work / cores:.2f} s on {cores} cores; "
        f"time {value:.1f} × that, processor time {cpu / work:.1f} × the work"
    )
    parts = {
        "hub_ms": seconds * MILLI,
        "hub_processor_ms": cpu * MILLI,
        "hub_loop_ms": loop * MILLI,
        "issuers_processor_ms": issuers * MILLI,
        "floor_ms": work / cores * MILLI,
        "issuer_calls": calls,
        "unanswered": unanswered,
        "by_processor_time": cpu / work,
    }
    return Row(goal, value, parts | curve)
