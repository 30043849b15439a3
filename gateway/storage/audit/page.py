"""Pages of the log: filter, cursor and page, as a Relay connection asks.

The filter becomes SQL by a closed table, one condition per field; values are always bound.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongxing.gateway.storage.audit.encoding import KIND_NUMBERS
from tongxing.gateway.storage.audit.records import AuditKind, AuditRecord
from tongxing.gateway.storage.columns import microseconds
from tongxing.keys import base64url
from tongxing.keys.holder import HolderRef
from tongxing.schema import AuditIndex, RegionCode

PAGE_MAX_ENTRIES = 1_000

_CURSOR = re.compile(r"1:(?P<index>[0-9]{1,16})")


class InvalidCursor(ValueError):
    """A cursor that did not come from this log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """All that is given must hold. ``regions``: the receiving region is one of these or lies in
    one; entries without a region (administration) are then left out. ``since`` is included,
    ``until`` is not."""

    client_id: str | None = None
    kind: AuditKind | None = None
    regions: tuple[RegionCode, ...] | None = None
    holder: HolderRef | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


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


def cursor_of(index: int) -> str:
    return base64url.encode(f"1:{index}".encode())


def index_of(cursor: str) -> AuditIndex:
    """The index in ``cursor``; raises InvalidCursor."""
    try:
        found = _CURSOR.fullmatch(base64url.decode(cursor).decode("ascii"))
    except ValueError:
        found = None
    if found is None:
        raise InvalidCursor("the cursor did not come from this log")
    return AuditIndex(int(found["index"]))


INDEXED_BYTES = 8
"""The indexes hold this much of a holder or a request; the whole is compared as well."""


@dataclass(frozen=True, slots=True)
class Search:
    """``sql`` takes ``parameters``, then the first index, the index behind the last, a limit."""

    sql: str
    parameters: Sequence[object]
    is_indexed: bool


def search(where: AuditFilter) -> Search:
    conditions = list(_conditions(where))
    clauses = [clause for clause, _ in conditions]
    return Search(
        _SELECT.format(" AND ".join([*clauses, "idx >= ? AND idx < ?"])),
        tuple(value for _, values in conditions for value in values),
        where.holder is not None or where.request_id is not None,
    )


_SELECT = (
    "SELECT idx, hash, kind, at, request, client, region, holder, content "
    "FROM audit_entries WHERE {} ORDER BY idx LIMIT ?"
)


def _conditions(where: AuditFilter) -> Iterator[tuple[str, tuple[object, ...]]]:
    if where.holder is not None:
        holder = base64url.decode(where.holder)
        yield "substr(holder, 1, 8) = ? AND holder = ?", (holder[:INDEXED_BYTES], holder)
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
    """``schema.contains`` in SQL: the region begins with what is left without trailing ``00``."""
    stems = [_stem(region) for region in regions]
    clause = " OR ".join(["substr(region, 1, ?) = ?"] * len(stems)) or "FALSE"
    return f"({clause})", tuple(value for stem in stems for value in (len(stem), stem))


def _stem(region: str) -> str:
    while region.endswith("00"):
        region = region[:-2]
    return region
