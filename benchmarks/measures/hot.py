"""One traveler whose evidence is kept, with audit and receipt or proof, beside every peer.

The hub is always asked the same question. A peer that keeps what issuers said is, too. An engine
that keeps nothing makes its three calls, for other travelers each time so that it joins none of
them, to issuers that cost nothing (``replaying``): its rate is its own.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from benchmarks.floor import Floor
from benchmarks.goals import CONNECTIONS, Goal
from benchmarks.load import Check
from benchmarks.measure import NotMeasured, Sample, ask_once, floor_on_the_hubs_core, under_load
from benchmarks.measures.run import (
    MICRO,
    Measure,
    Run,
    cost_parts,
    measured,
    middle,
    print_floor,
    print_sample,
    ratio,
)
from benchmarks.peers.table import PEERS, Peer
from benchmarks.questions import (
    always,
    anything,
    is_answer_of,
    is_recognition,
    of_hub,
    of_peer,
    peer_distinct,
    with_proof,
)
from benchmarks.rows import Parts, Row, not_measured
from benchmarks.stage import Server, Stage
from tongxing.sandbox.town.documents import Document

FLOOR = "hot-floor"
_NAME = re.compile(r"hot-(?P<proof>proof-)?(?P<connections>\d+)-(?P<peer>.+)")

Asked = Callable[[Stage, Document], bytes]
ASKED: Mapping[bool, Asked] = {False: of_hub, True: with_proof}
"""The hub's question, by whether a proof is wanted instead of the receipt."""


class _Named(NamedTuple):
    """What a row's name says."""

    proof: bool
    connections: int
    peer: str


def _named(goal: Goal) -> _Named:
    found = _NAME.fullmatch(goal.name)
    assert found is not None
    return _Named(found["proof"] is not None, int(found["connections"]), found["peer"])


def peers_of(goals: Sequence[Goal]) -> dict[str, str | None]:
    """The peers that rows of this group need, and why those that are missing are."""
    named = (_named(goal).peer for goal in goals if goal.group == "hot" and goal.name != FLOOR)
    return {name: _missing(name) for name in dict.fromkeys(named)}


def _missing(name: str) -> str | None:
    return PEERS[name].missing() if name in PEERS else "the peer is not written yet"


def _connections(goal: Goal) -> int:
    return CONNECTIONS[0] if goal.name == FLOOR else _named(goal).connections


def _wants_proof(goal: Goal) -> bool:
    return goal.name != FLOOR and _named(goal).proof


def hot(run: Run, goals: Sequence[Goal]) -> list[Row]:
    rows = []
    for connections in CONNECTIONS:
        these = [goal for goal in goals if _connections(goal) == connections]
        if these:
            rows += measured(_ROWS[connections], run, these)
    return rows


class _Hot:
    """The rows of one number of connections, which share the rounds of the hub."""

    def __init__(self, run: Run, goals: Sequence[Goal], connections: int) -> None:
        self._run = run
        self._goals = goals
        self._connections = connections
        self._traveler = run.travelers.known_to_all()
        self._hubs: dict[bool, list[Sample]] = {_wants_proof(goal): [] for goal in goals}
        self._floors: list[Floor] = []
        self._missing = peers_of(goals)
        self._peers: dict[str, list[Sample]] = {
            name: [] for name, why in self._missing.items() if why is None
        }

    def rows(self) -> list[Row]:
        self._warm_up()
        for _ in range(self._run.rounds):
            self._floors.append(floor_on_the_hubs_core(self._run.stage))
            for proof, samples in self._hubs.items():
                samples.append(self._ask_hub(ASKED[proof]))
            for name in list(self._peers):
                self._ask_peer(name)
        self._print()
        return [self._row(goal) for goal in self._goals]

    def _warm_up(self) -> None:
        """What is kept is kept before the first round; an engine's JIT has its first questions."""
        stage = self._run.stage
        for proof in self._hubs:
            ask_once(stage.hub_url, ASKED[proof](stage, self._traveler))
        for name in list(self._peers):
            self._ask_peer(name)
        for samples in self._peers.values():
            samples.clear()

    def _ask_hub(self, asked: Asked) -> Sample:
        stage = self._run.stage
        request = asked(stage, self._traveler)
        return self._under_load(stage.servers["hub"], always(request), is_recognition)

    def _ask_peer(self, name: str) -> None:
        """A peer that answers something else is not measured any further, and its row says why."""
        peer, server = PEERS[name], self._run.stage.servers[name]
        requests = self._requests(peer, self._traveler)
        try:
            self._peers[name].append(self._under_load(server, requests, is_answer_of(peer)))
        except NotMeasured as why:
            self._missing[name] = str(why)
            del self._peers[name]

    def _requests(self, peer: Peer, traveler: Document) -> Iterator[bytes]:
        stage = self._run.stage
        if peer.keeps:
            return always(of_peer(stage, peer, peer.name, traveler))
        return peer_distinct(stage, peer, peer.name, self._run.travelers)

    def _under_load(self, server: Server, requests: Iterator[bytes], check: Check) -> Sample:
        return under_load(self._run.stage, server, requests, check, connections=self._connections)

    def _print(self) -> None:
        print(f"\nhot, {self._connections} connections: medians of {self._run.rounds} rounds")
        for proof, samples in self._hubs.items():
            print_sample(f"hub, with {'proof' if proof else 'receipt'}", samples)
        for name, samples in self._peers.items():
            print_sample(name, samples)
        print_floor(self._floors)
        ceiling = self._run.stage.servers["ceiling"]
        request = of_hub(self._run.stage, self._traveler)
        alone = self._under_load(ceiling, always(request), anything)
        print(f"  the asking side alone: {alone.rate:,.0f}/s")

    def _row(self, goal: Goal) -> Row:
        floor = middle(self._floors, lambda f: f.es256_sign) * MICRO
        hubs = self._hubs[_wants_proof(goal)]
        parts: Parts = {**cost_parts("hub", hubs), "floor_us": floor}
        if goal.name == FLOOR:
            share = ratio(self._floors, hubs, lambda f, h: f.es256_sign / h.cpu_seconds)
            return Row(goal, share * 100, parts)
        name = _named(goal).peer
        why = self._missing[name]
        if why is not None:
            return not_measured(goal, why)
        samples = self._peers[name]
        value = ratio(hubs, samples, lambda h, p: h.rate / p.rate)
        by_processor_time = ratio(hubs, samples, lambda h, p: p.cpu_seconds / h.cpu_seconds)
        also: Parts = {"by_processor_time": by_processor_time, "peer_is": PEERS[name].says}
        return Row(goal, value, {**parts, **cost_parts("peer", samples), **also})


def _rows_at(connections: int) -> Measure:
    return lambda run, goals: _Hot(run, goals, connections).rows()


_ROWS = {connections: _rows_at(connections) for connections in CONNECTIONS}
