"""An AuditFilter as SQL: each field one condition of a closed table, values always bound."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.audit.encoding import KIND_NUMBERS
from gateway.audit.page import AuditFilter
from gateway.storage.times import microseconds
from keys import base64url
from schema import RegionCode

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
