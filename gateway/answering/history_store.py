"""The history in SQLite, under keyed digests of holders alone, and a short memory of it.

A remembered history is no older than a cached statement may be, so an answer rests on a past that
is no staler than the statements beside it. What this process learns is known to it at once.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

import strawberry

from tongxing.gateway.answering.history import NOTHING_KEPT, HistoryStore, Kept, Lesson, news
from tongxing.gateway.storage import Database, Transaction
from tongxing.gateway.storage.columns import from_microseconds, microseconds
from tongxing.keys import HolderRef, base64url
from tongxing.schema import Basis, Color, HistoryEntry, RegionCode

SWEPT_AT_ONCE = 64
"""Entries past their time removed with each lesson: more than come in, so none stays for long
where anybody learns anything."""

_MICROSECOND = timedelta(microseconds=1)


class SqliteHistoryStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, holders: Collection[HolderRef], at: datetime) -> Mapping[HolderRef, Kept]:
        keys = [base64url.decode(holder) for holder in dict.fromkeys(holders)]
        sql = _OF.format(places=", ".join("?" * len(keys)))
        rows = await self._database.read(
            lambda connection: connection.execute(sql, (*keys, microseconds(at))).fetchall()
        )
        return {
            HolderRef(base64url.encode(holder)): _kept(list(found))
            for holder, found in groupby(rows, key=lambda row: row[0])
        }

    async def learn(self, lessons: Sequence[Lesson], at: datetime) -> None:
        await self._database.write(partial(_learn, lessons, microseconds(at)))


def _learn(lessons: Sequence[Lesson], at: int, transaction: Transaction) -> None:
    transaction.execute(_SWEEP, (at, SWEPT_AT_ONCE))
    for lesson in lessons:
        holder = base64url.decode(lesson.holder)
        kept_for = lesson.kept_for // _MICROSECOND
        transaction.execute(_EXTEND, (kept_for, holder, kept_for))
        # Another request may have learned the same in the meantime, so it is news only here.
        held = transaction.execute(_OF.format(places="?"), (holder, at))
        unknown = news(_kept(held).entries, lesson.entries)
        transaction.execute_many(_LEARN, [_row(holder, each, kept_for) for each in unknown])


_COLUMNS = (
    "holder, issuer, place, color, basis, previous_color, "
    "as_of, changed_at, known_at, digest, kept_until"
)
_OF = f"""
    SELECT {_COLUMNS} FROM history WHERE holder IN ({{places}}) AND kept_until > ?
    ORDER BY holder, known_at, rowid
"""  # noqa: S608 - constants
_LEARN = f"""
    INSERT INTO history ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608 - constants
_EXTEND = """
    UPDATE history SET kept_until = known_at + ?
    WHERE holder = ? AND kept_until < known_at + ?
"""
_SWEEP = """
    DELETE FROM history WHERE rowid IN
        (SELECT rowid FROM history WHERE kept_until <= ? ORDER BY kept_until LIMIT ?)
"""


def _row(holder: bytes, entry: HistoryEntry, kept_for: int) -> tuple[object, ...]:
    known_at = microseconds(entry.known_at)
    return (
        holder,
        entry.issuer,
        entry.issuing_place,
        entry.color.value,
        " ".join(basis.value for basis in entry.basis),
        None if entry.previous_color is None else entry.previous_color.value,
        microseconds(entry.as_of),
        None if entry.changed_at is None else microseconds(entry.changed_at),
        known_at,
        entry.evidence_digest,
        known_at + kept_for,
    )


def _kept(rows: Sequence[Any]) -> Kept:
    spans = [row[-1] - row[-3] for row in rows]
    shortest = min(spans, default=None)
    return Kept(
        tuple(_entry(row) for row in rows),
        None if shortest is None else shortest * _MICROSECOND,
    )


def _entry(row: Sequence[Any]) -> HistoryEntry:
    _, issuer, place, color, basis, previous, as_of, changed_at, known_at, digest, _ = row
    return HistoryEntry(
        issuer=strawberry.ID(issuer),
        issuing_place=RegionCode(place),
        color=Color(color),
        basis=[Basis(name) for name in basis.split()],
        previous_color=None if previous is None else Color(previous),
        as_of=from_microseconds(as_of),
        changed_at=None if changed_at is None else from_microseconds(changed_at),
        known_at=from_microseconds(known_at),
        evidence_digest=digest,
    )


class RememberedHistories:
    """``clock`` is monotonic, in seconds. ``capacity`` bounds the holders: beyond it, whoever was
    read first is forgotten."""

    def __init__(
        self,
        store: HistoryStore,
        *,
        lifetime_seconds: float,
        capacity: int,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._lifetime_seconds = lifetime_seconds
        self._capacity = capacity
        self._clock = clock
        self._remembered: OrderedDict[HolderRef, tuple[float, Kept]] = OrderedDict()
        self._lessons = 0

    async def of(self, holders: Collection[HolderRef], at: datetime) -> Mapping[HolderRef, Kept]:
        now = self._clock()
        found = {}
        for holder in holders:
            until, kept = self._remembered.get(holder, (now, NOTHING_KEPT))
            if now < until:
                found[holder] = kept
        missing = [holder for holder in holders if holder not in found]
        if missing:
            found |= await self._read(missing, at, now + self._lifetime_seconds)
        return found

    async def learn(self, lessons: Sequence[Lesson], at: datetime) -> None:
        """What fails may have been kept all the same, so it is forgotten here as well."""
        try:
            await self._store.learn(lessons, at)
        finally:
            self._lessons += 1
            for lesson in lessons:
                self._remembered.pop(lesson.holder, None)

    async def _read(
        self, holders: Sequence[HolderRef], at: datetime, until: float
    ) -> Mapping[HolderRef, Kept]:
        """That nothing is kept is remembered as well. Where anything was learned while it was read,
        it may be old already and is not remembered."""
        lessons = self._lessons
        read = await self._store.of(holders, at)
        kept = {holder: read.get(holder, NOTHING_KEPT) for holder in holders}
        if lessons == self._lessons:
            for holder, known in kept.items():
                self._remembered[holder] = (until, known)
                self._remembered.move_to_end(holder)
            while len(self._remembered) > self._capacity:
                self._remembered.popitem(last=False)
        return kept
