"""Where in the log to look for what a filter means, and how much of it at once.

A holder and a request have an index. For everything else the log is read in pieces, and what can
hold no entry that fits is left out: ``audit_spans`` says of each thousand entries between which
times they lie, of which kinds they are, and which colors and decisions they hold. A span that has
no row there is read. The filter becomes SQL by closed tables, one condition per field; values are
always bound. Conditions on ``content`` rest on its bytes, which may never change (``encoding``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec import msgpack

from tongxing.gateway.storage.audit.encoding import (
    COLOR_NUMBERS,
    DECISION_NUMBERS,
    KIND_NUMBERS,
    OUTCOME_NUMBERS,
)
from tongxing.gateway.storage.audit.page import AuditFilter
from tongxing.gateway.storage.columns import microseconds, region_stem
from tongxing.gateway.storage.database import ReadSession
from tongxing.gateway.storage.entries import ENTRY_COLUMNS
from tongxing.keys import base64url
from tongxing.schema import Outcome, RegionCode
from tongxing.schema.audit_words import AuditKind

SPAN_ENTRIES = 1_000
"""As in the trigger that fills ``audit_spans``."""

SPANS_AT_ONCE = 2_000
"""Rows of ``audit_spans`` that are looked at together: a fraction of a millisecond."""

SCAN_ENTRIES = 10_000
"""Entries searched in one piece if no index helps the filter: some milliseconds, for which commits
may wait."""

ROUGH_ROWS = 500
"""Rows that are decoded together if SQL sees only roughly which of them fit: some milliseconds."""

LEAST_COST = SPAN_ENTRIES
LEAST_ROUGH_COST = 5_000
"""What reading a piece counts for at least, in entries searched."""

INDEXED_BYTES = 8
"""The indexes hold this much of a holder or a request; the whole is compared as well."""

Conditions = Iterator[tuple[str, tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Gap:
    """The entries between ``low`` and ``high``, both left out."""

    low: int
    high: int

    def __bool__(self) -> bool:
        return self.low < self.high - 1


@dataclass(frozen=True, slots=True)
class Search:
    """``sql`` takes ``parameters``, then the two ends of a gap, and a limit. ``is_rough``: it also
    finds entries that do not fit."""

    sql: str
    parameters: Sequence[object]
    spans: tuple[str, Sequence[object]]
    is_indexed: bool
    is_rough: bool
    is_last: bool

    def next_piece(self, gap: Gap, session: ReadSession) -> Gap:
        """The piece of ``gap`` to read next, from its end that is nearest; empty, behind what can
        hold nothing that fits, if all that was looked at is left out."""
        if self.is_indexed:
            return gap
        left_out = frozenset[int]()
        if self.spans[0]:
            gap = (_last_spans if self.is_last else _first_spans)(gap)
            left_out = self._left_out(gap, session)
        return (_last_piece if self.is_last else _first_piece)(gap, left_out)

    def cost(self, piece: Gap) -> int:
        """Of reading ``piece``, in entries searched."""
        if self.is_indexed:
            return LEAST_COST
        return max(piece.high - piece.low - 1, LEAST_ROUGH_COST if self.is_rough else LEAST_COST)

    def rest(self, gap: Gap, piece: Gap, reached: int | None) -> Gap:
        """What is left of ``gap`` after ``piece`` was read, up to ``reached`` or all of it."""
        if self.is_last:
            return Gap(gap.low, piece.low + 1 if reached is None else reached)
        return Gap(piece.high - 1 if reached is None else reached, gap.high)

    def _left_out(self, gap: Gap, session: ReadSession) -> frozenset[int]:
        clause, values = self.spans
        sql = f"SELECT span FROM audit_spans WHERE span BETWEEN ? AND ? AND NOT ({clause})"  # noqa: S608 - constants
        asked = (_span(gap.low + 1), _span(gap.high - 1), *values)
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
    clauses, parameters = _joined(_conditions(where))
    order = "DESC" if is_last else "ASC"
    return Search(
        sql=f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE {clauses} idx > ? AND idx < ? "  # noqa: S608 - constants
        f"ORDER BY idx {order} LIMIT ?",
        parameters=parameters,
        spans=_of_spans(where),
        is_indexed=bool(where.holder or where.named_holder or where.request_id is not None),
        is_rough=bool(where.named_holder or where.issuer is not None or where.outcome),
        is_last=is_last,
    )


def _joined(conditions: Conditions) -> tuple[str, tuple[object, ...]]:
    found = list(conditions)
    clauses = "".join(f"{clause} AND " for clause, _ in found)
    return clauses, tuple(value for _, values in found for value in values)


def _of_spans(where: AuditFilter) -> tuple[str, Sequence[object]]:
    clauses, values = _joined(_span_conditions(where))
    return clauses.removesuffix(" AND "), values


def _conditions(where: AuditFilter) -> Conditions:
    """``+`` keeps SQLite from using what it knows of a whole column instead of the index over its
    beginning."""
    for holder in (where.holder, where.named_holder):
        if holder is not None:
            octets = base64url.decode(holder)
            yield (
                "holder IS NOT NULL AND substr(holder, 1, 8) = ? AND +holder = ?",
                (octets[:INDEXED_BYTES], octets),
            )
    if where.request_id is not None:
        request = where.request_id
        yield "substr(request, 1, 8) = ? AND +request = ?", (request[:INDEXED_BYTES], request)
    if where.client_id is not None:
        yield "client = ?", (where.client_id,)
    if where.kind is not None:
        yield "kind = ?", (KIND_NUMBERS[where.kind],)
    for regions in (where.regions, None if where.region is None else (where.region,)):
        if regions is not None:
            yield _within(regions)
    if where.since is not None:
        yield "at >= ?", (microseconds(where.since),)
    if where.until is not None:
        yield "at < ?", (microseconds(where.until),)
    yield from _content_conditions(where)


def _content_conditions(where: AuditFilter) -> Conditions:
    """An outcome begins with one byte each for its length, purpose, color and decision."""
    for byte, number in (
        (3, None if where.color is None else COLOR_NUMBERS[where.color]),
        (4, None if where.decision is None else DECISION_NUMBERS[where.decision]),
    ):
        if number is not None:
            yield (
                f"kind = ? AND substr(content, {byte}, 1) = ?",
                (KIND_NUMBERS[AuditKind.OUTCOME], bytes([number])),
            )
    if where.issuer is not None and where.outcome is not None:
        number = OUTCOME_NUMBERS[where.outcome]
        source = msgpack.encode((where.issuer, number, None))[:-1]
        yield "kind = ? AND instr(content, ?)", (KIND_NUMBERS[AuditKind.OUTCOME], source)
    elif where.issuer is not None:
        yield "instr(content, ?)", (msgpack.encode(where.issuer),)
    elif where.outcome is not None:
        yield _any_source(where.outcome)


def _any_source(outcome: Outcome) -> tuple[str, tuple[object, ...]]:
    """A source's outcome is followed by no digest or by one."""
    number = bytes([OUTCOME_NUMBERS[outcome]])
    none, digest = msgpack.encode(None), msgpack.encode(bytes(32))[:2]
    kind = KIND_NUMBERS[AuditKind.OUTCOME]
    clause = "kind = ? AND (instr(content, ?) OR instr(content, ?))"
    return clause, (kind, number + none, number + digest)


def _within(regions: Sequence[RegionCode]) -> tuple[str, tuple[object, ...]]:
    clause = " OR ".join(["substr(region, 1, ?) = ?"] * len(regions)) or "FALSE"
    return f"({clause})", tuple(value for region in regions for value in region_stem(region))


_COLORS_FROM, _DECISIONS_FROM = 32, 48
"""Bits of ``audit_spans.marks``; kinds begin at 0."""

_NAMING_ISSUERS = (AuditKind.INTENT, AuditKind.OUTCOME, AuditKind.CORRECTION)


def _span_conditions(where: AuditFilter) -> Conditions:
    if where.since is not None:
        yield "last_at >= ?", (microseconds(where.since),)
    if where.until is not None:
        yield "first_at < ?", (microseconds(where.until),)
    for mask in _masks(where):
        yield "marks & ?", (mask,)


def _masks(where: AuditFilter) -> Iterator[int]:
    """A span that fits has a bit of each."""
    if where.kind is not None:
        yield 1 << KIND_NUMBERS[where.kind]
    if where.color is not None:
        yield 1 << (_COLORS_FROM + COLOR_NUMBERS[where.color])
    if where.decision is not None:
        yield 1 << (_DECISIONS_FROM + DECISION_NUMBERS[where.decision])
    if where.outcome is not None:
        yield 1 << KIND_NUMBERS[AuditKind.OUTCOME]
    if where.issuer is not None:
        yield sum(1 << KIND_NUMBERS[kind] for kind in _NAMING_ISSUERS)
