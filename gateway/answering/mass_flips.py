"""Mass flips: many people turned red by one issuer, under one basis, within an hour.

In June 2022 officials turned 1,317 bank depositors red; no hub can know whether such reds are
right. Responsible for what counts as a flip and which flips make an alarm. Refuses to change an
answer: what an issuer signed is passed on as it is.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tongxing.gateway.answering.history import Past
from tongxing.gateway.answering.steps import Judged
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys import Holder, HolderRef
from tongxing.schema import Basis, Color, PolicyVersion
from tongxing.schema.health_code import HealthCode, SourceAnswer

WINDOW = timedelta(hours=1)

LOOKED_BACK = timedelta(hours=24)
"""How long after it happened a flip still counts: a person is asked about when they travel, not in
the hour in which they are turned red."""


@dataclass(frozen=True, slots=True)
class Flip:
    """``holder`` was turned red by ``issuer`` on ``basis``. ``threshold`` is how many holders may
    turn red like this within an hour, under ``policy``, without an alarm."""

    issuer: str
    basis: Basis
    holder: Holder
    turned_at: datetime
    evidence_digest: str
    threshold: int
    policy: PolicyVersion

    @property
    def key(self) -> tuple[str, Basis, HolderRef, datetime]:
        return self.issuer, self.basis, self.holder.ref, self.turned_at


def flips_of(judged: Judged) -> Iterator[Flip]:
    """The flips of the last day that the verified statements behind ``judged`` show."""
    holder, at = judged.holder, judged.case.at
    if holder is None:
        return
    for source in judged.case.sources:
        for code in source.codes:
            if code.color is not Color.RED:
                continue
            turned_at = _turned_red_at(code, judged.past)
            if turned_at is not None and at - LOOKED_BACK <= turned_at <= at + WINDOW:
                yield from _on_each_basis(code, source, holder, turned_at, judged.policy)


def _turned_red_at(code: HealthCode, past: Past) -> datetime | None:
    """The time that the code states itself; else when the hub saw another color before."""
    if code.previous_color is Color.RED:
        return None
    if code.changed_at is not None:
        return code.changed_at
    seen = (
        entry.known_at
        for entry in past.news
        if (entry.issuer, entry.issuing_place) == (code.issuer, code.issuing_place)
        and entry.previous_color not in (None, Color.RED)
    )
    return next(seen, None)


def _on_each_basis(
    code: HealthCode, source: SourceAnswer, holder: Holder, turned_at: datetime, policy: Policy
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
            policy.mass_flip_over,
            policy.version,
        )


@dataclass(frozen=True, slots=True)
class Crowd:
    """The most people that turned within one hour, and from when to when."""

    people: int
    first_at: int
    last_at: int


def densest_hour(turns: Iterable[tuple[int, bytes]], window: int) -> Crowd | None:
    """The densest hour of ``turns``, which are times and holders in the order of time; a holder who
    turns several times is one person. ``window`` has the unit of the times."""
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
