"""Pages of the log: filter, cursors and page, as a Relay connection asks for them.

The filter becomes SQL by a closed table, one condition per field; values are always bound.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongxing.gateway.storage.audit.encoding import KIND_NUMBERS
from tongxing.gateway.storage.audit.records import AuditKind, AuditRecord, named_holder
from tongxing.gateway.storage.chain import ENTRY_COLUMNS
from tongxing.gateway.storage.columns import microseconds, region_stem
from tongxing.gateway.storage.cursors import Cursors
from tongxing.keys import base64url
from tongxing.keys.holder import HolderRef
from tongxing.schema import AuditIndex, RegionCode

PAGE_MAX_ENTRIES = 1_000

AUDIT_CURSORS = Cursors("1")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """An entry must fit every field that is given. ``regions``: the receiving region is one of
    these or lies in one of them; this leaves out entries without a region (administration).
    ``named_holder`` finds only entries that may show their holder, as the function of that name
    says. ``since`` is included, ``until`` is not."""

    client_id: str | None = None
    kind: AuditKind | None = None
    regions: tuple[RegionCode, ...] | None = None
    holder: HolderRef | None = None
    named_holder: HolderRef | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, record: AuditRecord) -> bool:
        """What SQL cannot see."""
        return self.named_holder is None or named_holder(record) == self.named_holder


@dataclass(frozen=True, slots=True)
class AuditEntry:
    index: AuditIndex
    entry_hash: str
    record: AuditRecord


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries in the order of the log. A page may be shorter than asked for, even empty, while
    ``has_next`` is true: then the search goes on from ``end_cursor``."""

    entries: Sequence[AuditEntry]
    has_next: bool
    end_cursor: str | None


INDEXED_BYTES = 8
"""The indexes hold this much of a holder or a request; the whole is compared as well."""


@dataclass(frozen=True, slots=True)
class Search:
    """``sql`` takes ``parameters``, then the first index, the index after the last, and a limit."""

    sql: str
    parameters: Sequence[object]
    is_indexed: bool


def search(where: AuditFilter) -> Search:
    conditions = list(_conditions(where))
    clauses = [clause for clause, _ in conditions]
    return Search(
        _SELECT.format(" AND ".join([*clauses, "idx >= ? AND idx < ?"])),
        tuple(value for _, values in conditions for value in values),
        bool(where.holder or where.named_holder or where.request_id),
    )


_SELECT = f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE {{}} ORDER BY idx LIMIT ?"  # noqa: S608 - constants


def _conditions(where: AuditFilter) -> Iterator[tuple[str, tuple[object, ...]]]:
    for holder in (where.holder, where.named_holder):
        if holder is not None:
            octets = base64url.decode(holder)
            yield "substr(holder, 1, 8) = ? AND holder = ?", (octets[:INDEXED_BYTES], octets)
    if where.request_id is not None:
        request = where.request_id
        yield "substr(request, 1, 8) = ? AND request = ?", (request[:INDEXED_BYTES], request)
    if where.client_id is not None:
        yield "client = ?", (where.client_id,)
    if where.kind is not None:
        yield "kind = ?", (KIND_NUMBERS[where.kind],)
    if where.regions is not None:
        yield _within(where.regions)
    if where.since is not None:
        yield "at >= ?", (microseconds(where.since),)
    if where.until is not None:
        yield "at < ?", (microseconds(where.until),)


def _within(regions: Sequence[RegionCode]) -> tuple[str, tuple[object, ...]]:
    clause = " OR ".join(["substr(region, 1, ?) = ?"] * len(regions)) or "FALSE"
    return f"({clause})", tuple(value for region in regions for value in region_stem(region))
