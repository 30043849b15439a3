"""Flips and alarms in SQLite. Counted inside one transaction, so that several processes that serve
one hub count together."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

import strawberry

from tongxing.gateway.answering.mass_flips import (
    EVIDENCE_MAX_DIGESTS,
    LOOKED_BACK,
    PAGE_MAX_ALARMS,
    WINDOW,
    AlarmPage,
    Flip,
    Raised,
    densest_hour,
)
from tongxing.gateway.storage import Database, Transaction
from tongxing.gateway.storage.columns import from_microseconds, microseconds
from tongxing.keys import base64url
from tongxing.schema import Basis, RegionCode
from tongxing.schema.alarm import Alarm

SWEPT_AT_ONCE = 256
"""Flips past their time removed with each group: more than come in, so none stays for long."""

_WINDOW = microseconds(from_microseconds(0) + WINDOW)
_LOOKED_BACK = microseconds(from_microseconds(0) + LOOKED_BACK)


class SqliteFlipStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, flips: Sequence[Flip], at: datetime) -> Sequence[Raised]:
        return await self._database.write(partial(_add, flips, microseconds(at)))

    async def page(self, first: int, before: int | None) -> AlarmPage:
        if not 1 <= first <= PAGE_MAX_ALARMS:
            raise ValueError(f"a page has 1 to {PAGE_MAX_ALARMS} alarms")
        rows = await self._fetch(_PAGE, (before, before, first + 1))
        return AlarmPage([_alarm(*row) for row in rows[:first]], len(rows) > first)

    async def evidence(self, alarm: strawberry.ID) -> Sequence[str]:
        if not (alarm.isascii() and alarm.isdigit() and len(alarm) <= len(str(2**53))):
            return []
        return [digest for (digest,) in await self._fetch(_EVIDENCE, (int(alarm),))]

    async def _fetch(self, sql: str, parameters: Sequence[object]) -> list[Any]:
        return await self._database.read(
            lambda connection: connection.execute(sql, parameters).fetchall()
        )


def _add(flips: Sequence[Flip], at: int, transaction: Transaction) -> Sequence[Raised]:
    transaction.execute(_SWEEP, (at - _LOOKED_BACK, SWEPT_AT_ONCE))
    raised = []
    alike = sorted(flips, key=_source)
    for (issuer, basis), group in groupby(alike, key=_source):
        alarm = _count(issuer, basis, list(group), at, transaction)
        if alarm is not None:
            raised.append(alarm)
    return raised


def _source(flip: Flip) -> tuple[str, str]:
    return flip.issuer, flip.basis.value


def _count(
    issuer: str, basis: str, flips: Iterable[Flip], at: int, transaction: Transaction
) -> Raised | None:
    """Each of ``flips`` into the alarm that it belongs to; an alarm for the rest if they make
    one."""
    alone = []
    for flip in flips:
        is_new_holder = _is_new_holder(issuer, basis, flip, transaction)
        transaction.execute(_FLIPPED, _row(flip))
        if not _joins(issuer, basis, flip, is_new_holder=is_new_holder, transaction=transaction):
            alone.append(flip)
    return _raise(issuer, basis, alone, at, transaction) if alone else None


def _is_new_holder(issuer: str, basis: str, flip: Flip, transaction: Transaction) -> bool:
    return not transaction.execute(_HOLDER, (issuer, basis, base64url.decode(flip.holder)))


def _joins(
    issuer: str, basis: str, flip: Flip, *, is_new_holder: bool, transaction: Transaction
) -> bool:
    """Whether the flip belongs to an alarm that stands; if so, it does now."""
    turned_at = microseconds(flip.turned_at)
    found = transaction.execute(
        _STANDING, (issuer, basis, turned_at + _WINDOW, turned_at - _WINDOW)
    )
    if not found:
        return False
    ((number,),) = found
    change = (turned_at, turned_at, is_new_holder, number)
    transaction.execute(_JOIN, change)
    if is_new_holder:
        transaction.execute(_KEEP, (number, flip.evidence_digest, number, EVIDENCE_MAX_DIGESTS))
    return True


def _raise(
    issuer: str, basis: str, flips: Sequence[Flip], at: int, transaction: Transaction
) -> Raised | None:
    times = [microseconds(flip.turned_at) for flip in flips]
    around = (issuer, basis, min(times) - _WINDOW, max(times) + _WINDOW)
    crowd = densest_hour(transaction.execute(_AROUND, around), _WINDOW)
    strictest = min(flips, key=lambda flip: flip.threshold)
    if crowd is None or crowd.people <= strictest.threshold:
        return None
    policy = strictest.policy
    values = (issuer, basis, crowd.first_at, crowd.last_at, at, crowd.people, strictest.threshold)
    ((number,),) = transaction.execute(_RAISE, (*values, policy.region, policy.version))
    within = (number, issuer, basis, crowd.first_at, crowd.last_at, EVIDENCE_MAX_DIGESTS)
    transaction.execute(_KEEP_ALL, within)
    return Raised(issuer, basis, crowd.people)


def _row(flip: Flip) -> tuple[object, ...]:
    holder, turned_at = base64url.decode(flip.holder), microseconds(flip.turned_at)
    return flip.issuer, flip.basis.value, holder, turned_at, flip.evidence_digest


def _alarm(number: int, issuer: str, basis: str, *rest: Any) -> Alarm:
    first_at, last_at, raised_at, people, threshold, region, version = rest
    return Alarm(
        id=strawberry.ID(str(number)),
        issuer=strawberry.ID(issuer),
        basis=Basis(basis),
        people=people,
        threshold=threshold,
        first_at=from_microseconds(first_at),
        last_at=from_microseconds(last_at),
        raised_at=from_microseconds(raised_at),
        policy_region=RegionCode(region),
        policy_version=version,
    )


_FLIPPED = """
    INSERT INTO flips (issuer, basis, holder, turned_at, digest) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""
_HOLDER = "SELECT 1 FROM flips WHERE issuer = ? AND basis = ? AND holder = ? LIMIT 1"
_AROUND = """
    SELECT turned_at, holder FROM flips
    WHERE issuer = ? AND basis = ? AND turned_at BETWEEN ? AND ? ORDER BY turned_at
"""
_SWEEP = """
    DELETE FROM flips WHERE rowid IN
        (SELECT rowid FROM flips WHERE turned_at < ? ORDER BY turned_at LIMIT ?)
"""
_STANDING = """
    SELECT number FROM alarms
    WHERE issuer = ? AND basis = ? AND first_at <= ? AND last_at >= ?
    ORDER BY number DESC LIMIT 1
"""
_JOIN = """
    UPDATE alarms SET first_at = min(first_at, ?), last_at = max(last_at, ?), people = people + ?
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
    SELECT ?, digest FROM flips
    WHERE issuer = ? AND basis = ? AND turned_at BETWEEN ? AND ?
    GROUP BY holder ORDER BY min(turned_at) LIMIT ?
    ON CONFLICT DO NOTHING
"""
_PAGE = """
    SELECT number, issuer, basis, first_at, last_at, raised_at, people, threshold, region, version
    FROM alarms WHERE ? IS NULL OR number < ? ORDER BY number DESC LIMIT ?
"""
_EVIDENCE = "SELECT digest FROM alarm_evidence WHERE alarm = ? ORDER BY rowid"
