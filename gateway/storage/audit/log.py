"""The audit log in SQLite: appended by the writer, read in pieces beside it.

The index and the hash of an entry are given inside the transaction that writes it, under the
database's lock, so two processes that append make one chain.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Protocol, Self

from tongxing.gateway.storage import Database, StorageUnavailable, Transaction
from tongxing.gateway.storage.audit.chain import (
    BEFORE_THE_FIRST,
    AuditDamaged,
    AuditMark,
    Damage,
    HeadFile,
    Link,
    check_links,
    head_file_of,
    next_link,
)
from tongxing.gateway.storage.audit.encoding import Row, Unreadable, decode_record, encode_record
from tongxing.gateway.storage.audit.page import (
    PAGE_MAX_ENTRIES,
    AuditEntry,
    AuditFilter,
    AuditPage,
    Search,
    cursor_of,
    index_of,
    search,
)
from tongxing.gateway.storage.audit.records import AuditRecord


class AuditUnavailable(StorageUnavailable):
    """The records are not known to be durable: nothing may be asked or answered on them."""


class AuditLog(Protocol):
    async def append(self, records: Sequence[AuditRecord]) -> Sequence[AuditMark]:
        """Where each record now stands, in order, once all of them are durable; all or none.
        Raises AuditUnavailable."""
        ...

    async def head(self) -> AuditMark | None:
        """The last entry; None in an empty log."""
        ...

    async def page(self, where: AuditFilter, first: int, after: str | None) -> AuditPage:
        """Up to ``first`` entries (1 to PAGE_MAX_ENTRIES) behind the cursor ``after``. Raises
        InvalidCursor, AuditDamaged."""
        ...

    async def verify(self, expected: Sequence[AuditMark] = ()) -> AuditMark | None:
        """Check every entry, and that the log holds each mark of ``expected``; the head. Raises
        AuditDamaged, which names the first bad entry."""
        ...


VERIFY_ENTRIES = 2_000
"""Entries read in one piece while verifying: some milliseconds, for which commits may wait."""

SCAN_ENTRIES = 10_000
"""Entries looked at in one piece where no index helps the filter."""

SCAN_MAX_PIECES = 20
"""Pieces looked at for one page; then the page ends early and its cursor says where."""

_LOWEST_INDEX = -(2**63)
"""Entries that somebody put before the first are found as well."""


class SqliteAuditLog:
    """Made by ``open``, which checks that the log has not lost what its head file has seen."""

    def __init__(self, database: Database, head_file: HeadFile) -> None:
        self._database = database
        self._head_file = head_file
        self._head_in: tuple[Transaction | None, Link] = (None, BEFORE_THE_FIRST)

    @classmethod
    async def open(cls, database: Database) -> Self:
        """Raises AuditDamaged where the database is behind its head file, or beside it. Whether
        all of it is whole takes too long to ask at every start; once something is wrong, it is
        asked, because the first bad entry may lie far before the head."""
        log = cls(database, HeadFile(head_file_of(database.path)))
        seen = log._head_file.read()
        if seen is not None and await log._damage_at(seen):
            await log.verify([seen])
        return log

    async def append(self, records: Sequence[AuditRecord]) -> Sequence[AuditMark]:
        rows = [encode_record(record) for record in records]
        try:
            links = await self._database.write(partial(self.append_rows, rows))
        except StorageUnavailable as error:
            raise AuditUnavailable("the audit log cannot record this now") from error
        return [link.mark() for link in links]

    def append_rows(self, rows: Sequence[Row], transaction: Transaction) -> Sequence[Link]:
        """Append inside a transaction of somebody who records what it does in the same one."""
        link, links = self._head_within(transaction), []
        for row in rows:
            link = next_link(link, row)
            links.append(link)
        transaction.execute_many(_APPEND, _as_columns(links, rows))
        self._head_in = (transaction, link)
        transaction.after_commit(self, partial(self._head_file.advance, link))
        return links

    def _head_within(self, transaction: Transaction) -> Link:
        """Read once for each group; within a group it is what the last work left."""
        of, link = self._head_in
        return link if of is transaction else _link(transaction.execute(_HEAD))

    async def head(self) -> AuditMark | None:
        link = _link(await self._fetch(_HEAD))
        return None if link is BEFORE_THE_FIRST else link.mark()

    async def page(self, where: AuditFilter, first: int, after: str | None) -> AuditPage:
        if not 1 <= first <= PAGE_MAX_ENTRIES:
            raise ValueError(f"a page has 1 to {PAGE_MAX_ENTRIES} entries")
        begin = 0 if after is None else index_of(after) + 1
        head = _link(await self._fetch(_HEAD)).index
        return await self._collect(search(where), first, begin, head)

    async def _collect(self, wanted: Search, first: int, begin: int, head: int) -> AuditPage:
        span = head + 1 if wanted.is_indexed else SCAN_ENTRIES
        limit = begin + span * SCAN_MAX_PIECES
        found: list[AuditEntry] = []
        while begin <= head and begin < limit and len(found) <= first:
            rows = await self._fetch(
                wanted.sql, (*wanted.parameters, begin, begin + span, first + 1 - len(found))
            )
            found += [_entry(columns) for columns in rows]
            begin += span
        return _page(found, first, begin, head)

    async def verify(self, expected: Sequence[AuditMark] = ()) -> AuditMark | None:
        # Read in this order: the head file is written after the commit, so it is never ahead.
        seen = self._head_file.read()
        head = _link(await self._fetch(_HEAD))
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
        rows = await self._fetch(_LINK_AT, (mark.index,))
        if not rows:
            head = _link(await self._fetch(_HEAD))
            return AuditDamaged(head.index + 1, Damage.TRUNCATED)
        return None if _link(rows).mark() == mark else AuditDamaged(mark.index, Damage.FORKED)

    async def _fetch(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        return await self._database.read(
            lambda connection: connection.execute(sql, parameters).fetchall()
        )


_COLUMNS = "idx, hash, kind, at, request, client, region, holder, content"
_APPEND = f"INSERT INTO audit_entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
_HEAD = "SELECT idx, hash FROM audit_entries ORDER BY idx DESC LIMIT 1"
_LINK_AT = "SELECT idx, hash FROM audit_entries WHERE idx = ?"
_FOLLOWING = f"SELECT {_COLUMNS} FROM audit_entries WHERE idx > ? ORDER BY idx LIMIT ?"  # noqa: S608 - constants


def _as_columns(links: Sequence[Link], rows: Sequence[Row]) -> Iterator[tuple[object, ...]]:
    return ((link.index, link.hash, *row) for link, row in zip(links, rows, strict=True))


def _link(rows: Sequence[tuple[int, bytes]]) -> Link:
    return Link(*rows[0]) if rows else BEFORE_THE_FIRST


def _check_piece(previous: Link, connection: sqlite3.Connection) -> Link:
    behind = _LOWEST_INDEX if previous is BEFORE_THE_FIRST else previous.index
    rows = connection.execute(_FOLLOWING, (behind, VERIFY_ENTRIES)).fetchall()
    if not rows:
        raise AuditDamaged(previous.index + 1, Damage.MISSING)
    return check_links(previous, ((Link(*row[:2]), Row(*row[2:])) for row in rows))


def _entry(columns: Sequence[Any]) -> AuditEntry:
    link, row = Link(*columns[:2]), Row(*columns[2:])
    mark = link.mark()
    try:
        return AuditEntry(mark.index, mark.entry_hash, decode_record(row))
    except Unreadable as error:
        raise AuditDamaged(link.index, Damage.UNREADABLE) from error


def _page(found: list[AuditEntry], first: int, begin: int, head: int) -> AuditPage:
    """``begin`` is where the search stopped; one entry more than asked for was looked for."""
    entries = found[:first]
    if len(found) > first:
        return AuditPage(entries, True, cursor_of(entries[-1].index))
    if begin <= head:
        return AuditPage(entries, True, cursor_of(begin - 1))
    return AuditPage(entries, False, cursor_of(entries[-1].index) if entries else None)
