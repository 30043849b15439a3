"""Mass flips: many people turned red by one issuer, under one basis, within an hour.

In June 2022 officials turned 1,317 bank depositors red; no hub can know whether such reds are
right. Responsible for noticing, for the alarm that coordinators see and for keeping the digests of
the evidence. Refuses to change an answer: what an issuer signed is passed on as it is.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import strawberry

from tongxing.gateway.answering.history import Past
from tongxing.gateway.answering.steps import Judged
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys import HolderRef
from tongxing.schema import Basis, Color, PolicyVersion
from tongxing.schema.alarm import Alarm
from tongxing.schema.health_code import HealthCode, SourceAnswer

WINDOW = timedelta(hours=1)

LOOKED_BACK = timedelta(hours=24)
"""How long after it happened a flip still counts: a person is asked about when they travel, not in
the hour in which they are turned red."""


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
    code: HealthCode, source: SourceAnswer, holder: HolderRef, turned_at: datetime, policy: Policy
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
    """``turns`` are times and holders in the order of time; a holder who turns several times is one
    person. ``window`` has the unit of the times."""
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


PAGE_MAX_ALARMS = 100

EVIDENCE_MAX_DIGESTS = 10_000
"""Kept for one alarm, the first ones: seven times what Zhengzhou would have given."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that there was not before."""

    issuer: str
    basis: str
    people: int


@dataclass(frozen=True, slots=True)
class AlarmPage:
    """``alarms`` newest first."""

    alarms: Sequence[Alarm]
    has_next: bool


class FlipStore(Protocol):
    """All raise StorageUnavailable."""

    async def add(self, flips: Sequence[Flip], at: datetime) -> Sequence[Raised]:
        """Count ``flips``, each person once; the alarms that this raised. Flips that belong to an
        alarm that stands add to it. Forgets who flipped longer than LOOKED_BACK before ``at``."""
        ...

    async def page(self, first: int, before: int | None) -> AlarmPage:
        """Up to ``first`` alarms, those with a smaller number than ``before``."""
        ...

    async def evidence(self, alarm: strawberry.ID) -> Sequence[str]:
        """The digests that ``alarm`` rests on; none where there is no such alarm."""
        ...


REMEMBERED_FLIPS = 100_000
"""Flips that are counted already, so that repeated questions about a person cost nothing. The
oldest are dropped first and handed to the store again, which does not count them twice."""


class FlipWatch(Protocol):
    def mass_flip(self, issuer: str, basis: str, people: int) -> None: ...


class FlipAlarms:
    def __init__(self, store: FlipStore, watch: FlipWatch) -> None:
        self._store = store
        self._watch = watch
        self._counted: OrderedDict[tuple[str, Basis, HolderRef, datetime], None] = OrderedDict()

    async def observe(self, flips: Sequence[Flip], at: datetime) -> None:
        """Durable before the answers that show them leave. Raises StorageUnavailable."""
        fresh = [flip for flip in flips if flip.key not in self._counted]
        if not fresh:
            return
        for raised in await self._store.add(fresh, at):
            self._watch.mass_flip(raised.issuer, raised.basis, raised.people)
        for flip in fresh:
            self._counted[flip.key] = None
        while len(self._counted) > REMEMBERED_FLIPS:
            self._counted.popitem(last=False)
