"""What a filter means, in SQL.

By closed tables, one condition per field; values are always bound. Conditions on ``content`` rest
on its bytes, which may never change (``encoding``). What SQL sees only roughly is decoded and
compared (``AuditFilter.fits``).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import msgpack

from tongxing.gateway.storage.audit.numbers import (
    COLOR_NUMBERS,
    DECISION_NUMBERS,
    KIND_NUMBERS,
    OUTCOME_NUMBERS,
)
from tongxing.gateway.storage.audit.page import AuditFilter
from tongxing.gateway.storage.columns import microseconds, places, region_stem
from tongxing.keys import base64url
from tongxing.schema import Outcome, RegionCode
from tongxing.schema.audit_words import AuditKind

Conditions = Iterator[tuple[str, tuple[object, ...]]]


class Joined(NamedTuple):
    """``clauses`` ends with AND, unless it is empty."""

    clauses: str
    values: tuple[object, ...]


def conditions(where: AuditFilter) -> Joined:
    """Which entries fit."""
    return _joined(_conditions(where))


def span_conditions(where: AuditFilter) -> Joined:
    """Which rows of ``audit_spans`` stand for entries of which some may fit."""
    return _joined(_span_conditions(where))


def sought_id(text: str) -> str:
    """As a value that every database takes: a server takes no text with a zero, and what stands for
    it here is in no id either."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _joined(found: Conditions) -> Joined:
    listed = list(found)
    clauses = "".join(f"{clause} AND " for clause, _ in listed)
    return Joined(clauses, tuple(value for _, values in listed for value in values))


def _conditions(where: AuditFilter) -> Conditions:
    if where.holder is not None:
        yield "holder = ?", (base64url.decode(where.holder),)
    if where.named_holders:
        named = tuple(map(base64url.decode, where.named_holders))
        yield f"holder IN ({places(named)})", named
    if where.request_id is not None:
        yield "request = ?", (sought_id(where.request_id),)
    if where.client_id is not None:
        yield "client = ?", (sought_id(where.client_id),)
    if where.kind is not None:
        yield "kind = ?", (KIND_NUMBERS[where.kind],)
    if where.regions is not None:
        clause, stems = _within(where.regions)
        yield f"(kind = ? OR {clause})", (KIND_NUMBERS[AuditKind.PUBLICATION], *stems)
    if where.region is not None:
        yield _within((where.region,))
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
        yield "kind = ? AND instr(content, ?) > 0", (KIND_NUMBERS[AuditKind.OUTCOME], source)
    elif where.issuer is not None:
        yield "instr(content, ?) > 0", (msgpack.encode(where.issuer),)
    elif where.outcome is not None:
        yield _any_source(where.outcome)


def _any_source(outcome: Outcome) -> tuple[str, tuple[object, ...]]:
    """A source's outcome is followed by no digest or by one."""
    number = bytes([OUTCOME_NUMBERS[outcome]])
    none, digest = msgpack.encode(None), msgpack.encode(bytes(32))[:2]
    kind = KIND_NUMBERS[AuditKind.OUTCOME]
    clause = "kind = ? AND (instr(content, ?) > 0 OR instr(content, ?) > 0)"
    return clause, (kind, number + none, number + digest)


def _within(regions: Sequence[RegionCode]) -> tuple[str, tuple[object, ...]]:
    clause = " OR ".join(["substr(region, 1, CAST(? AS INTEGER)) = ?"] * len(regions)) or "FALSE"
    return f"({clause})", tuple(value for region in regions for value in region_stem(region))


_COLORS_FROM, _DECISIONS_FROM = 32, 48
"""Bits of ``audit_spans.marks``; kinds begin at 0."""

_NAMING_ISSUERS = (AuditKind.INTENT, AuditKind.OUTCOME, AuditKind.CORRECTION, AuditKind.RELAY)


def _span_conditions(where: AuditFilter) -> Conditions:
    if where.since is not None:
        yield "last_at >= ?", (microseconds(where.since),)
    if where.until is not None:
        yield "first_at < ?", (microseconds(where.until),)
    for mask in _masks(where):
        yield "(marks & ?) <> 0", (mask,)


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
