"""What the issuers truly hold of each person of the sandbox, and since when.

Kept by the driver, which makes the changes, and computed without the hub. A change takes effect at
an unknown moment between the request for it and the issuer's answer, so within that time both
states are possible.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import time

from tongxing.sandbox.issuers.misbehavior import INNATE, Mode
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName, Person, Record

BEGINNING = -math.inf


@dataclass(frozen=True, slots=True)
class State:
    """``own`` is the color that an issuer gives a person; ``reported`` are those that it passes on
    from others beside it."""

    own: str
    reported: frozenset[str] = frozenset()
    is_live: bool = True
    """Whether the state is as of the moment of its signature."""

    @property
    def colors(self) -> frozenset[str]:
        return self.reported | {self.own}


GREEN, RED = State("GREEN"), State("RED")

Held = State | None
"""None: the issuer does not know the person."""


@dataclass(slots=True)
class _Turn:
    """``to`` is held from some moment between ``begun`` and ``done`` on."""

    begun: float
    to: Held
    done: float = math.inf


NOT_SPOILED = frozenset({Mode.STALE_STATE})
"""Of the faults that an issuer always makes about some: what is signed is true, and old."""


class Truth:
    """Times are Unix seconds. A person's label is ``crowd:17`` or ``persona:unknown``; the name and
    number of nobody are in it."""

    def __init__(self, seed: int, size: int) -> None:
        self._crowd = Population(seed, size)
        self._turns: dict[tuple[str, str], list[_Turn]] = {}
        self._lock = Lock()

    def document(self, label: str) -> Document:
        return self._person(label).document

    def before(self, issuer: str, label: str) -> Held:
        """What the issuer held when it was opened."""
        return _state(self._person(label).records.get(IssuerName(issuer)))

    @contextmanager
    def turning(self, issuer: str, to: Mapping[str, Held]) -> Iterator[None]:
        """Some moment of the block the issuer begins to hold ``to``, by label. If the block raises,
        either may be so from then on."""
        begun = time()
        with self._lock:
            turns = [_Turn(begun, state) for state in to.values()]
            for label, turn in zip(to, turns, strict=True):
                self._of(issuer, label).append(turn)
        yield
        for turn in turns:
            turn.done = time()

    def possible(self, issuer: str, label: str, since: float, until: float) -> set[Held]:
        """All that the issuer may have held at any moment from ``since`` to ``until``."""
        with self._lock:
            turns = list(self._of(issuer, label))
        ends = [turn.done for turn in turns[1:]] + [math.inf]
        return {
            turn.to
            for turn, end in zip(turns, ends, strict=True)
            if turn.begun <= until and end >= since
        }

    def is_always_spoiled(self, issuer: str, label: str) -> bool:
        """Whether no statement of the issuer about this person can be believed."""
        where, wrong = INNATE.get(label.removeprefix("persona:"), (None, None))
        return wrong is not None and where == issuer and wrong.mode not in NOT_SPOILED

    def labels_in_crowd(self, issuer: str, color: str, among: range) -> list[str]:
        """Those whom the issuer gave this color when it was opened."""
        labels = (f"crowd:{index}" for index in among)
        held = ((label, self.before(issuer, label)) for label in labels)
        return [label for label, state in held if state is not None and state.own == color]

    def _of(self, issuer: str, label: str) -> list[_Turn]:
        key = (issuer, label)
        if key not in self._turns:
            first = _Turn(BEGINNING, self.before(issuer, label), BEGINNING)
            self._turns[key] = [first]
        return self._turns[key]

    def _person(self, label: str) -> Person:
        kind, _, name = label.partition(":")
        return PERSONAS[name] if kind == "persona" else self._crowd.person(int(name))


def _state(record: Record | None) -> Held:
    if record is None:
        return None
    reported = frozenset(report.color.name for report in record.reports)
    return State(record.color.name, reported, is_live=record.as_of is None)
