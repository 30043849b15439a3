"""The measurements by name, each printed as a table with its ratios."""

from collections.abc import Callable, Iterator
from statistics import median

from benchmarks.floor import Floor
from benchmarks.load import at_rate
from benchmarks.measure import (
    ManifestSample,
    Sample,
    ask_once,
    floor_on_the_hubs_core,
    manifest,
    require_right,
    under_load,
)
from benchmarks.questions import (
    Travelers,
    always,
    anything,
    hub_distinct,
    is_peer_answer,
    is_recognition,
    manifest_of_hub,
    of_each_client,
    of_hub,
    peer_distinct,
)
from benchmarks.stage import Stage

TRAVELERS = 1_000
SAME_TRAVELERS = 150
LOADS = (0.25, 0.5)
"""Shares of the saturated rate at which latency is looked at."""

LATENCY_SECONDS = 3.0
MICRO = 1e6
MILLI = 1e3


def hot(stage: Stage, travelers: Travelers, rounds: int) -> None:
    """One traveler, evidence in the cache, with audit and receipt."""
    request = of_hub(stage, travelers.known_to_all())
    ask_once(stage.hub_url, request)
    _beside_floor_and_peer("hot", stage, travelers, rounds, lambda: always(request))


def cold(stage: Stage, travelers: Travelers, rounds: int) -> None:
    """Distinct travelers, all three issuers asked and verified."""
    _beside_floor_and_peer("cold", stage, travelers, rounds, lambda: hub_distinct(stage, travelers))


def _beside_floor_and_peer(
    name: str,
    stage: Stage,
    travelers: Travelers,
    rounds: int,
    requests: Callable[[], Iterator[bytes]],
) -> None:
    floors: list[Floor] = []
    hubs: list[Sample] = []
    peers: list[Sample] = []
    asked_of_peer = peer_distinct(stage, travelers)
    for _ in range(rounds):
        floors.append(floor_on_the_hubs_core(stage))
        hubs.append(under_load(stage, stage.hub, stage.hub_url, requests(), is_recognition))
        peers.append(under_load(stage, stage.peer, stage.peer_url, asked_of_peer, is_peer_answer))
    always_there = always(of_hub(stage, travelers.next()))
    ceiling = under_load(
        stage, stage.programs["ceiling"], stage.ceiling_url, always_there, anything
    )
    print(f"\n{name}: medians of {rounds} rounds")
    _row("hub", hubs)
    _row("plain Strawberry", peers)
    _print_floor(floors)
    print(f"  the asking side alone: {ceiling.rate:,.0f}/s")
    _print_ratios(hubs, peers, floors)


def _row(name: str, samples: list[Sample]) -> None:
    def middle(value: Callable[[Sample], float]) -> float:
        return median(value(sample) for sample in samples)

    print(
        f"  {name}: {middle(lambda s: s.rate):,.0f}/s; a question costs "
        f"{middle(lambda s: s.cpu_seconds) * MICRO:,.0f} µs of processor time "
        f"({middle(lambda s: s.loop_seconds) * MICRO:,.0f} on the event loop), "
        f"{middle(lambda s: s.calls):.2f} issuer calls, "
        f"{middle(lambda s: s.issuer_seconds) * MICRO:,.0f} µs at the issuers; "
        f"p50 {middle(lambda s: s.p50_seconds) * MILLI:,.0f} ms, "
        f"p99 {middle(lambda s: s.p99_seconds) * MILLI:,.0f} ms at saturation"
    )


def _print_floor(floors: list[Floor]) -> None:
    def middle(value: Callable[[Floor], float]) -> float:
        return median(value(floor) for floor in floors) * MICRO

    print(
        f"  floor: {middle(lambda f: f.query):,.0f} µs = "
        f"checks ES256 {middle(lambda f: f.es256_check):,.0f}"
        f" + EdDSA {middle(lambda f: f.eddsa_check):,.0f}"
        f" + SM2 {middle(lambda f: f.sm2_check):,.0f}"
        f" + signature ES256 {middle(lambda f: f.es256_sign):,.0f}"
        f" (beside it: SM2 signature {middle(lambda f: f.sm2_sign):,.0f},"
        " twice for a national question)"
    )


def _print_ratios(hubs: list[Sample], peers: list[Sample], floors: list[Floor]) -> None:
    """Each round's own ratio first, then the median: what disturbed a round disturbed its parts."""
    share = median(f.query / h.cpu_seconds for f, h in zip(floors, hubs, strict=True))
    rates = median(h.rate / p.rate for h, p in zip(hubs, peers, strict=True))
    costs = median(p.cpu_seconds / h.cpu_seconds for h, p in zip(hubs, peers, strict=True))
    print(f"  floor / hub: {share:.0%} of the processor time is signatures")
    print(f"  hub / plain Strawberry: {rates:.2f} × the rate, {costs:.2f} × by processor time")


def neighbors(stage: Stage, travelers: Travelers, rounds: int) -> None:
    """Three clients ask about the same travelers, one after the other, while what was stated to the
    first one is still kept."""
    print(f"\nthree clients and the same {SAME_TRAVELERS} travelers: medians of {rounds} rounds")
    samples: list[list[tuple[float, float, float]]] = [[], [], []]
    for _ in range(rounds):
        same = [of_each_client(stage, travelers.known_to_all()) for _ in range(SAME_TRAVELERS)]
        for number, requests in enumerate(zip(*same, strict=True)):
            before, cpu = stage.calls(), stage.hub.cpu()
            seconds = [ask_once(stage.hub_url, request)[0] for request in requests]
            used = stage.hub.cpu().since(cpu).all / SAME_TRAVELERS
            calls = (stage.calls() - before) / SAME_TRAVELERS
            samples[number].append((median(seconds), used, calls))
    for name, sample in zip(("first", "second", "third"), samples, strict=True):
        waited, used, calls = (median(values) for values in zip(*sample, strict=True))
        print(
            f"  {name} client: a question takes {waited * MILLI:.1f} ms, costs "
            f"{used * MICRO:,.0f} µs of processor time and {calls:.2f} issuer calls"
        )


def manifests(stage: Stage, travelers: Travelers, rounds: int) -> None:
    """1,000 travelers in one request, cold, on all cores."""
    floor = floor_on_the_hubs_core(stage)
    stage.move_all_to(stage.cores.all)
    samples = [
        manifest(stage, manifest_of_hub(stage, [travelers.next() for _ in range(TRAVELERS)]))
        for _ in range(rounds + 1)
    ][1:]
    stage.restore()
    _print_manifest(samples, floor, len(stage.cores.all))


def _print_manifest(samples: list[ManifestSample], floor: Floor, cores: int) -> None:
    seconds, cpu = median(s.seconds for s in samples), median(s.cpu_seconds for s in samples)
    work = floor.query * TRAVELERS
    print(f"\nmanifest of {TRAVELERS:,}, cold: medians of {len(samples)}")
    print(
        f"  {seconds:.2f} s; {cpu:.2f} s of processor time in the hub "
        f"({median(s.loop_seconds for s in samples):.2f} on the event loop), "
        f"{median(s.issuer_seconds for s in samples):.2f} s at the issuers; "
        f"{median(s.calls for s in samples):.0f} issuer calls, "
        f"{median(s.unanswered for s in samples):.0f} of {3 * TRAVELERS:,} questions unanswered"
    )
    print(
        f"  floor: {work:.2f} s of signature work, {work / cores:.2f} s on {cores} cores; "
        f"time {seconds / work * cores:.1f} × that, processor time {cpu / work:.1f} × the work"
    )


def latency(stage: Stage, travelers: Travelers, _rounds: int) -> None:
    """At a fixed rate, counted from when a question was due."""
    request = of_hub(stage, travelers.known_to_all())
    ask_once(stage.hub_url, request)
    full = under_load(stage, stage.hub, stage.hub_url, always(request), is_recognition)
    print(f"\nlatency of the hot question; saturated {full.rate:,.0f}/s")
    for share in LOADS:
        load = at_rate(
            stage.hub_url,
            always(request),
            is_recognition,
            rate=share * full.rate,
            seconds=LATENCY_SECONDS,
        )
        require_right(load)
        shown = ", ".join(
            f"p{percent:g} {load.percentile(percent / 100) * MILLI:.1f} ms"
            for percent in (50, 90, 99, 99.9)
        )
        print(f"  at {share:.0%} of it: {shown}")
