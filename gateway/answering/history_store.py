"""The history at rest, under keyed digests of holders alone, and a short memory of it.

A remembered history is never older than a cached statement may be, so an answer rests on a past
that is no staler than its statements. What this process learns it uses at once.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import chain, groupby
from typing import Any

import strawberry

from tongxing.gateway.answering.history import NOTHING_KEPT, Kept, Lesson, news
from tongxing.gateway.answering.shared_reading import SharedReading
from tongxing.gateway.memory import PartedMemory
from tongxing.gateway.storage import Database, UnitOfWork, Work
from tongxing.gateway.storage.columns import (
    from_microseconds,
    from_span,
    from_words,
    microseconds,
    or_none,
    places,
    rows_of_places,
    some_at_once,
    span,
    words,
)
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.keys import HolderRef, base64url
from tongxing.schema import Basis, Color, HistoryEntry, RegionCode


class HistoryStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: SharedReading[bytes, Sequence[Any]] = SharedReading(self._read)

    async def of(self, holders: Collection[HolderRef], at: datetime) -> Mapping[HolderRef, Kept]:
        """What is still kept of each holder at ``at``; holders without a history are left out.
        Raises StorageUnavailable: without the past there is no answer, because that answer might be
        milder than the past allows."""
        keys, now = {holder: base64url.decode(holder) for holder in holders}, microseconds(at)
        found = await self._rows.of(keys.values())
        still = {
            holder: [row for row in found.get(key, ()) if _kept_until(row) > now]
            for holder, key in keys.items()
        }
        return {holder: _kept(rows) for holder, rows in still.items() if rows}

    async def _read(self, keys: Sequence[bytes]) -> Mapping[bytes, Sequence[Any]]:
        """The rows of each holder, also those that are not kept any more."""
        rows = await self._database.fetch(_OF.format(places=places(keys)), keys)
        return {key: list(of_one) for key, of_one in groupby(rows, key=lambda row: row[0])}

    async def sweep(self, at: datetime) -> int:
        """Delete the entries that are not kept any more at ``at``; their number. Raises
        StorageUnavailable."""
        return await sweep_in_pieces(self._database, _SWEEP, microseconds(at))


def learning(lessons: Sequence[Lesson], at: datetime) -> Work:
    """Keep what is still news, and extend what was kept for a shorter time."""
    return partial(_learn, lessons, microseconds(at))


LEARNED_AT_ONCE = 250
"""Entries that one statement inserts, eleven places each: those of some fifty holders."""


def _learn(lessons: Sequence[Lesson], at: int, unit: UnitOfWork) -> None:
    """Each holder once at a time: what a second lesson adds depends on the first."""
    while lessons:
        first = {each.holder: each for each in reversed(lessons)}
        _learn_each(first.values(), at, unit)
        lessons = [each for each in lessons if each is not first[each.holder]]


def _learn_each(lessons: Collection[Lesson], at: int, unit: UnitOfWork) -> None:
    # Another request may have learned the same meanwhile; only here it is sure what is news.
    by_holder = {base64url.decode(each.holder): each for each in lessons}
    rows = unit.execute(_OF.format(places=places(by_holder)), tuple(by_holder))
    held = {holder: list(found) for holder, found in groupby(rows, key=lambda row: row[0])}
    new = [
        row
        for holder, lesson in by_holder.items()
        for row in _new_rows(holder, held.get(holder, ()), lesson, at, unit)
    ]
    for some in some_at_once(new, LEARNED_AT_ONCE):
        unit.execute(_LEARN.format(rows=rows_of_places(some)), tuple(chain(*some)))


def _new_rows(
    holder: bytes, held: Sequence[Any], lesson: Lesson, at: int, unit: UnitOfWork
) -> list[tuple[object, ...]]:
    kept_for = span(lesson.kept_for)
    if any(_kept_until(row) < _known_at(row) + kept_for for row in held):
        unit.execute(_EXTEND, (kept_for, holder, kept_for))
    counting = [row for row in held if max(_kept_until(row), _known_at(row) + kept_for) > at]
    unknown = news(_kept(counting).entries, lesson.entries)
    return [_row(holder, each, kept_for) for each in unknown]


_COLUMNS = (
    "holder, issuer, place, color, basis, previous_color, "
    "as_of, changed_at, known_at, digest, kept_until"
)
_OF = f"""
    SELECT {_COLUMNS} FROM history WHERE holder IN ({{places}})
    ORDER BY holder, known_at, rowid
"""  # noqa: S608 - constants
_LEARN = f"""
    INSERT INTO history ({_COLUMNS}) VALUES {{rows}}
"""  # noqa: S608 - constants
_EXTEND = """
    UPDATE history SET kept_until = known_at + ?
    WHERE holder = ? AND kept_until < known_at + ?
"""
_SWEEP = """
    DELETE FROM history WHERE rowid IN
        (SELECT rowid FROM history WHERE kept_until <= ? ORDER BY kept_until LIMIT ?)
    RETURNING 1
"""


def _row(holder: bytes, entry: HistoryEntry, kept_for: int) -> tuple[object, ...]:
    known_at = microseconds(entry.known_at)
    return (
        holder,
        entry.issuer,
        entry.issuing_place,
        entry.color.value,
        words(entry.basis),
        None if entry.previous_color is None else entry.previous_color.value,
        microseconds(entry.as_of),
        or_none(microseconds, entry.changed_at),
        known_at,
        entry.evidence_digest,
        known_at + kept_for,
    )


def _known_at(row: Sequence[Any]) -> int:
    known_at: int = row[-3]
    return known_at


def _kept_until(row: Sequence[Any]) -> int:
    kept_until: int = row[-1]
    return kept_until


def _kept(rows: Sequence[Any]) -> Kept:
    shortest = min((_kept_until(row) - _known_at(row) for row in rows), default=None)
    return Kept(tuple(_entry(row) for row in rows), or_none(from_span, shortest))


def _entry(row: Sequence[Any]) -> HistoryEntry:
    _, issuer, place, color, basis, previous, as_of, changed_at, known_at, digest, _ = row
    return HistoryEntry(
        issuer=strawberry.ID(issuer),
        issuing_place=RegionCode(place),
        color=Color(color),
        basis=from_words(Basis, basis),
        previous_color=or_none(Color, previous),
        as_of=from_microseconds(as_of),
        changed_at=or_none(from_microseconds, changed_at),
        known_at=from_microseconds(known_at),
        evidence_digest=digest,
    )


HOLDER_BYTES = 300
"""What a remembered holder takes, without entries."""

HISTORY_ENTRY_BYTES = 1_200
"""What a remembered entry takes."""


class RememberedHistories:
    """A store, read at most once in ``lifetime_seconds`` for a holder and a client: a history that
    another client's question brought into memory would be there sooner, and would show that it
    asked. A client has ``room_of_client`` bytes, all of them have ``room``. ``clock`` is monotonic,
    in seconds."""

    def __init__(
        self,
        store: HistoryStore,
        *,
        lifetime_seconds: float,
        room_of_client: int,
        room: int,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock
        self._remembered: PartedMemory[str, HolderRef, Kept]
        self._remembered = PartedMemory(room_of_client, room, clock)
        self._lessons = 0

    async def of(
        self, holders: Collection[HolderRef], client_id: str, at: datetime
    ) -> Mapping[HolderRef, Kept]:
        """As HistoryStore.of, but with NOTHING_KEPT for a holder without a history."""
        remembered = {holder: self._remembered.get(client_id, holder) for holder in holders}
        found = {holder: kept for holder, kept in remembered.items() if kept is not None}
        missing = [holder for holder in holders if holder not in found]
        return found | await self._read(missing, client_id, at) if missing else found

    def is_remembered(self, holder: HolderRef, client_id: str, kept: Kept) -> bool:
        """Whether ``of`` would give this very object without reading the store."""
        return self._remembered.get(client_id, holder) is kept

    @contextmanager
    def learning(self, lessons: Sequence[Lesson], at: datetime) -> Iterator[Work]:
        """The work to be committed while the context lasts. What failed may have been kept all the
        same, so the memory forgets the holder in that case too, for every client."""
        try:
            yield learning(lessons, at)
        finally:
            self._lessons += len(lessons)
            for lesson in lessons:
                self._remembered.forget_everywhere(lesson.holder)

    @property
    def taken(self) -> int:
        """Bytes, as PartedMemory counts them."""
        return self._remembered.taken

    def tidy(self) -> bool:
        """As PartedMemory.tidy."""
        return self._remembered.tidy()

    async def _read(
        self, holders: Sequence[HolderRef], client_id: str, at: datetime
    ) -> dict[HolderRef, Kept]:
        """Remembers also that nothing is kept. If anything was learned during the reading, what was
        read may be outdated already and is not remembered."""
        lessons, ends = self._lessons, self._clock() + self._lifetime_seconds
        read = await self._store.of(holders, at)
        kept = {holder: read.get(holder, NOTHING_KEPT) for holder in holders}
        if lessons == self._lessons:
            for holder, known in kept.items():
                size = HOLDER_BYTES + HISTORY_ENTRY_BYTES * len(known.entries)
                self._remembered.put(client_id, holder, known, size=size, ends=ends)
        return kept
