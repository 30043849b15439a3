"""Where in the log to look for what a filter means, and how much of it at once.

The entries of a holder and of a request are looked up (``looking_up``), up to the place up to which
that is filled in; those behind it are read. For everything else the log is read in pieces, and what
can hold no entry that fits is left out: ``audit_spans`` says of each thousand entries between which
times they lie, of which kinds they are, and which colors and decisions they hold. A span that has
no row there, or is not filled in to its end, is read.
"""

from dataclasses import dataclass
from typing import Any

from tongxing.gateway.storage.audit.filter_sql import Joined, conditions, span_conditions
from tongxing.gateway.storage.audit.gaps import Gap
from tongxing.gateway.storage.audit.looking_up import LookUp, look_up
from tongxing.gateway.storage.audit.page import AuditFilter
from tongxing.gateway.storage.database import ReadSession
from tongxing.gateway.storage.entries import ENTRY_COLUMNS
from tongxing.gateway.storage.forgotten import forgotten_until
from tongxing.gateway.storage.indexing import INDEXED_UNTIL
from tongxing.gateway.storage.kept_apart import KEPT_TABLE

SPAN_ENTRIES = 1_000
"""As in ``indexing``, which fills ``audit_spans``."""

SPANS_AT_ONCE = 2_000
"""Rows of ``audit_spans`` that are looked at together: a fraction of a millisecond."""

SCAN_ENTRIES = 10_000
"""Entries searched in one piece if they are read: some milliseconds."""

ROUGH_ROWS = 500
"""Rows that are decoded together if SQL sees only roughly which of them fit: some milliseconds."""

LEAST_COST = SPAN_ENTRIES
LEAST_ROUGH_COST = 5_000
"""What reading a piece counts for at least, in entries searched."""


@dataclass(frozen=True, slots=True)
class WholeRead:
    """Reads every entry of ``table``."""

    where: Joined
    is_last: bool
    table: str = "audit_entries"

    def rows(self, piece: Gap, most: int, session: ReadSession) -> list[Any]:
        """What fits in it, up to ``most`` rows, the first or the last of them."""
        return session.execute(self.sql(), (*self.where.values, piece.low, piece.high, most))

    def sql(self) -> str:
        order = "DESC" if self.is_last else "ASC"
        return (
            f"SELECT {ENTRY_COLUMNS} FROM {self.table} WHERE {self.where.clauses} "  # noqa: S608 - constants
            f"idx > ? AND idx < ? ORDER BY idx {order} LIMIT ?"
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """Entries that are searched together, and how. ``cost`` is in entries searched."""

    gap: Gap
    way: WholeRead | LookUp
    cost: int


@dataclass(frozen=True, slots=True)
class Search:
    """``is_rough``: SQL also finds entries that do not fit."""

    kept: WholeRead
    scan: WholeRead
    look_up: LookUp | None
    spans: Joined
    is_rough: bool
    is_last: bool

    def next_piece(self, gap: Gap, session: ReadSession) -> Piece:
        """The piece of ``gap`` to read next, from its end that is nearest; empty, behind what can
        hold nothing that fits, if all that was looked at is left out. In the forgotten part it
        reads what is kept apart."""
        forgotten = forgotten_until(session)
        past, gap = gap.up_to(forgotten), gap.since(forgotten)
        if past and not (self.is_last and gap):
            return Piece(past, self.kept, LEAST_COST)
        ((until,),) = session.execute(INDEXED_UNTIL)
        if self.look_up is None:
            return self._scanned(self._not_left_out(gap, until, session))
        behind = gap.since(until)
        if behind and (self.is_last or behind.low == gap.low):
            return self._scanned(self._nearest(behind, frozenset()))
        return Piece(self.look_up.piece(gap.up_to(until)), self.look_up, LEAST_COST)

    def rest(self, gap: Gap, piece: Gap, reached: int | None) -> Gap:
        """What is left of ``gap`` after ``piece`` was read, up to ``reached`` or all of it."""
        if self.is_last:
            return Gap(gap.low, piece.low + 1 if reached is None else reached)
        return Gap(piece.high - 1 if reached is None else reached, gap.high)

    def _scanned(self, gap: Gap) -> Piece:
        least = LEAST_ROUGH_COST if self.is_rough else LEAST_COST
        return Piece(gap, self.scan, max(len(gap), least))

    def _not_left_out(self, gap: Gap, until: int, session: ReadSession) -> Gap:
        if not self.spans.clauses:
            return self._nearest(gap, frozenset())
        gap = (_last_spans if self.is_last else _first_spans)(gap)
        return self._nearest(gap, self._left_out(gap, until, session))

    def _nearest(self, gap: Gap, left_out: frozenset[int]) -> Gap:
        return (_last_piece if self.is_last else _first_piece)(gap, left_out)

    def _left_out(self, gap: Gap, until: int, session: ReadSession) -> frozenset[int]:
        """Of the spans that are filled in to their end."""
        clauses, values = self.spans
        clauses = clauses.removesuffix(" AND ")
        sql = f"SELECT span FROM audit_spans WHERE span >= ? AND span < ? AND NOT ({clauses})"  # noqa: S608 - constants
        asked = (_span(gap.low + 1), min(_span(gap.high - 1) + 1, _span(until)), *values)
        return frozenset(span for (span,) in session.execute(sql, asked))


def _span(index: int) -> int:
    return index // SPAN_ENTRIES


def _first_spans(gap: Gap) -> Gap:
    until = (_span(gap.low + 1) + SPANS_AT_ONCE) * SPAN_ENTRIES
    return Gap(gap.low, min(gap.high, until))


def _last_spans(gap: Gap) -> Gap:
    since = (_span(gap.high - 1) - SPANS_AT_ONCE) * SPAN_ENTRIES
    return Gap(max(gap.low, since), gap.high)


def _first_piece(gap: Gap, left_out: frozenset[int]) -> Gap:
    begin, end = gap.low + 1, gap.high
    while begin < end and _span(begin) in left_out:
        begin = (_span(begin) + 1) * SPAN_ENTRIES
    begin = until = min(begin, end)
    while until < end and until - begin < SCAN_ENTRIES and _span(until) not in left_out:
        until = (_span(until) + 1) * SPAN_ENTRIES
    return Gap(begin - 1, min(until, end))


def _last_piece(gap: Gap, left_out: frozenset[int]) -> Gap:
    begin, end = gap.low + 1, gap.high
    while end > begin and _span(end - 1) in left_out:
        end = _span(end - 1) * SPAN_ENTRIES
    end = since = max(begin, end)
    while since > begin and end - since < SCAN_ENTRIES and _span(since - 1) not in left_out:
        since = _span(since - 1) * SPAN_ENTRIES
    return Gap(max(since, begin) - 1, end)


def search(where: AuditFilter, *, is_last: bool) -> Search:
    return Search(
        kept=WholeRead(conditions(where), is_last, KEPT_TABLE),
        scan=WholeRead(conditions(where), is_last),
        look_up=look_up(where, is_last=is_last),
        spans=span_conditions(where),
        is_rough=bool(where.named_holders or where.issuer is not None or where.outcome),
        is_last=is_last,
    )
