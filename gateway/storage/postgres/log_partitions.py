"""The log lies in partitions by index: a new one is made ahead of need, and the oldest goes as a
whole once all of it is past its time.

So nothing is ever deleted row by row beside running processes. What is looked up in the log is
parted at the same places. Refuses to say who does this and when; two at once do no harm.
"""

from datetime import datetime
from functools import partial

from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.database import Database, ReadSession
from tongxing.gateway.storage.indexing import INDEXED_UNTIL
from tongxing.gateway.storage.log_remains import (
    LogTerms,
    forget_kept,
    keep_remains,
    note_forgotten,
)
from tongxing.gateway.storage.postgres.partition_tables import (
    LEAST_ENTRIES,
    Partition,
    partition_dropped,
    partition_made,
)
from tongxing.gateway.storage.postgres.server_session import DATABASE_ERRORS
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys.signed_note import NoteSigner

AHEAD_ENTRIES = 4_194_304
"""Room behind the last entry: two minutes at the most that was ever measured (30,000 a second)."""

UNBOUNDED_ENTRIES = 16_777_216
"""Of one partition in a log that is kept for ever: some 5 GB."""

PARTITIONS_IN_A_TERM = 32
"""As many hold what is kept, however much that is: more cost every question that cannot say where
it looks; with fewer an entry stays longer past its time."""

LOCK_MILLISECONDS = 300
"""How long a partition that is to go is waited for; a backup reads all of them for hours."""


class LogPartitions:
    def __init__(self, database: Database, terms: LogTerms, signer: NoteSigner) -> None:
        self._database = database
        self._terms = terms
        self._term = terms.entries
        self._signer = signer

    async def make_room(self, at: datetime) -> None:
        """Have AHEAD_ENTRIES of room. Raises StorageUnavailable."""
        since = None if self._term is None else at - self._term / PARTITIONS_IN_A_TERM
        while following := await self._database.read(partial(_next, since)):
            await self._database.write(partial(_make, following))

    async def sweep(self, at: datetime) -> int:
        """Forget the partitions all of whose entries are older than the term; the number of
        entries. One that is in use stays until the next time. Raises StorageUnavailable, and
        AuditDamaged for one that is not what was written: it stays."""
        if self._term is None:
            return 0
        number, before = 0, microseconds(at - self._term)
        while oldest := await self._database.read(partial(_oldest, before)):
            await keep_remains(self._database, *oldest, self._terms.kept_kinds)
            if not await self._database.write(partial(_drop, oldest, self._signer)):
                break
            number += oldest.until - oldest.begin
        await forget_kept(self._database, self._terms, at, self._signer)
        return number


def _next(since: datetime | None, session: ReadSession) -> Partition | None:
    """The one to be made now, as large as what was appended ``since``; None if there is room."""
    ((begin,),) = session.execute("SELECT max(until) FROM audit_partitions")
    ((end,),) = session.execute("SELECT coalesce(max(idx) + 1, 0) FROM audit_entries")
    if begin - end >= AHEAD_ENTRIES:
        return None
    if since is None:
        return Partition(begin, begin + UNBOUNDED_ENTRIES)
    ((first,),) = session.execute(_SINCE, (end, microseconds(since)))
    size = -(-max(end - first, 1) // LEAST_ENTRIES) * LEAST_ENTRIES
    return Partition(begin, begin + size)


def _make(wanted: Partition, unit: UnitOfWork) -> None:
    ((begin,),) = unit.execute("SELECT max(until) FROM audit_partitions")
    if begin == wanted.begin:
        for statement in partition_made(wanted):
            unit.execute(statement)


def _oldest(before: int, session: ReadSession) -> Partition | None:
    """The oldest partition, if all of it is past its time and there is another behind it."""
    ((begin, until),) = session.execute(_FIRST)
    ((indexed,),) = session.execute(INDEXED_UNTIL)
    if indexed <= until:
        return None
    ((last_at,),) = session.execute(_LAST_AT, (begin, until - 1))
    return Partition(begin, until) if last_at is not None and last_at < before else None


def _drop(of: Partition, signer: NoteSigner, unit: UnitOfWork) -> bool:
    """False if somebody uses it; then nothing is changed, and the works that are committed with
    this one are."""
    unit.execute("SAVEPOINT forgetting")
    try:
        return _dropped(of, signer, unit)
    except DATABASE_ERRORS:
        unit.execute("ROLLBACK TO SAVEPOINT forgetting")
        return False


def _dropped(of: Partition, signer: NoteSigner, unit: UnitOfWork) -> bool:
    unit.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
    if not unit.execute(_FORGET, (of.begin, of.until)):
        return False
    note_forgotten(of.until, signer, unit)
    unit.execute("DELETE FROM audit_spans WHERE span < ?", (of.until // 1000,))
    for statement in partition_dropped(of):
        unit.execute(statement)
    unit.execute("SET LOCAL lock_timeout = DEFAULT")
    return True


_SINCE = "SELECT coalesce(min(span) * 1000, ?) FROM audit_spans WHERE last_at >= ?"
_FIRST = "SELECT begin, until FROM audit_partitions ORDER BY begin LIMIT 1"
_LAST_AT = "SELECT max(last_at) FROM audit_spans WHERE span >= ? / 1000 AND span <= ? / 1000"
_FORGET = "DELETE FROM audit_partitions WHERE begin = ? AND until = ? RETURNING 1"
