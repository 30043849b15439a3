"""Travelers that nobody asked about before: all issuers are asked, and what they say is verified.

On one core the share of the floor is made of processor time. On all cores the issuers and the
asking side need theirs too: the hub's floor is held against what they leave over.
"""

from collections.abc import Sequence

from benchmarks.floor import Floor
from benchmarks.goals import Goal
from benchmarks.measure import Sample, floor_on_the_hubs_core, under_load
from benchmarks.measures.run import (
    MICRO,
    Run,
    cost_parts,
    middle,
    print_floor,
    print_sample,
    ratio,
)
from benchmarks.peers.table import PEERS
from benchmarks.questions import hub_distinct, is_answer_of, is_recognition, peer_distinct
from benchmarks.rows import Row, not_measured
from benchmarks.stage import cold_name

_PEER_OF = {
    "cold-mercurius-duties": "mercurius-duties",
    "cold-calls-mercurius-duties": "mercurius-duties",
    "cold-strawberry": "strawberry",
}


def peers_of(goals: Sequence[Goal]) -> dict[str, str | None]:
    named = dict.fromkeys(_PEER_OF[goal.name] for goal in goals if goal.name in _PEER_OF)
    return {
        name: PEERS[name].missing() if name in PEERS else "the peer is not written yet"
        for name in named
    }


def cold(run: Run, goals: Sequence[Goal]) -> list[Row]:
    measured = _Cold(run, [name for name, why in peers_of(goals).items() if why is None])
    return [measured.row(goal) for goal in goals]


class _Cold:
    def __init__(self, run: Run, peers: Sequence[str]) -> None:
        self._run = run
        self._floors: list[Floor] = []
        self._hubs: list[Sample] = []
        self._on_all: list[Sample] = []
        self._peers: dict[str, list[Sample]] = {name: [] for name in peers}
        self._ask_hub()
        for _ in range(run.rounds):
            self._round()
        self._print()

    def _round(self) -> None:
        stage = self._run.stage
        self._floors.append(floor_on_the_hubs_core(stage))
        self._hubs.append(self._ask_hub())
        stage.move_all_to(stage.cores.all)
        self._on_all.append(self._ask_hub())
        stage.restore()
        for name, samples in self._peers.items():
            samples.append(self._ask_peer(name))

    def _ask_hub(self) -> Sample:
        stage = self._run.stage
        requests = hub_distinct(stage, self._run.travelers)
        return under_load(stage, stage.servers["hub"], requests, is_recognition)

    def _ask_peer(self, name: str) -> Sample:
        stage, peer = self._run.stage, PEERS[name]
        requests = peer_distinct(stage, peer, cold_name(name), self._run.travelers)
        return under_load(stage, stage.servers[cold_name(name)], requests, is_answer_of(peer))

    def _print(self) -> None:
        print(f"\ncold: medians of {self._run.rounds} rounds")
        print_sample("hub", self._hubs)
        print_sample(f"hub, on {len(self._run.stage.cores.all)} cores", self._on_all)
        for name, samples in self._peers.items():
            print_sample(name, samples)
        print_floor(self._floors)

    def row(self, goal: Goal) -> Row:
        match goal.name:
            case "cold-one-core":
                share = ratio(self._floors, self._hubs, lambda f, h: f.query / h.cpu_seconds)
                return Row(goal, share * 100, self._parts("hub", self._hubs))
            case "cold-two-cores":
                return self._on_two_cores(goal)
            case _:
                return self._against(goal)

    def _on_two_cores(self, goal: Goal) -> Row:
        cores = len(self._run.stage.cores.all)

        def left(sample: Sample) -> float:
            """Processor seconds for one question that nobody else used."""
            return cores / sample.rate - sample.issuer_seconds - sample.asking_seconds

        share = ratio(self._floors, self._on_all, lambda f, h: f.query / left(h))
        parts = self._parts("hub", self._on_all) | {
            "cores": float(cores),
            "left_for_the_hub_us": middle(self._on_all, left) * MICRO,
        }
        return Row(goal, share * 100, parts)

    def _against(self, goal: Goal) -> Row:
        name = _PEER_OF[goal.name]
        why = peers_of([goal])[name]
        if why is not None:
            return not_measured(goal, why)
        peers = self._peers[name]
        if goal.name.startswith("cold-calls"):
            value = ratio(self._hubs, peers, lambda h, p: p.calls / h.calls)
        else:
            value = ratio(self._hubs, peers, lambda h, p: p.cpu_seconds / h.cpu_seconds)
        parts = self._parts("hub", self._hubs) | cost_parts("peer", peers)
        by_rate = ratio(self._hubs, peers, lambda h, p: h.rate / p.rate)
        return Row(goal, value, parts | {"by_rate": by_rate, "peer_is": PEERS[name].says})

    def _parts(self, name: str, samples: Sequence[Sample]) -> dict[str, float | str | None]:
        floor = middle(self._floors, lambda f: f.query) * MICRO
        return {**cost_parts(name, samples), "floor_us": floor}
