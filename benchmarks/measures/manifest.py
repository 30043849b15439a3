"""Many travelers in one request, cold, on all cores; the goal is for 1,000 of them.

Smaller ones show how the time grows, and hot questions of others what a manifest delays them by;
both are parts of the row.
"""

from collections.abc import Sequence
from statistics import median

from benchmarks.floor import Floor
from benchmarks.goals import Goal
from benchmarks.load import Asking, Load, side_by_side
from benchmarks.measure import (
    ManifestSample,
    ask_once,
    floor_on_the_hubs_core,
    is_manifest,
    manifest,
    require_right,
)
from benchmarks.measures.run import MILLI, Run
from benchmarks.questions import (
    always,
    is_recognition,
    manifest_of_hub,
    of_hub,
)
from benchmarks.rows import Row

TRAVELERS = 1_000
SIZES = (1, 10, 100)
"""The rest of the curve."""

HOT_PER_SECOND = 50.0
"""Questions beside a manifest: few enough not to wait for each other."""

HOT_SECONDS = 6.0
"""Twice as long as a manifest may take."""


HUBS_OWN_SECONDS = 3.0


def manifests(run: Run, goals: Sequence[Goal]) -> list[Row]:
    floor = floor_on_the_hubs_core(run.stage)
    cores = run.stage.cores.all
    run.stage.move_all_to(cores)
    curve = {f"ms_for_{size}": _median_seconds(run, size) * MILLI for size in SIZES}
    samples = _asked(run, TRAVELERS)
    beside = _beside(run)
    run.stage.restore()
    (goal,) = goals
    return [_row(goal, samples, floor, len(cores), curve | beside)]


def _asked(run: Run, size: int) -> list[ManifestSample]:
    """The first one warms up."""
    requests = (
        manifest_of_hub(run.stage, [run.travelers.next() for _ in range(size)])
        for _ in range(run.rounds + 1)
    )
    return [manifest(run.stage, request) for request in requests][1:]


def _beside(run: Run) -> dict[str, float]:
    """What a manifest delays the hot answers of other connections by: the latest of them, less what
    half of them take when there is none."""
    alone, beside = zip(*(_alone_and_beside(run) for _ in range(run.rounds)), strict=True)
    parts = {
        "hot_p50_ms_alone": median(each.percentile(0.5) for each in alone) * MILLI,
        "hot_p99_ms_alone": median(each.percentile(0.99) for each in alone) * MILLI,
        "hot_latest_ms_alone": median(max(each.latencies) for each in alone) * MILLI,
        "hot_p99_ms_beside": median(each.percentile(0.99) for each in beside) * MILLI,
        "hot_latest_ms_beside": median(max(each.latencies) for each in beside) * MILLI,
    }
    delayed = parts["hot_latest_ms_beside"] - parts["hot_p50_ms_alone"]
    print(
        f"\nhot answers beside one: p99 {parts['hot_p99_ms_beside']:.1f} ms "
        f"({parts['hot_p99_ms_alone']:.1f} alone), the latest delayed by {delayed:.1f} ms"
    )
    return parts | {"hot_delayed_ms": delayed}


def _alone_and_beside(run: Run) -> tuple[Load, Load]:
    """About one traveler, whose statements are kept for longer than both take."""
    request = of_hub(run.stage, run.travelers.known_to_all())
    ask_once(run.stage.hub_url, request)
    return _hot(run, request), _hot(run, request, _one_manifest(run))


def _hot(run: Run, request: bytes, *others: Asking) -> Load:
    """The hot answers; ``others`` are asked beside them."""
    url = run.stage.servers["hub"].url
    asked = Asking(always(request), is_recognition, HOT_PER_SECOND)
    loads = side_by_side(url, asked, *others, seconds=HOT_SECONDS)
    for load in loads:
        require_right(load)
    return loads[0]


def _one_manifest(run: Run) -> Asking:
    documents = [run.travelers.next() for _ in range(TRAVELERS)]
    request = manifest_of_hub(run.stage, documents)
    return Asking(iter([request]), is_manifest, rate=1 / (2 * HOT_SECONDS))


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
        "hubs_own_deadline_kept": float(seconds <= HUBS_OWN_SECONDS),
        "hub_processor_ms": cpu * MILLI,
        "hub_loop_ms": loop * MILLI,
        "issuers_processor_ms": issuers * MILLI,
        "floor_ms": work / cores * MILLI,
        "issuer_calls": calls,
        "unanswered": unanswered,
        "by_processor_time": cpu / work,
    }
    return Row(goal, value, parts | curve)
