"""What clients were told, kept apart from the hub: for every acknowledged answer one line.

Counts besides what was refused, what was wrong, and how long it took after each fault until the hub
answered again. Safe to use from many threads.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from time import time

MOST_VIOLATIONS_SHOWN = 200
RECOVERS_WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An answer that a client got, with its HTTP status 200. ``verified`` are the issuers that it
    rests on."""

    index: int
    request_id: str
    client_id: str
    color: str
    decision: str
    label: str
    asked_at: float
    answered_at: float
    verified: tuple[str, ...]
    receipt: str


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that is over since ``ended_at``. ``issuer`` if it was one issuer's: then the hub is
    itself again when this issuer counts."""

    kind: str
    ended_at: float
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is remembered of an answer: the rest is in the file."""

    request_id: str
    client_id: str
    color: str
    decision: str


@dataclass
class Ledger:
    """``file`` gets a line of JSON for every answer. ``holders`` are the references that each
    client was shown: one for each person."""

    file: Path
    answers: dict[int, Kept] = field(default_factory=dict)
    colors: Counter[str] = field(default_factory=Counter)
    questions: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    late: int = 0
    longest_seconds: float = 0.0
    violations: list[str] = field(default_factory=list)
    arrivals: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    """Arrivals, by their ids, that a client recorded and that one acknowledged."""

    _holders: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _references: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _struck: list[Struck] = field(default_factory=list, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def acknowledge(self, answers: Sequence[Acknowledged], bound_seconds: float) -> None:
        """Those of one request; one that took longer than ``bound_seconds`` is counted."""
        with self._lock:
            with self.file.open("a", encoding="utf-8") as lines:
                lines.writelines(json.dumps(asdict(each)) + "\n" for each in answers)
            for each in answers:
                self._enter(each)
            took = max((each.answered_at - each.asked_at for each in answers), default=0.0)
            self.longest_seconds = max(self.longest_seconds, took)
            self.late += took > bound_seconds

    def _enter(self, each: Acknowledged) -> None:
        if each.index in self.answers:
            self._violate(f"two answers have the audit index {each.index}")
        kept = Kept(each.request_id, each.client_id, each.color, each.decision)
        self.answers[each.index] = kept
        self.colors[each.color] += 1
        for struck in [s for s in self._struck if _shows_recovery(each, s)]:
            self._struck.remove(struck)
            took = each.answered_at - struck.ended_at
            # An issuer may be struck again meanwhile, or its key be revoked.
            if struck.issuer is None and took > RECOVERS_WITHIN_SECONDS:
                self._violate(f"{struck.kind}: the hub answered again after {took:.0f} s")
            self.recoveries.setdefault(struck.kind, []).append(round(took, 3))

    def shown(self, client_id: str, label: str, holder: str | None) -> None:
        """A client sees one reference for a person, and never the same one for two."""
        if holder is None:
            return
        with self._lock:
            whose = self._holders.setdefault((client_id, holder), label)
            which = self._references.setdefault((client_id, label), holder)
            if whose != label or which != holder:
                self._violate(f"{client_id} was shown {holder} for {label}, and {whose} has it")

    def asked(self, kind: str, count: int = 1) -> None:
        with self._lock:
            self.questions[kind] += count

    def refused(self, code: str) -> None:
        with self._lock:
            self.refusals[code] += 1

    def arrived(self, arrival_id: str) -> None:
        with self._lock:
            self.arrivals.add(arrival_id)

    def acknowledges(self, arrival_id: str) -> None:
        with self._lock:
            self.acknowledged.add(arrival_id)

    def strikes(self, kind: str) -> None:
        with self._lock:
            self.faults[kind] += 1

    def struck(self, struck: Struck) -> None:
        with self._lock:
            self._struck.append(struck)

    def violates(self, faults: Iterable[str]) -> None:
        with self._lock:
            for fault in faults:
                self._violate(fault)

    def _violate(self, fault: str) -> None:
        if len(self.violations) < MOST_VIOLATIONS_SHOWN:
            self.violations.append(f"{time():.3f} {fault}")

    def not_recovered(self, moment: float) -> Sequence[Struck]:
        """The faults that ended before ``moment`` and from which the hub has not recovered."""
        with self._lock:
            return [struck for struck in self._struck if struck.ended_at < moment]


def _shows_recovery(answer: Acknowledged, struck: Struck) -> bool:
    its = struck.issuer is None or struck.issuer in answer.verified
    return its and answer.asked_at >= struck.ended_at
