"""The audit log: appended in a unit of work, read in pieces beside it.

The unit of work gives an entry its index and its hash inside the transaction that writes it, under
the database's lock, so two processes that append make one chain.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Self

from tongxing.gateway.storage.audit.encoding import Unreadable, decode_record, encode_record
from tongxing.gateway.storage.audit.page import (
    AUDIT_CURSORS,
    PAGE_MAX_ENTRIES,
    AuditEntry,
    AuditFilter,
    AuditPage,
    search,
)
from tongxing.gateway.storage.audit.records import AuditRecord
from tongxing.gateway.storage.chain import (
    BEFORE_THE_FIRST,
    ENTRY_COLUMNS,
    LAST_ENTRY,
    AuditDamaged,
    AuditMark,
    AuditRow,
    Damage,
    HeadFile,
    Link,
    check_links,
    head_file_of,
    link_in,
)
from tongxing.gateway.storage.database import Database, ReadSession
from tongxing.gateway.storage.faults import StorageUnavailable


class AuditUnavailable(StorageUnavailable):
    """The records are not known to be durable: no question and no answer may rest on them."""


ENCODED_AT_ONCE = 50
"""Records that are encoded on the event loop: about a millisecond. More go to a thread."""

VERIFY_ENTRIES = 2_000
"""Entries read in one piece while verifying: some milliseconds, for which commits may wait."""

SCAN_ENTRIES = 10_000
"""Entries searched in one piece if no index helps the filter."""

SCAN_MAX_PIECES = 20
"""Pieces searched for one page; then the page ends early and its cursor says where."""

_LOWEST_INDEX = -(2**63)
"""Finds also entries that were put before the first one."""


class AuditLog:
    """Made by ``open``, which checks that the log has not lost what its head file has seen."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._head_file = HeadFile(head_file_of(database.path))

    @classmethod
    async def open(cls, database: Database) -> Self:
        """Raises AuditDamaged if the database is behind its head file, or differs from it. The
        full chain is checked only in that case, because it takes too long at every start; it is
        checked then because the first bad entry may lie far before the head."""
        log = cls(database)
        seen = log._head_file.read()
        if seen is not None and await log._damage_at(seen):
            await log.verify([seen])
        return log

    async def append(self, records: Sequence[AuditRecord]) -> Sequence[AuditMark]:
        """The place of each record, in order, once all of them are durable; all or none. Raises
        AuditUnavailable."""
        if len(records) > ENCODED_AT_ONCE:
            rows = await asyncio.to_thread(_encoded, records)
        else:
            rows = _encoded(records)
        try:
            links = await self._database.write(lambda unit: unit.record(rows))
        except StorageUnavailable as error:
            raise AuditUnavailable("the audit log cannot record this now") from error
        return [link.mark() for link in links]

    async def head(self) -> AuditMark | None:
        """The last entry; None in an empty log."""
        link = await self._last()
        return None if link is BEFORE_THE_FIRST else link.mark()

    async def page(self, where: AuditFilter, first: int, after: str | None) -> AuditPage:
        """Up to ``first`` entries (1 to PAGE_MAX_ENTRIES) behind the cursor ``after``. Raises
        InvalidCursor, AuditDamaged."""
        if not 1 <= first <= PAGE_MAX_ENTRIES:
            raise ValueError(f"a page has 1 to {PAGE_MAX_ENTRIES} entries")
        begin = 0 if after is None else AUDIT_CURSORS.number(after) + 1
        head = (await self._last()).index
        return await self._collect(where, first, begin, head)

    async def _collect(self, where: AuditFilter, first: int, begin: int, head: int) -> AuditPage:
        wanted = search(where)
        span = head + 1 if wanted.is_indexed else SCAN_ENTRIES
        limit = begin + span * SCAN_MAX_PIECES
        found: list[AuditEntry] = []
        while begin <= head and begin < limit and len(found) <= first:
            most = first + 1 - len(found)
            rows = await self._database.fetch(
                wanted.sql, (*wanted.parameters, begin, begin + span, most)
            )
            entries = [_entry(columns) for columns in rows]
            found += [entry for entry in entries if where.fits(entry.record)]
            begin = begin + span if len(rows) < most else entries[-1].index + 1
        return _page(found, first, begin, head)

    async def verify(self, expected: Sequence[AuditMark] = ()) -> AuditMark | None:
        """Check every entry, and that the log holds each mark of ``expected``; the head. Raises
        AuditDamaged, which names the first bad entry."""
        # Read in this order: the head file is written after the commit, so it is never ahead.
        seen = self._head_file.read()
        head = await self._last()
        link = BEFORE_THE_FIRST
        while link.index < head.index:
            link = await self._database.read(partial(_check_piece, link))
        marks = [*expected] if seen is None else [*expected, seen]
        for mark in sorted(marks, key=lambda mark: mark.index):
            if damage := await self._damage_at(mark):
                raise damage
        return None if link is BEFORE_THE_FIRST else link.mark()

    async def _damage_at(self, mark: AuditMark) -> AuditDamaged | None:
        """What is wrong if the log does not hold ``mark``."""
        rows = await self._database.fetch(_LINK_AT, (mark.index,))
        if not rows:
            return AuditDamaged((await self._last()).index + 1, Damage.TRUNCATED)
        return None if link_in(rows).mark() == mark else AuditDamaged(mark.index, Damage.FORKED)

    async def _last(self) -> Link:
        return link_in(await self._database.fetch(LAST_ENTRY))


_LINK_AT = "SELECT idx, hash FROM audit_entries WHERE idx = ?"
_FOLLOWING = f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE idx > ? ORDER BY idx LIMIT ?"  # noqa: S608 - constants


def _encoded(records: Sequence[AuditRecord]) -> list[AuditRow]:
    return [encode_record(record) for record in records]


def _check_piece(previous: Link, session: ReadSession) -> Link:
    behind = _LOWEST_INDEX if previous is BEFORE_THE_FIRST else previous.index
    rows = session.execute(_FOLLOWING, (behind, VERIFY_ENTRIES))
    if not rows:
        raise AuditDamaged(previous.index + 1, Damage.MISSING)
    return check_links(previous, ((Link(*row[:2]), AuditRow(*row[2:])) for row in rows))


def _entry(columns: Sequence[Any]) -> AuditEntry:
    link, row = Link(*columns[:2]), AuditRow(*columns[2:])
    mark = link.mark()
    try:
        return AuditEntry(mark.index, mark.entry_hash, decode_record(row))
    except Unreadable as error:
        raise AuditDamaged(link.index, Damage.UNREADABLE) from error


def _page(found: list[AuditEntry], first: int, begin: int, head: int) -> AuditPage:
    """``begin`` is where the search stopped; it looked for one entry more than asked for."""
    entries = found[:first]
    if len(found) > first:
        return AuditPage(entries, True, AUDIT_CURSORS.at(entries[-1].index))
    if begin <= head:
        return AuditPage(entries, True, AUDIT_CURSORS.at(begin - 1))
    return AuditPage(entries, False, AUDIT_CURSORS.at(entries[-1].index) if entries else None)
