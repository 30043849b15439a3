"""The oldest entries of a log in a file go once they are past their time.

They are forgotten by one short COMMIT, and their rows are deleted behind it, some at a time, so
that no answer waits for long. Whatever ends the process between the two, the next sweep goes on.
Refuses to say who does this and when; two at once do no harm.
"""

from datetime import datetime
from functools import partial
from typing import NamedTuple

from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.database import Database, ReadSession
from tongxing.gateway.storage.forgotten import forgotten_until
from tongxing.gateway.storage.indexing import INDEXED_UNTIL, PART_ENTRIES, REQUEST_CHARACTERS
from tongxing.gateway.storage.log_remains import (
    LogTerms,
    forget_kept,
    keep_remains,
    note_forgotten,
)
from tongxing.gateway.storage.sweeping import SWEPT_AT_ONCE, sweep_in_pieces
from tongxing.gateway.storage.tree import TILE, StoredTree
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys.signed_note import NoteSigner

SPAN_ENTRIES = 1_000
"""As in ``indexing``, which fills ``audit_spans``."""


class _Past(NamedTuple):
    """The entries from ``begin`` up to ``until``."""

    begin: int
    until: int


class LogBeginning:
    def __init__(self, database: Database, terms: LogTerms, signer: NoteSigner) -> None:
        self._database = database
        self._terms = terms
        self._signer = signer

    async def sweep(self, at: datetime) -> int:
        """Forget what is older than its term; the number of entries. Raises StorageUnavailable, and
        AuditDamaged for a part that is not what was written: it stays."""
        if self._terms.entries is None:
            return 0
        before = microseconds(at - self._terms.entries)
        past = await self._database.read(partial(_past, before))
        if past.begin < past.until:
            await keep_remains(self._database, *past, self._terms.kept_kinds)
            await self._database.write(partial(_forget, past, self._signer))
        await self._delete(await self._database.read(forgotten_until))
        await forget_kept(self._database, self._terms, at, self._signer)
        return past.until - past.begin

    async def _delete(self, until: int) -> None:
        """Every row of what is forgotten."""
        await sweep_in_pieces(self._database, _DELETE_ENTRIES, until)
        await sweep_in_pieces(self._database, _DELETE_HOLDERS, until // PART_ENTRIES)
        await sweep_in_pieces(self._database, _DELETE_SPANS, until // SPAN_ENTRIES)
        while await self._database.write(partial(_delete_requests, until)) == SWEPT_AT_ONCE:
            pass


def _past(before: int, session: ReadSession) -> _Past:
    """What can be forgotten: whole tiles, all of whose entries are older, that are looked up by
    now, and never the last entry. Entries of version 1 go together: each is checked by the one
    before it."""
    tree = StoredTree(session)
    begin, size = tree.forgotten, tree.size()
    ((indexed,),) = session.execute(INDEXED_UNTIL)
    ((span,),) = session.execute(_FIRST_YOUNGER, (begin // SPAN_ENTRIES, before))
    ends = (indexed, size - 1, indexed if span is None else span * SPAN_ENTRIES)
    until = min(ends) // TILE * TILE
    is_cut = until < tree.first_planted
    return _Past(begin, begin if is_cut else max(begin, until))


def _forget(past: _Past, signer: NoteSigner, unit: UnitOfWork) -> None:
    if forgotten_until(unit) == past.begin:
        note_forgotten(past.until, signer, unit)


def _delete_requests(until: int, unit: UnitOfWork) -> int:
    """Ids rise with time, so what is to go lies in front; an id of another form may stay, and finds
    nothing."""
    found = unit.execute(_REQUEST_AT, (until,))
    return len(unit.execute(_DELETE_REQUESTS, (*found[0], until, SWEPT_AT_ONCE))) if found else 0


_FIRST_YOUNGER = "SELECT min(span) FROM audit_spans WHERE span >= ? AND last_at >= ?"
_DELETE_ENTRIES = """
    DELETE FROM audit_entries WHERE idx IN (
        SELECT idx FROM audit_entries WHERE idx < ? ORDER BY idx LIMIT ?
    ) RETURNING 1
"""
_DELETE_HOLDERS = """
    DELETE FROM audit_holders WHERE (part, prefix, place) IN (
        SELECT part, prefix, place FROM audit_holders WHERE part < ?
        ORDER BY part, prefix, place LIMIT ?
    ) RETURNING 1
"""
_DELETE_SPANS = """
    DELETE FROM audit_spans WHERE span IN (
        SELECT span FROM audit_spans WHERE span < ? ORDER BY span LIMIT ?
    ) RETURNING 1
"""
_REQUEST_AT = f"SELECT substr(request, 1, {REQUEST_CHARACTERS}) FROM audit_entries WHERE idx = ?"  # noqa: S608 - constants
_DELETE_REQUESTS = """
    DELETE FROM audit_requests WHERE (prefix, first) IN (
        SELECT prefix, first FROM audit_requests WHERE prefix <= ? AND last < ?
        ORDER BY prefix, first LIMIT ?
    ) RETURNING 1
"""
