"""Flips and alarms at rest, and a short memory of the flips that are counted already.

Flips are counted inside one transaction, so that several processes that serve one hub count
together. Responsible for the alarms that coordinators see and for the digests of their evidence.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Protocol

from tongxing.gateway.answering.mass_flips import LOOKED_BACK, WINDOW, Flip, densest_hour
from tongxing.gateway.memory import BoundedMemory
from tongxing.gateway.storage import Database, UnitOfWork, Work
from tongxing.gateway.storage.columns import from_microseconds, microseconds, places, span
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.news import Topic
from tongxing.gateway.storage.slices import Listing, Slice, Sliced
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.keys import HolderRef, base64url
from tongxing.schema import Basis, RegionCode

SWEPT_WITH_EACH_GROUP = 256
"""Flips past their time that are removed with each group: more than come in, so that counting does
not see them."""

EVIDENCE_MAX_DIGESTS = 10_000
"""Kept for one alarm, the first ones: seven times what Zhengzhou would have given."""

ALARM_CURSORS = Cursors("m1")


def evidence_cursors(alarm: int) -> Cursors:
    """Each alarm's evidence is a list of its own."""
    return Cursors(f"e1/{alarm}")


@dataclass(frozen=True, slots=True)
class Raised:
    """A new alarm."""

    issuer: str
    basis: str
    people: int


@dataclass(frozen=True, slots=True)
class RaisedAlarm:
    """An alarm at rest: what an issuer did, and whose threshold that crossed."""

    number: int
    issuer: str
    basis: Basis
    people: int
    threshold: int
    first_at: datetime
    last_at: datetime
    raised_at: datetime
    policy_region: RegionCode
    policy_number: int


class FlipStore:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sweep(self, at: datetime) -> int:
        """Delete the flips that are not looked back at any more at ``at``; their number."""
        return await sweep_in_pieces(self._database, _SWEEP, microseconds(at) - _LOOKED_BACK)

    async def page(self, wanted: Slice) -> Sliced[RaisedAlarm]:
        """The alarms of ``wanted``, newest first."""
        found = await self._database.read(partial(ALARMS.read, wanted))
        return found.each(lambda number, row: _alarm(number, *row))

    async def numbered(self, numbers: Sequence[int]) -> Mapping[int, RaisedAlarm]:
        """Those of ``numbers`` that there are."""
        if not numbers:
            return {}
        rows = await self._database.fetch(_ALARMS.format(places=places(numbers)), numbers)
        return {row[0]: _alarm(*row) for row in rows}

    async def evidence(self, alarm: int, wanted: Slice) -> Sliced[str]:
        """The digests of ``wanted`` that ``alarm`` rests on, as they were counted; none if there is
        no such alarm."""
        query = partial(EVIDENCE.read, wanted, values=(alarm,))
        found = await self._database.read(query)
        return found.each(lambda _, row: str(row[0]))


REMEMBERED_BYTES = 64_000_000
"""For flips remembered as counted, some 100,000, so that asking about a person again and again
costs nothing. A flip that is forgotten goes to the store again, which knows it too."""

FLIP_BYTES = 300
"""What the key of a flip takes."""


class FlipWatch(Protocol):
    def mass_flip(self, issuer: str, basis: str, people: int) -> None: ...


class FlipAlarms:
    def __init__(self, watch: FlipWatch) -> None:
        self._watch = watch
        self._counted: BoundedMemory[tuple[str, Basis, HolderRef, datetime], bool]
        self._counted = BoundedMemory(REMEMBERED_BYTES)

    @contextmanager
    def observing(self, flips: Sequence[Flip], at: datetime) -> Iterator[Work]:
        """The work to be committed while the context lasts."""
        fresh = [flip for flip in flips if not self._counted.get(flip.key)]
        raised: list[Raised] = []

        def count(unit: UnitOfWork) -> None:
            if fresh:
                raised.extend(add_flips(fresh, at, unit))

        yield count
        for each in raised:
            self._watch.mass_flip(each.issuer, each.basis, each.people)
        for flip in fresh:
            self._counted.put(flip.key, True, size=FLIP_BYTES)


_WINDOW = span(WINDOW)
_LOOKED_BACK = span(LOOKED_BACK)


def add_flips(flips: Sequence[Flip], at: datetime, unit: UnitOfWork) -> Sequence[Raised]:
    """Count ``flips``, each person once; the alarms that this raised. A flip that belongs to an
    existing alarm is added to it. Forgets flips older than LOOKED_BACK at ``at``."""
    return _add(flips, microseconds(at), unit)


def _add(flips: Sequence[Flip], at: int, unit: UnitOfWork) -> Sequence[Raised]:
    unit.execute(_SWEEP, (at - _LOOKED_BACK, SWEPT_WITH_EACH_GROUP))
    raised = []
    alike = sorted(flips, key=_source)
    for (issuer, basis), group in groupby(alike, key=_source):
        alarm = _count(issuer, basis, list(group), at, unit)
        if alarm is not None:
            raised.append(alarm)
    return raised


def _source(flip: Flip) -> tuple[str, str]:
    return flip.issuer, flip.basis.value


def _count(
    issuer: str, basis: str, flips: Iterable[Flip], at: int, unit: UnitOfWork
) -> Raised | None:
    """Add each of ``flips`` to the alarm that it belongs to; raise an alarm for the rest if they
    make one."""
    alone = []
    for flip in flips:
        known_as = _known_as(issuer, basis, flip, unit)
        holder = known_as or base64url.decode(flip.holder.ref)
        unit.execute(_FLIPPED, _row(flip, holder))
        if not _joins(issuer, basis, flip, is_new_holder=known_as is None, unit=unit):
            alone.append(flip)
    return _raise(issuer, basis, alone, at, unit) if alone else None


def _known_as(issuer: str, basis: str, flip: Flip, unit: UnitOfWork) -> bytes | None:
    """The holder of an earlier flip, perhaps of another epoch: one person is counted once."""
    refs = [base64url.decode(each) for each in flip.holder.refs]
    found = unit.execute(_HOLDER.format(places=places(refs)), (issuer, basis, *refs))
    return found[0][0] if found else None


def _joins(issuer: str, basis: str, flip: Flip, *, is_new_holder: bool, unit: UnitOfWork) -> bool:
    """Whether the flip belongs to an existing alarm, to which it is then added."""
    turned_at = microseconds(flip.turned_at)
    found = unit.execute(_STANDING, (issuer, basis, turned_at + _WINDOW, turned_at - _WINDOW))
    if not found:
        return False
    ((number,),) = found
    change = (*(turned_at,) * 4, int(is_new_holder), number)
    unit.execute(_JOIN, change)
    if is_new_holder:
        unit.execute(_KEEP, (number, flip.evidence_digest, number, EVIDENCE_MAX_DIGESTS))
    return True


def _raise(
    issuer: str, basis: str, flips: Sequence[Flip], at: int, unit: UnitOfWork
) -> Raised | None:
    times = [microseconds(flip.turned_at) for flip in flips]
    around = (issuer, basis, min(times) - _WINDOW, max(times) + _WINDOW)
    crowd = densest_hour(unit.execute(_AROUND, around), _WINDOW)
    strictest = min(flips, key=lambda flip: flip.threshold)
    if crowd is None or crowd.people <= strictest.threshold:
        return None
    policy = strictest.policy
    values = (issuer, basis, crowd.first_at, crowd.last_at, at, crowd.people, strictest.threshold)
    ((number,),) = unit.execute(_RAISE, (*values, policy.region, policy.version))
    unit.announce(Topic.ALARMS)
    within = (number, issuer, basis, crowd.first_at, crowd.last_at, EVIDENCE_MAX_DIGESTS)
    unit.execute(_KEEP_ALL, within)
    return Raised(issuer, basis, crowd.people)


def _row(flip: Flip, holder: bytes) -> tuple[object, ...]:
    turned_at = microseconds(flip.turned_at)
    return flip.issuer, flip.basis.value, holder, turned_at, flip.evidence_digest


def _alarm(number: int, issuer: str, basis: str, *rest: Any) -> RaisedAlarm:
    first_at, last_at, raised_at, people, threshold, region, version = rest
    return RaisedAlarm(
        number=number,
        issuer=issuer,
        basis=Basis(basis),
        people=people,
        threshold=threshold,
        first_at=from_microseconds(first_at),
        last_at=from_microseconds(last_at),
        raised_at=from_microseconds(raised_at),
        policy_region=RegionCode(region),
        policy_number=version,
    )


_FLIPPED = """
    INSERT INTO flips (issuer, basis, holder, turned_at, digest) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""
_HOLDER = """
    SELECT holder FROM flips WHERE issuer = ? AND basis = ? AND holder IN ({places}) LIMIT 1
"""
_AROUND = """
    SELECT turned_at, holder FROM flips
    WHERE issuer = ? AND basis = ? AND turned_at BETWEEN ? AND ? ORDER BY turned_at
"""
_SWEEP = """
    DELETE FROM flips WHERE rowid IN
        (SELECT rowid FROM flips WHERE turned_at < ? ORDER BY turned_at LIMIT ?)
    RETURNING 1
"""
_STANDING = """
    SELECT number FROM alarms
    WHERE issuer = ? AND basis = ? AND first_at <= ? AND last_at >= ?
    ORDER BY number DESC LIMIT 1
"""
_JOIN = """
    UPDATE alarms SET
        first_at = CASE WHEN first_at > ? THEN ? ELSE first_at END,
        last_at = CASE WHEN last_at < ? THEN ? ELSE last_at END,
        people = people + ?
    WHERE number = ?
"""
_RAISE = """
    INSERT INTO alarms
        (issuer, basis, first_at, last_at, raised_at, people, threshold, region, version)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number
"""
_KEEP = """
    INSERT INTO alarm_evidence (alarm, digest)
    SELECT ?, ? WHERE (SELECT count(*) FROM alarm_evidence WHERE alarm = ?) < ?
    ON CONFLICT DO NOTHING
"""
_KEEP_ALL = """
    INSERT INTO alarm_evidence (alarm, digest)
    SELECT ?, digest FROM (
        SELECT digest, turned_at,
            row_number() OVER (PARTITION BY holder ORDER BY turned_at, rowid) AS nth
        FROM flips WHERE issuer = ? AND basis = ? AND turned_at BETWEEN ? AND ?
    ) AS of_each WHERE nth = 1 ORDER BY turned_at LIMIT ?
    ON CONFLICT DO NOTHING
"""
_COLUMNS = "issuer, basis, first_at, last_at, raised_at, people, threshold, region, version"
ALARMS = Listing("alarms", _COLUMNS, newest_first=True)
EVIDENCE = Listing("alarm_evidence", "digest", condition="alarm = ?", key="rowid")
_ALARMS = f"SELECT number, {_COLUMNS} FROM alarms WHERE number IN ({{places}})"  # noqa: S608 - constants
