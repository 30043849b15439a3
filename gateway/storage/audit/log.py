"""The audit log: appended in a unit of work, read in pieces beside it.

The unit of work gives an entry its index and its hash inside the transaction that writes it, under
the database's lock, so two processes that append make one chain.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Self, TypeVar

from tongxing.gateway.storage.appending import Logged, SignedHead
from tongxing.gateway.storage.audit.encoding import Unreadable, decode_record
from tongxing.gateway.storage.audit.gaps import Gap
from tongxing.gateway.storage.audit.held_evidence import Found, RecordedEvidence, completed
from tongxing.gateway.storage.audit.outcome_again import Recordable, evidence_key, row
from tongxing.gateway.storage.audit.page import PAGE_MAX_ENTRIES, AuditEntry, AuditFilter
from tongxing.gateway.storage.audit.records import AuditRecord
from tongxing.gateway.storage.audit.resumed import check_resumed
from tongxing.gateway.storage.audit.search import ROUGH_ROWS, Search, search
from tongxing.gateway.storage.chain import BEFORE_THE_FIRST, link_in
from tongxing.gateway.storage.checking import check_piece
from tongxing.gateway.storage.database import Database, ReadSession
from tongxing.gateway.storage.entries import (
    ENTRY_COLUMNS,
    LAST_ENTRY,
    AuditDamaged,
    AuditMark,
    AuditRow,
    Damage,
    Link,
    LogLacking,
    leaf_of,
    leaf_of_chained,
    written_link,
)
from tongxing.gateway.storage.faults import StorageDamaged, StorageUnavailable
from tongxing.gateway.storage.forgotten import check_forgotten, forgotten_part, forgotten_until
from tongxing.gateway.storage.head_file import SeenHead
from tongxing.gateway.storage.kept_apart import first_shown, kept_entry
from tongxing.gateway.storage.log_names import LogNames
from tongxing.gateway.storage.slices import Slice, Sliced
from tongxing.gateway.storage.tree import StoredTree, Tiles
from tongxing.gateway.storage.writer import UnitOfWork, Work
from tongxing.keys.log_proof import LogProof
from tongxing.schema import AuditIndex

T = TypeVar("T")


class AuditUnavailable(StorageUnavailable):
    """The records are not known to be durable: no question and no answer may rest on them."""


ENCODED_AT_ONCE = 50
"""Records that are encoded on the event loop: about a millisecond. More go to a thread."""

VERIFY_ENTRIES = 2_048
"""Entries read in one piece while verifying, eight tiles: some milliseconds, for which commits may
wait."""

SEARCHED_FOR_A_PAGE = 200_000
"""Entries; then the page ends early and its cursor says where."""

SEARCHED_BESIDE = 20_000
"""Entries searched to know whether there is anything beside a page; if that is not enough, there
may be."""

CHECKED_AT_START = 10_000
"""Entries: more than two groups of the writer, and some 0.2 s at the start."""

_NO_END = 2**63
"""Behind every entry: the chain is followed until something is wrong with it."""


class AuditLog:
    """Made by ``open``, which checks that the log has not lost what its head file has seen."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._head_file = database.head_file
        self.damage: AuditDamaged | None = None
        self._searching = asyncio.Lock()
        self._evidence = RecordedEvidence()

    @classmethod
    async def open(cls, database: Database) -> Self:
        """Raises AuditDamaged if the database is behind its head file or differs from it, or if its
        last entries are not what was written. The full chain is checked only in the first case,
        because it takes too long at every start; the first bad entry may lie far before the
        head."""
        log = cls(database)
        seen = log._head_file.read()
        if seen is not None and await log._damage_at(seen):
            await log.verify([seen])
        await log.check_forgotten()
        await database.read(check_resumed)
        await log._check_last()
        return log

    async def _check_last(self) -> None:
        """A disk that was cut off damages first what was written last."""
        head = await self._last()
        before = await self._link_at(head.index - CHECKED_AT_START)
        await self.follow(before, head.index)

    def stop(self, damage: AuditDamaged) -> None:
        """From now on nothing is recorded, so nothing is answered: what was written already cannot
        be relied on."""
        self.damage = damage

    @property
    def lacking(self) -> LogLacking | None:
        """As ``Database.lacking``."""
        return self._database.lacking

    async def append(
        self, records: Sequence[Recordable], along: Sequence[Work] = ()
    ) -> Sequence[AuditMark]:
        """The mark of each record, in order, once all of them are durable; all or none, and all of
        ``along`` by the same COMMIT. Raises AuditUnavailable."""
        found = self._look_up(records)
        few = len(records) <= ENCODED_AT_ONCE
        rows = _encoded(records, found) if few else await _encoded_aside(records, found)
        logged = await self._write(partial(_append, rows, along))
        self._note(found, logged)
        return [each.mark() for each in logged]

    async def append_unless(
        self,
        objects: Callable[[UnitOfWork], T | None],
        records: Sequence[Recordable],
        along: Sequence[Work] = (),
    ) -> Sequence[Logged] | T:
        """The same, if ``objects`` returns None, with all that proves each record. It runs first,
        in the same transaction. Otherwise what it returns; then what it wrote itself is kept, and
        neither a record nor ``along``."""
        found = self._look_up(records)
        few = len(records) <= ENCODED_AT_ONCE
        rows = _encoded(records, found) if few else await _encoded_aside(records, found)
        written = await self._write(partial(_append_unless, objects, rows, along))
        if isinstance(written, _Objection):
            return written.objection
        self._note(found, written)
        return written

    def _look_up(self, records: Sequence[Recordable]) -> Sequence[Found]:
        """Which entries hold their evidence already."""
        if self.damage is not None:
            raise AuditUnavailable("the audit log is damaged") from self.damage
        return [self._evidence.look_up(evidence_key(record)) for record in records]

    def _note(self, found: Sequence[Found], logged: Sequence[Logged]) -> None:
        for each, entry in zip(found, logged, strict=True):
            self._evidence.note(each, entry.index)

    async def _write(self, work: Callable[[UnitOfWork], T]) -> T:
        try:
            return await self._database.write(work)
        except StorageUnavailable as error:
            raise AuditUnavailable("the audit log cannot record this now") from error

    async def head(self) -> AuditMark | None:
        """The last entry; None in an empty log."""
        link = await self._last()
        return None if link is BEFORE_THE_FIRST else link.mark()

    async def size(self) -> int:
        """The number of entries, forgotten ones too."""
        return (await self._last()).index + 1

    async def page(self, where: AuditFilter, wanted: Slice) -> Sliced[AuditEntry]:
        """The entries of ``wanted`` (1 to PAGE_MAX_ENTRIES) that fit ``where``. A page may be
        shorter than asked for, even empty, while more is said to follow: then the search paused and
        goes on from ``end`` (from ``start`` if it runs backwards). Raises AuditDamaged."""
        if not 1 <= wanted.most <= PAGE_MAX_ENTRIES:
            raise ValueError(f"a page has 1 to {PAGE_MAX_ENTRIES} entries")
        end = (await self._last()).index + 1
        lowest = await self._database.read(_first_shown) - 1
        low = lowest if wanted.after is None else max(wanted.after, lowest)
        high = end if wanted.before is None else min(wanted.before, end)
        inside = await self._hunt(where, Gap(low, high), wanted.most + 1, is_last=wanted.is_last)
        passed = Gap(lowest, min(low + 1, end))
        before = low > lowest and await self._any(where, passed, is_last=True)
        behind = high < end and await self._any(where, Gap(high - 1, end), is_last=False)
        return _sliced(inside, wanted, before=before, behind=behind)

    async def read(self, query: Callable[[ReadSession], T]) -> T:
        """For what reads the whole log in pieces. Raises StorageUnavailable."""
        return await self._database.read(query)

    def prover(self) -> "Prover":
        """For proofs under the latest checkpoint. Raises AuditUnavailable in a process that signs
        none."""
        signed = self._database.signed_head
        if signed is None:
            raise AuditUnavailable("nothing of the audit log is signed here")
        return Prover(self._database, signed)

    async def first_shown(self) -> int:
        """The first index that there is anything to show of."""
        return await self._database.read(_first_shown)

    async def find(self, index: AuditIndex) -> AuditEntry | None:
        """Raises AuditDamaged."""
        return (await self.find_all([index]))[0]

    async def find_all(self, indexes: Sequence[AuditIndex]) -> list[AuditEntry | None]:
        """Of each index its entry, read in one go. Raises AuditDamaged."""
        return await self._database.read(partial(_find_all, indexes))

    async def _any(self, where: AuditFilter, gap: Gap, *, is_last: bool) -> bool:
        """Whether an entry in ``gap`` fits ``where``, or may fit: the search is not a long one."""
        found = await self._hunt(where, gap, 1, is_last=is_last, budget=SEARCHED_BESIDE)
        return bool(found.entries or found.rest)

    async def _hunt(
        self,
        where: AuditFilter,
        gap: Gap,
        most: int,
        *,
        is_last: bool,
        budget: int = SEARCHED_FOR_A_PAGE,
    ) -> "_Hunted":
        wanted = search(where, is_last=is_last)
        found: list[AuditEntry] = []
        while gap and budget > 0 and len(found) < most:
            read = partial(_read_piece, where, wanted, gap, most - len(found))
            # One at a time, however many pages are asked for: other readers find a thread free.
            async with self._searching:
                entries, gap, cost = await self._database.read(read)
            found += entries
            budget -= cost
        return _Hunted(found, gap)

    async def verify(self, expected: Sequence[SeenHead] = ()) -> AuditMark | None:
        """Check every entry, and that the log holds all of ``expected``; the last entry. Raises
        AuditDamaged, which names the first bad entry."""
        await self.check_forgotten()
        await self._database.read(check_resumed)
        # Read in this order: the head file is written after the commit, so it is never ahead.
        seen = self._head_file.read()
        head = await self._last()
        link = await self.follow(BEFORE_THE_FIRST, head.index)
        marks = [*expected] if seen is None else [*expected, seen]
        for mark in sorted(marks, key=_place):
            await self.check_seen(mark)
        return None if link is BEFORE_THE_FIRST else link.mark()

    async def check_seen(self, seen: SeenHead) -> None:
        """The log holds what was ``seen`` of it. Raises AuditDamaged."""
        if damage := await self._damage_at(seen):
            raise damage

    async def root(self, size: int) -> bytes:
        """Of the tree of the first ``size`` entries. Raises AuditDamaged."""
        return await self._database.read(lambda session: StoredTree(session).root(size))

    @property
    def names(self) -> LogNames:
        """Under which it was signed."""
        return self._database.names

    async def check_signed(self) -> None:
        """The log holds what was signed last, by this process or else beside the database. An entry
        that was written anew together with its hash and the nodes above it shows here alone. Raises
        AuditDamaged, OSError."""
        signed = self._database.signed_head
        seen = await asyncio.to_thread(self._head_file.read) if signed is None else signed.head
        if seen is not None and (damage := await self._damage_at(seen)):
            raise damage

    async def check_forgotten(self) -> None:
        """The hub has said how far the log is forgotten, if there is a key to tell. Raises
        AuditDamaged."""
        part = await self._database.read(forgotten_part)
        if self._database.log_keys:
            check_forgotten(part, self._database.log_keys)

    async def check_mark(self, mark: AuditMark) -> Link:
        """The link of ``mark``. Raises AuditDamaged if the log does not hold it."""
        if damage := await self._damage_at(mark):
            raise damage
        return await self._link_at(mark.index)

    async def follow(self, link: Link, until: int) -> Link:
        """The chain from ``link`` up to the entry ``until`` at least; the last link that was
        checked. Raises AuditDamaged."""
        while link.index < until:
            link = await self._piece(link, VERIFY_ENTRIES)
        return link

    async def _piece(self, link: Link, most: int) -> Link:
        """Where a piece cannot be read, it is read entry by entry up to the first that cannot."""
        try:
            return await self._database.read(partial(check_piece, link, most))
        except StorageDamaged:
            if most == 1:
                raise AuditDamaged(link.index + 1, Damage.UNREADABLE) from None
        for _ in range(most):
            link = await self._piece(link, 1)
        return link

    async def _damage_at(self, seen: SeenHead) -> AuditDamaged | None:
        """What is wrong if the log does not hold what was ``seen`` of it. Raises AuditDamaged if
        the way to it cannot be read."""
        try:
            await self._database.read(lambda session: StoredTree(session).check(seen))
        except AuditDamaged as damage:
            return damage
        except StorageDamaged:
            await self.follow(BEFORE_THE_FIRST, _NO_END)
        except StorageUnavailable:
            if self.lacking is None:
                raise
            return self.lacking
        return None

    async def _last(self) -> Link:
        return await self._link(lambda session: link_in(session.execute(LAST_ENTRY)))

    async def _link_at(self, index: int) -> Link:
        return await self._link(lambda session: StoredTree(session).link(index))

    async def _link(self, find: Callable[[ReadSession], Link]) -> Link:
        """Raises AuditDamaged if it is none, or if the way to it cannot be read."""
        try:
            return await self._database.read(find)
        except (StorageDamaged, AuditDamaged):
            return await self.follow(BEFORE_THE_FIRST, _NO_END)


class Prover:
    """Proves entries, and earlier trees, under one checkpoint. What it reads it keeps, so that the
    entries of a page cost little more than one."""

    def __init__(self, database: Database, signed: SignedHead) -> None:
        self._database = database
        self.signed = signed
        self._tiles: Tiles = {}

    async def inclusion(self, indexes: Sequence[int]) -> Sequence[LogProof | None]:
        """A proof of each entry, with its leaf; None if the checkpoint does not cover it yet, or
        if it is forgotten. Raises AuditDamaged."""
        return await self._database.read(partial(self._inclusion, indexes))

    async def consistency(self, old: int, new: int) -> Sequence[bytes] | None:
        """That the tree of the first ``old`` entries is the beginning of that of the first ``new``;
        None if the checkpoint does not cover them, or if the first is larger. Raises
        AuditDamaged."""
        if not old <= new <= self.signed.head.size:
            return None
        return await self._database.read(
            lambda session: StoredTree(session, self._tiles).consistency_path(old, new)
        )

    def _inclusion(self, indexes: Sequence[int], session: ReadSession) -> list[LogProof | None]:
        tree = StoredTree(session, self._tiles)
        return [self._proof(index, tree, session) for index in indexes]

    def _proof(self, index: int, tree: StoredTree, session: ReadSession) -> LogProof | None:
        if not 0 <= index < self.signed.head.size:
            return None
        rows = _rows_at(index, tree.forgotten, session)
        if not rows and index < tree.forgotten:
            return None
        if not rows:
            raise AuditDamaged(index, Damage.MISSING)
        link, row = written_link(*rows[0][:2]), AuditRow(*rows[0][2:])
        is_chained = index < tree.first_planted
        leaf = leaf_of_chained(link, row) if is_chained else leaf_of(index, row)
        path = tree.inclusion_path(index, self.signed.head.size)
        return LogProof(index, path, self.signed.checkpoint, leaf)


_AT = f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE idx = ?"  # noqa: S608 - constants


def _append(rows: Sequence[AuditRow], along: Sequence[Work], unit: UnitOfWork) -> Sequence[Logged]:
    for work in along:
        work(unit)
    return unit.record(rows)


def _append_unless(
    objects: Callable[[UnitOfWork], T | None],
    rows: Sequence[AuditRow],
    along: Sequence[Work],
    unit: UnitOfWork,
) -> "Sequence[Logged] | _Objection[T]":
    objection = objects(unit)
    return _append(rows, along, unit) if objection is None else _Objection(objection)


@dataclass(frozen=True, slots=True)
class _Objection(Generic[T]):
    objection: T


def _place(seen: SeenHead) -> int:
    return seen.index if isinstance(seen, AuditMark) else seen.size - 1


def _encoded(records: Sequence[Recordable], found: Sequence[Found]) -> list[AuditRow]:
    pairs = zip(records, found, strict=True)
    return [row(record, each.held_in) for record, each in pairs]


async def _encoded_aside(records: Sequence[Recordable], found: Sequence[Found]) -> list[AuditRow]:
    return await asyncio.to_thread(_encoded, records, found)


def _first_shown(session: ReadSession) -> int:
    return first_shown(forgotten_until(session), session)


def _rows_at(index: int, forgotten: int, session: ReadSession) -> list[Any]:
    return kept_entry(index, session) if index < forgotten else session.execute(_AT, (index,))


def _find_all(indexes: Sequence[AuditIndex], session: ReadSession) -> list[AuditEntry | None]:
    forgotten = forgotten_until(session)
    rows = [_rows_at(index, forgotten, session) for index in indexes]
    return [_entry(found[0], session) if found else None for found in rows]


def _entry(columns: Sequence[Any], session: ReadSession) -> AuditEntry:
    link = written_link(*columns[:2])
    mark = link.mark()
    record = _record(link.index, AuditRow(*columns[2:]))

    def held(index: AuditIndex) -> AuditRecord | None:
        rows = session.execute(_AT, (index,))
        return _record(index, AuditRow(*rows[0][2:])) if rows else None

    forgotten = forgotten_until(session)
    return AuditEntry(mark.index, mark.entry_hash, completed(record, mark.index, held, forgotten))


def _record(index: int, row: AuditRow) -> AuditRecord:
    try:
        return decode_record(row)
    except Unreadable as error:
        raise AuditDamaged(index, Damage.UNREADABLE) from error


@dataclass(frozen=True, slots=True)
class _Hunted:
    """Entries in the order in which they were found, and where the search was not done."""

    entries: Sequence[AuditEntry]
    rest: Gap


def _read_piece(
    where: AuditFilter, wanted: Search, gap: Gap, most: int, session: ReadSession
) -> tuple[Sequence[AuditEntry], Gap, int]:
    """Up to ``most`` entries that fit, what is left of ``gap``, and what reading this cost."""
    piece = wanted.next_piece(gap, session)
    if not piece.gap:
        return [], wanted.rest(gap, piece.gap, None), piece.cost
    limit = max(most, ROUGH_ROWS) if wanted.is_rough else most
    rows = piece.way.rows(piece.gap, limit, session)
    found = (_entry(row, session) for row in rows)
    fitting = [entry for entry in found if where.fits(entry.record)]
    reached = None if len(rows) < limit else rows[-1][0]
    if len(fitting) > most:
        fitting = fitting[:most]
        reached = fitting[-1].index
    return fitting, wanted.rest(gap, piece.gap, reached), piece.cost


def _sliced(hunted: _Hunted, wanted: Slice, *, before: bool, behind: bool) -> Sliced[AuditEntry]:
    """It was looked for one entry more than asked for."""
    entries = list(hunted.entries[: wanted.most])
    is_full = len(hunted.entries) > wanted.most
    if wanted.is_last:
        entries.reverse()
    start: int | None = entries[0].index if entries else None
    end: int | None = entries[-1].index if entries else None
    if hunted.rest and not is_full:
        start, end = (hunted.rest.high, end) if wanted.is_last else (start, hunted.rest.low)
    more = is_full or bool(hunted.rest)
    return Sliced(
        entries=[(entry.index, entry) for entry in entries],
        has_previous=before or (more and wanted.is_last),
        has_next=behind or (more and not wanted.is_last),
        start=start,
        end=end,
    )
