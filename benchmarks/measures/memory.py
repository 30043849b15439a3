"""What a kept health code takes in memory, against its own bytes.

A hub that keeps statements for a minute, the longest that can be set, answers manifests, and what
its process grew by from the third to the last is divided by the statements that it keeps of them:
all of what an answer leaves behind counts, not only the statement. A million at once would take
hundreds of manifests a minute, so what one takes is what is measured. Their own bytes are those on
the wire, signatures included.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from benchmarks.goals import Goal
from benchmarks.measure import manifest
from benchmarks.measures.run import Run
from benchmarks.questions import manifest_of_hub
from benchmarks.recording import record
from benchmarks.rows import Row, not_measured
from benchmarks.stage import Stage
from benchmarks.wire import Person
from tongxing.sandbox.town.documents import Document

TRAVELERS = 1_000
WARM_UP_MANIFESTS = 3
MANIFESTS = 20
SAMPLED = 20
"""Travelers whose statements are weighed."""

KEEP_SECONDS = 60
KEEP_MEGABYTES = 8_000


def keep_everything(settings: Path) -> None:
    """For the hub's settings file: more than a run asks about, longer than it takes."""
    kept = f"\n[cache]\nseconds = {KEEP_SECONDS}\n"
    kept += f"client_megabytes = {KEEP_MEGABYTES}\nmegabytes = {KEEP_MEGABYTES}\n"
    settings.write_text(settings.read_text("utf-8") + kept, "utf-8")


def memory(run: Run, goals: Sequence[Goal]) -> list[Row]:
    stage = run.stage
    stage.move_all_to(stage.cores.all)
    for _ in range(WARM_UP_MANIFESTS):
        _ask(run)
    before, began = stage.hub.resident_bytes(), time.monotonic()
    travelers = [traveler for _ in range(MANIFESTS) for traveler in _ask(run)]
    grown = stage.hub.resident_bytes() - before
    stage.restore()
    (goal,) = goals
    if (took := time.monotonic() - began) > KEEP_SECONDS:
        return [not_measured(goal, f"the first statement had ended after {took:.0f} s")]
    statements = 3 * len(travelers)
    of_one, own = grown / statements, _own_bytes(stage, travelers[:SAMPLED])
    print(
        f"\nmemory: {statements:,} more kept statements, {grown:,} bytes more; {of_one:,.0f} for "
        f"one of {own:,.0f} bytes; a million take {of_one:,.0f} MB"
    )
    parts = {
        "statements": float(statements),
        "grown_bytes": float(grown),
        "bytes_each": of_one,
        "own_bytes_each": own,
        "megabytes_for_a_million": of_one,  # a million times bytes, in millions of them
    }
    return [Row(goal, of_one / own, parts)]


def _ask(run: Run) -> list[Document]:
    documents = [run.travelers.next() for _ in range(TRAVELERS)]
    manifest(run.stage, manifest_of_hub(run.stage, documents))
    return documents


def _own_bytes(stage: Stage, documents: Sequence[Document]) -> float:
    """Of a statement, as an issuer sends it about one person."""
    sizes = []
    for document in documents:
        person = Person(document.kind.value, document.number, document.name)
        answers = record(stage.layout, stage.issuer_urls, person)
        sizes += [said.size for path, said in answers.items() if path != "/serial"]
    return mean(sizes)
