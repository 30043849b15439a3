"""What a client saves by naming a trusted document instead of sending its text: hot, with receipt.

Both are the same document of the same operation, so the answers are the same. A text is found in
the memory of prepared documents, an id among those that were read at the start.
"""

from collections.abc import Sequence

from benchmarks.goals import CONNECTIONS, Goal
from benchmarks.measure import Sample, ask_once, under_load
from benchmarks.measures.run import Run, cost_parts, print_sample, ratio
from benchmarks.questions import always, by_id, by_text, is_recognition
from benchmarks.rows import Row


def open_query(run: Run, goals: Sequence[Goal]) -> list[Row]:
    stage, traveler = run.stage, run.travelers.known_to_all()
    requests = {"open": by_text(stage, traveler), "trusted": by_id(stage, traveler)}
    samples: dict[str, list[Sample]] = {kind: [] for kind in requests}
    for request in requests.values():
        ask_once(stage.hub_url, request)
    for _ in range(run.rounds):
        for kind, request in requests.items():
            hub, load = stage.servers["hub"], always(request)
            samples[kind].append(
                under_load(stage, hub, load, is_recognition, connections=CONNECTIONS[0])
            )
    print(f"\nopen query and trusted document, {CONNECTIONS[0]} connections")
    for kind, taken in samples.items():
        print_sample(kind, taken)
    value = ratio(samples["open"], samples["trusted"], lambda o, t: o.rate / t.rate)
    parts = {**cost_parts("open", samples["open"]), **cost_parts("trusted", samples["trusted"])}
    (goal,) = goals
    return [Row(goal, value, parts)]
