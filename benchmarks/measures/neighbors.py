"""Three clients ask about the same travelers, one after the other, while what was stated to the
first one is still kept."""

from collections.abc import Sequence
from statistics import median

from benchmarks.goals import Goal
from benchmarks.measure import ask_once
from benchmarks.measures.run import MICRO, MILLI, Run
from benchmarks.questions import of_each_client
from benchmarks.rows import Row

SAME_TRAVELERS = 150


def neighbors(run: Run, goals: Sequence[Goal]) -> list[Row]:
    stage, parts, second = run.stage, dict[str, float](), 0.0
    print(
        f"\nthree clients and the same {SAME_TRAVELERS} travelers: medians of {run.rounds} rounds"
    )
    samples: list[list[tuple[float, float, float]]] = [[], [], []]
    for _ in range(run.rounds):
        travelers = [run.travelers.known_to_all() for _ in range(SAME_TRAVELERS)]
        same = [of_each_client(stage, traveler) for traveler in travelers]
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
        parts |= {f"{name}_ms": waited * MILLI, f"{name}_us": used * MICRO, f"{name}_calls": calls}
        second = calls if name == "second" else second
    (goal,) = goals
    return [Row(goal, second, parts)]
