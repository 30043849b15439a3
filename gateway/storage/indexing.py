"""What is looked up in the audit log, filled in behind it.

No answer waits for an index: an entry is appended to one table, which has none. Where the entries
of a holder and of a request lie, and what each thousand entries can hold, stands in tables of their
own. ``fill`` brings them up to date block by block; ``audit_indexed`` says how far, and moves by
the same COMMIT. Whoever looks up reads the entries behind that place as well (``audit/search``), so
nothing is ever invisible. The tables can be thrown away and are filled again from the log. Refuses
to say what an entry means, and to begin by itself: the writer does that, between two groups.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from tongxing.gateway.storage.sessions import Session

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


def fill(session: Session, blocks: int) -> int:
    """Fill in up to so many blocks, inside a transaction; how many entries are left."""
    begin, end = _unindexed(session)
    until = min(begin + blocks * BLOCK_ENTRIES, end - end % BLOCK_ENTRIES)
    if begin < until:
        session.execute(_HOLDERS, (begin, until))
        session.execute(_REQUESTS, (begin, until))
        _fill_spans(session, begin, until)
        session.execute(_MOVE, (until,))
    return end - max(begin, until)


def fill_all(session: Session) -> None:
    """Every whole block, inside a transaction: some 150,000 entries a second."""
    while fill(session, PART_ENTRIES // BLOCK_ENTRIES) >= BLOCK_ENTRIES:
        pass


def unindexed_entries(session: Session) -> int:
    begin, end = _unindexed(session)
    return end - begin


def _unindexed(session: Session) -> tuple[int, int]:
    ((begin, end),) = session.execute(_UNINDEXED)
    return begin, max(begin, end)


def _fill_spans(session: Session, begin: int, until: int) -> None:
    rows = session.execute(_MARKED, (begin, until))
    for span, of_span in groupby(rows, key=itemgetter(0)):
        held = session.execute(_SPAN, (span,))
        session.execute(_KEEP_SPAN, (span, *_grown(held, of_span)))


def _grown(held: Sequence[Any], rows: Iterable[Any]) -> tuple[int, int, int]:
    """The row of ``audit_spans`` that was ``held``, or none, with these entries."""
    spans = [*held, *((at, at, _marks(kind, content)) for _, at, kind, content in rows)]
    marks = 0
    for _, _, each in spans:
        marks |= each
    return min(first for first, _, _ in spans), max(last for _, last, _ in spans), marks


_OUTCOME_KIND = 2
_COLOR_BIT, _DECISION_BIT = 32, 48
_ALL_MARKS = 2**63 - 1


def _marks(kind: int, content: object) -> int:
    """Bits of the kind and, of an outcome, of its color and its decision; all of them for content
    that was never appended, so that it is read."""
    if kind != _OUTCOME_KIND:
        return 1 << kind
    if not isinstance(content, bytes) or len(content) < len("cd"):
        return _ALL_MARKS
    return 1 << kind | 1 << _COLOR_BIT + content[0] | 1 << _DECISION_BIT + content[1]


INDEXED_UNTIL = "SELECT until FROM audit_indexed"
"""The index of the first entry that may not be filled in."""

_UNINDEXED = """
    SELECT until, (SELECT coalesce(max(idx) + 1, 0) FROM audit_entries) FROM audit_indexed
"""
_MOVE = "UPDATE audit_indexed SET until = ?"
_HOLDERS = f"""
    INSERT INTO audit_holders (part, prefix, place)
        SELECT idx / {PART_ENTRIES}, substr(holder, 1, {HOLDER_BYTES}), idx % {PART_ENTRIES}
        FROM audit_entries WHERE idx >= ? AND idx < ? AND holder IS NOT NULL ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants
_REQUESTS = f"""
    INSERT INTO audit_requests (prefix, first, last)
        SELECT substr(request, 1, {REQUEST_CHARACTERS}), min(idx), max(idx)
        FROM audit_entries WHERE idx >= ? AND idx < ? AND request IS NOT NULL
        GROUP BY 1, idx / {BLOCK_ENTRIES}
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants
"""A row that somebody put there with NULL in it is damage, which is found elsewhere; it must not
stop all others."""

_MARKED = """
    SELECT idx / 1000, at, kind, substr(content, 3, 2) FROM audit_entries
    WHERE idx >= ? AND idx < ? ORDER BY idx
"""
_SPAN = "SELECT first_at, last_at, marks FROM audit_spans WHERE span = ?"
_KEEP_SPAN = """
    INSERT INTO audit_spans (span, first_at, last_at, marks) VALUES (?, ?, ?, ?)
    ON CONFLICT (span) DO UPDATE SET
        first_at = excluded.first_at, last_at = excluded.last_at, marks = excluded.marks
"""
