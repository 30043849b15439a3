"""Who turned red, and how many did so within an hour. Pure."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.answering.case import Case
from keys import HolderKey, HolderRef
from schema import Basis, Color, PolicyVersion
from schema.health_code import HealthCode, SourceAnswer

WINDOW = timedelta(hours=1)

LOOKED_BACK = timedelta(hours=24)
"""How long after it happened a flip still counts: people are asked about when they travel, and not
in the hour in which somebody turns them red."""


@dataclass(frozen=True, slots=True)
class Flip:
    """``holder`` was turned red by ``issuer`` on ``basis``. ``threshold`` is how many may be so
    within an hour under ``policy`` before it is an alarm."""

    issuer: str
    basis: Basis
    holder: HolderRef
    turned_at: datetime
    evidence_digest: str
    threshold: int
    policy: PolicyVersion

    @property
    def key(self) -> tuple[str, Basis, HolderRef, datetime]:
        return self.issuer, self.basis, self.holder, self.turned_at


def flips_of(case: Case, holder_key: HolderKey, at: datetime) -> Iterator[Flip]:
    """What the verified statements of ``case`` show to have happened lately."""
    holder = case.holder(holder_key)
    if holder is None:
        return
    for source in case.sources:
        for code in source.codes:
            turned_at = _turned_red_at(code, case)
            if turned_at is not None and at - LOOKED_BACK <= turned_at <= at + WINDOW:
                yield from _on_each_basis(code, source, holder, turned_at, case)


def _turned_red_at(code: HealthCode, case: Case) -> datetime | None:
    """When it says so itself; else when the hub saw it to be another color than before."""
    if code.color is not Color.RED or code.previous_color is Color.RED:
        return None
    if code.changed_at is not None:
        return code.changed_at
    seen = (
        entry.known_at
        for entry in case.past.news
        if (entry.issuer, entry.issuing_place) == (code.issuer, code.issuing_place)
        and entry.previous_color not in (None, Color.RED)
    )
    return next(seen, None)


def _on_each_basis(
    code: HealthCode, source: SourceAnswer, holder: HolderRef, turned_at: datetime, case: Case
) -> Iterator[Flip]:
    if source.evidence_digest is None:
        return
    for basis in code.basis:
        yield Flip(
            code.issuer,
            basis,
            holder,
            turned_at,
            source.evidence_digest,
            case.policy.mass_flip_over,
            case.policy.version,
        )


@dataclass(frozen=True, slots=True)
class Crowd:
    """The most people that turned within one hour, and from when to when."""

    people: int
    first_at: int
    last_at: int


def densest_hour(turns: Iterable[tuple[int, bytes]], window: int) -> Crowd | None:
    """Of ``turns``, times and holders in the order of time; a holder who turns again and again is
    one person. ``window`` in the unit of the times."""
    inside: deque[tuple[int, bytes]] = deque()
    people: Counter[bytes] = Counter()
    best: Crowd | None = None
    for turned_at, holder in turns:
        inside.append((turned_at, holder))
        people[holder] += 1
        while turned_at - inside[0][0] > window:
            _, gone = inside.popleft()
            people[gone] -= 1
            if not people[gone]:
                del people[gone]
        if best is None or len(people) > best.people:
            best = Crowd(len(people), inside[0][0], turned_at)
    return best
