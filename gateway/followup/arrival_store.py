"""The arrivals in SQLite, under keyed digests of holders; audited by the same COMMIT."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import strawberry

from tongxing.gateway.storage import Database, Transaction
from tongxing.gateway.storage.audit import ArrivalAction, ArrivalRecord, SqliteAuditLog
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.columns import from_microseconds, microseconds
from tongxing.keys import HolderRef, base64url
from tongxing.schema import AuditIndex, Color, Decision, Purpose, RegionCode, contains
from tongxing.schema.arrival import Arrival

KEPT_FOR = timedelta(days=14)
"""The incubation that every rule of 2020 counted with (domain.md §3). After it nothing of an
arrival is shown, and soon nothing is left."""

PAGE_MAX_ARRIVALS = 1_000

_CURSOR = re.compile(r"a1:(?P<number>[0-9]{1,16})")


class InvalidCursor(ValueError):
    """A cursor that did not come from these arrivals."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """``number`` rises with every arrival and is never given twice."""

    number: int
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class ArrivalPage:
    arrivals: Sequence[Numbered]
    has_next: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: a client, by which request, and for which regions it may."""

    client_id: str
    request_id: str
    regions: tuple[RegionCode, ...]


class ArrivalStore(Protocol):
    """What changes is in the audit log by the same COMMIT. All raise StorageUnavailable."""

    async def record(self, arrival: Arrival, *, request_id: str) -> Arrival:
        """The arrival as it is kept: ``arrival``, or the one that its recognition made before."""
        ...

    async def acknowledge(
        self, arrival_id: strawberry.ID, reader: Reader, *, at: datetime
    ) -> Arrival | None:
        """The arrival, acknowledged by ``reader`` or by whoever was first; None where there is
        none of that id within its regions."""
        ...

    async def page(
        self, region: RegionCode, *, notices: bool, first: int, after: int, at: datetime
    ) -> ArrivalPage:
        """Up to ``first`` of those kept at ``at`` within ``region`` whose number is above
        ``after``; with ``notices`` only those that nobody has acknowledged."""
        ...

    async def sweep(self, at: datetime) -> int:
        """Delete what is kept no longer at ``at``; how many there were."""
        ...


def cursor_of(number: int) -> str:
    return base64url.encode(f"a1:{number}".encode())


def number_of(cursor: str | None) -> int:
    """The number in ``cursor``, 0 for none; raises InvalidCursor."""
    if cursor is None:
        return 0
    try:
        found = _CURSOR.fullmatch(base64url.decode(cursor).decode("ascii"))
    except ValueError:
        found = None
    if found is None:
        raise InvalidCursor("the cursor did not come from these arrivals")
    return int(found["number"])


SWEPT_AT_ONCE = 1_000
"""Deleted in one transaction: what bounds the time for which answers wait behind it."""


class SqliteArrivalStore:
    def __init__(self, database: Database, audit: SqliteAuditLog) -> None:
        self._database = database
        self._audit = audit

    async def record(self, arrival: Arrival, *, request_id: str) -> Arrival:
        return await self._database.write(partial(self._record, arrival, request_id))

    def _record(self, arrival: Arrival, request_id: str, transaction: Transaction) -> Arrival:
        if transaction.execute(_ADD, _row(arrival)):
            record = _audited(arrival, ArrivalAction.RECORDED, request_id)
            self._audit.append_rows([encode_record(record)], transaction)
            return arrival
        return _numbered(*transaction.execute(_FIND, (_octets(arrival.id),))[0]).arrival

    async def acknowledge(
        self, arrival_id: strawberry.ID, reader: Reader, *, at: datetime
    ) -> Arrival | None:
        return await self._database.write(partial(self._acknowledge, arrival_id, reader, at))

    def _acknowledge(
        self, arrival_id: strawberry.ID, reader: Reader, at: datetime, transaction: Transaction
    ) -> Arrival | None:
        """One writer at a time, so of two that acknowledge at once one is first."""
        arrival = _visible(transaction.execute(_FIND, (_octets(arrival_id),)), reader, at)
        if arrival is None or arrival.acknowledged_at is not None:
            return arrival
        change = (microseconds(at), reader.client_id, _octets(arrival_id))
        (row,) = transaction.execute(_ACKNOWLEDGE, change)
        acknowledged = _numbered(*row).arrival
        record = _acknowledgement(acknowledged, reader, at)
        self._audit.append_rows([encode_record(record)], transaction)
        return acknowledged

    async def page(
        self, region: RegionCode, *, notices: bool, first: int, after: int, at: datetime
    ) -> ArrivalPage:
        if not 1 <= first <= PAGE_MAX_ARRIVALS:
            raise ValueError(f"a page has 1 to {PAGE_MAX_ARRIVALS} arrivals")
        stem = _stem(region)
        asked = (after, microseconds(at - KEPT_FOR), len(stem), stem, first + 1)
        sql = NOTICES if notices else _ARRIVALS
        rows = await self._database.read(
            lambda connection: connection.execute(sql, asked).fetchall()
        )
        found = [_numbered(*row) for row in rows]
        return ArrivalPage(found[:first], len(found) > first)

    async def sweep(self, at: datetime) -> int:
        swept = await self._sweep_some(at)
        total = swept
        while swept == SWEPT_AT_ONCE:
            swept = await self._sweep_some(at)
            total += swept
        return total

    async def _sweep_some(self, at: datetime) -> int:
        asked = (microseconds(at - KEPT_FOR), SWEPT_AT_ONCE)
        return await self._database.write(
            lambda transaction: len(transaction.execute(_SWEEP, asked))
        )


_COLUMNS = (
    "id, holder, district, purpose, color, decision, recognition, "
    "recorded_at, recorded_by, acknowledged_at, acknowledged_by"
)
_ADD = f"""
    INSERT INTO arrivals ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING RETURNING 1
"""  # noqa: S608 - constants
_FIND = f"SELECT number, {_COLUMNS} FROM arrivals WHERE id = ?"  # noqa: S608 - constants
_ACKNOWLEDGE = f"""
    UPDATE arrivals SET acknowledged_at = ?, acknowledged_by = ? WHERE id = ?
    RETURNING number, {_COLUMNS}
"""  # noqa: S608 - constants
_PAGE = f"""
    SELECT number, {_COLUMNS} FROM arrivals
    WHERE number > ? AND recorded_at > ? AND substr(district, 1, ?) = ? {{}}
    ORDER BY number LIMIT ?
"""  # noqa: S608 - constants
_ARRIVALS = _PAGE.format("")
NOTICES = _PAGE.format("AND acknowledged_at IS NULL")
_SWEEP = """
    DELETE FROM arrivals WHERE number IN
        (SELECT number FROM arrivals WHERE recorded_at <= ? ORDER BY recorded_at LIMIT ?)
    RETURNING 1
"""


def _row(arrival: Arrival) -> tuple[object, ...]:
    return (
        _octets(arrival.id),
        base64url.decode(arrival.holder),
        arrival.district,
        arrival.purpose.value,
        arrival.color.value,
        arrival.decision.value,
        arrival.recognition,
        microseconds(arrival.recorded_at),
        arrival.recorded_by,
        None,
        None,
    )


def _numbered(number: int, *columns: Any) -> Numbered:
    octets, holder, district, purpose, color, decision, recognition, *history = columns
    recorded_at, recorded_by, acknowledged_at, acknowledged_by = history
    arrival = Arrival(
        id=strawberry.ID(base64url.encode(octets)),
        holder=base64url.encode(holder),
        district=RegionCode(district),
        purpose=Purpose(purpose),
        color=Color(color),
        decision=Decision(decision),
        recognition=AuditIndex(recognition),
        recorded_at=from_microseconds(recorded_at),
        recorded_by=strawberry.ID(recorded_by),
        acknowledged_at=None if acknowledged_at is None else from_microseconds(acknowledged_at),
        acknowledged_by=None if acknowledged_by is None else strawberry.ID(acknowledged_by),
    )
    return Numbered(number, arrival)


def _visible(rows: Sequence[Any], reader: Reader, at: datetime) -> Arrival | None:
    """One elsewhere is, for this reader, none at all."""
    if not rows:
        return None
    arrival = _numbered(*rows[0]).arrival
    is_kept = arrival.recorded_at > at - KEPT_FOR
    is_theirs = any(contains(region, arrival.district) for region in reader.regions)
    return arrival if is_kept and is_theirs else None


def _audited(arrival: Arrival, action: ArrivalAction, request_id: str) -> ArrivalRecord:
    return ArrivalRecord(
        at=arrival.recorded_at,
        request_id=request_id,
        client_id=arrival.recorded_by,
        action=action,
        receiving_region=arrival.district,
        holder=HolderRef(arrival.holder),
        recognition=arrival.recognition,
    )


def _acknowledgement(arrival: Arrival, reader: Reader, at: datetime) -> ArrivalRecord:
    return ArrivalRecord(
        at=at,
        request_id=reader.request_id,
        client_id=reader.client_id,
        action=ArrivalAction.ACKNOWLEDGED,
        receiving_region=arrival.district,
        holder=HolderRef(arrival.holder),
        recognition=arrival.recognition,
    )


def _octets(arrival_id: strawberry.ID) -> bytes:
    """An id that was never given finds nothing, whatever it looks like."""
    try:
        return base64url.decode(arrival_id)
    except ValueError:
        return b""


def _stem(region: str) -> str:
    """``schema.contains`` in SQL: the district begins with what is left without trailing ``00``."""
    while region.endswith("00"):
        region = region[:-2]
    return region
