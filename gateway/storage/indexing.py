"""What is looked up in the audit log, filled in behind it.

No answer waits for an index: an entry is appended to one table, which has none. Where the entries
of a holder and of a request lie, and what each thousand entries can hold, stands in tables of their
own. ``fill`` brings them up to date block by block; ``audit_indexed`` says how far, and moves by
the same COMMIT. Whoever looks up reads the entries behind that place as well (``audit/search``), so
nothing is ever invisible. The tables can be thrown away and are filled again from the log. Refuses
to say what an entry means, and to begin by itself: the writer does that, between two groups.
"""

from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.tables import SPAN_GROWS, SPAN_MARKS

BLOCK_ENTRIES = 512
"""Whole blocks of entries are filled in, one by each transaction of the writer: a few milliseconds,
for which answers wait. So what the tables hold follows from the log and how far they are, whoever
has filled them in, and when."""

BACKLOG_MAX_ENTRIES = 8 * BLOCK_ENTRIES
"""While work waits, it goes first up to here: a look-up reads so many entries in milliseconds."""

PART_ENTRIES = 32_768
"""A holder is looked up in one part of the log after another. Keys without an order are spread over
the pages of one part, so filling costs the same however long the log is; a look-up among ten
million entries is one in 306 parts, some 15 ms."""

HOLDER_BYTES = 3
REQUEST_CHARACTERS = 6
"""How much of a holder and of a request is a key; what is found is compared as a whole. Six
characters of an id that rises with time are 64 milliseconds (``gateway/http/request_ids``)."""


class Backlog:
    """The entries that are not filled in, as far as the writer knows, and when it is time to fill
    some in."""

    def __init__(self) -> None:
        self.entries = 0
        self._left_alone = 0
        self._grown = 0

    def is_due(self, *, is_busy: bool) -> bool:
        """``is_busy``: work waits."""
        most = BACKLOG_MAX_ENTRIES if is_busy else BLOCK_ENTRIES
        return self.entries - self._left_alone >= most

    def blocks_in_a_turn(self) -> int:
        """How many may be filled in at once while work waits: as many as were appended since the
        turn before, and one. So nobody waits for long, however much is left."""
        grown, self._grown = self._grown, 0
        return 1 + grown // BLOCK_ENTRIES

    def grew(self, entries: int) -> None:
        self.entries += entries
        self._grown += entries

    def counted(self, entries: int) -> None:
        self.entries = entries

    def filled(self, left: int) -> None:
        self.entries, self._left_alone = left, 0

    def failed(self) -> None:
        """To be tried again once there is as much again: answers do not depend on it."""
        self._left_alone = self.entries


def fill(connection: sqlite3.Connection, blocks: int) -> int:
    """Fill in up to so many blocks, inside a transaction; how many entries are left."""
    begin, end = _unindexed(connection)
    until = min(begin + blocks * BLOCK_ENTRIES, end - end % BLOCK_ENTRIES)
    if begin < until:
        for statement in (_HOLDERS, _REQUESTS, _SPANS):
            connection.execute(statement, (begin, until))
        connection.execute(_MOVE, (until,))
    return end - max(begin, until)


def fill_all(connection: sqlite3.Connection) -> None:
    """Every whole block, inside a transaction: some 150,000 entries a second."""
    while fill(connection, PART_ENTRIES // BLOCK_ENTRIES) >= BLOCK_ENTRIES:
        pass


def unindexed_entries(connection: sqlite3.Connection) -> int:
    begin, end = _unindexed(connection)
    return end - begin


def _unindexed(connection: sqlite3.Connection) -> tuple[int, int]:
    ((begin, end),) = connection.execute(_UNINDEXED)
    return begin, max(begin, end)


INDEXED_UNTIL = "SELECT until FROM audit_indexed"
"""The index of the first entry that may not be filled in."""

_UNINDEXED = """
    SELECT until, (SELECT coalesce(max(idx) + 1, 0) FROM audit_entries) FROM audit_indexed
"""
_MOVE = "UPDATE audit_indexed SET until = ?"
_HOLDERS = f"""
    INSERT OR IGNORE INTO audit_holders (part, prefix, place)
        SELECT idx / {PART_ENTRIES}, substr(holder, 1, {HOLDER_BYTES}), idx % {PART_ENTRIES}
        FROM audit_entries WHERE idx >= ? AND idx < ? AND holder IS NOT NULL ORDER BY 1, 2, 3
"""  # noqa: S608 - constants
_REQUESTS = f"""
    INSERT OR IGNORE INTO audit_requests (prefix, first, last)
        SELECT substr(request, 1, {REQUEST_CHARACTERS}), min(idx), max(idx)
        FROM audit_entries WHERE idx >= ? AND idx < ? GROUP BY 1, idx / {BLOCK_ENTRIES}
"""  # noqa: S608 - constants
_SPANS = f"""
    INSERT INTO audit_spans (span, first_at, last_at, marks)
        SELECT idx / 1000, at, at, {SPAN_MARKS.format("")} FROM audit_entries
        WHERE idx >= ? AND idx < ?
        {SPAN_GROWS}
"""  # noqa: S608 - constants
"""``OR IGNORE``: a row that somebody put there with NULL in it is damage, which is found elsewhere;
it must not stop all others."""
