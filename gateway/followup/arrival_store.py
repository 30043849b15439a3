"""The arrivals at rest, under keyed digests of holders; a change is audited by the same COMMIT."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import strawberry

from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.gateway.storage.audit import ArrivalRecord
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.chain import AuditRow
from tongxing.gateway.storage.columns import (
    from_microseconds,
    microseconds,
    octets,
    or_none,
    region_stem,
)
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.keys import HolderRef, base64url
from tongxing.schema import AuditIndex, Color, Decision, Purpose, RegionCode, contains
from tongxing.schema.arrival import Arrival
from tongxing.schema.audit_words import ArrivalAction

KEPT_FOR = timedelta(days=14)
"""The incubation time that every rule of 2020 used (docs/facts.md §5). After it an arrival is not
shown any more, and soon it is deleted."""

PAGE_MAX_ARRIVALS = 1_000

ARRIVAL_CURSORS = Cursors("a1")


@dataclass(frozen=True, slots=True)
class Numbered:
    """``number`` rises with every arrival and is never used twice."""

    number: int
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class ArrivalPage:
    arrivals: Sequence[Numbered]
    has_next: bool


@dataclass(frozen=True, slots=True)
class ArrivalReader:
    """The client that reads, the request by which it does, and the regions that it may read."""

    client_id: str
    request_id: str
    regions: tuple[RegionCode, ...]


class ArrivalStore:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, arrival: Arrival, *, request_id: str) -> Arrival:
        """The arrival as it is kept: ``arrival``, or the one that the same recognition made
        before."""
        record = _audited(
            arrival, ArrivalAction.RECORDED, arrival.recorded_at, request_id, arrival.recorded_by
        )
        return await self._database.write(partial(_record, arrival, encode_record(record)))

    async def acknowledge(
        self, arrival_id: strawberry.ID, reader: ArrivalReader, *, at: datetime
    ) -> Arrival | None:
        """The arrival, acknowledged by ``reader`` or by a client that did so before; None if the
        reader's regions have no arrival of this id."""
        return await self._database.write(partial(_acknowledge, arrival_id, reader, at))

    async def page(
        self, region: RegionCode, *, notices: bool, first: int, after: int, at: datetime
    ) -> ArrivalPage:
        """Up to ``first`` arrivals within ``region`` that are kept at ``at`` and whose number is
        above ``after``; with ``notices`` only those that no client has acknowledged."""
        if not 1 <= first <= PAGE_MAX_ARRIVALS:
            raise ValueError(f"a page has 1 to {PAGE_MAX_ARRIVALS} arrivals")
        asked = (after, microseconds(at - KEPT_FOR), *region_stem(region), first + 1)
        rows = await self._database.fetch(NOTICES if notices else _ARRIVALS, asked)
        found = [_numbered(*row) for row in rows]
        return ArrivalPage(found[:first], len(found) > first)

    async def sweep(self, at: datetime) -> int:
        """Delete the arrivals that are not kept any more at ``at``; their number."""
        return await sweep_in_pieces(self._database, _SWEEP, microseconds(at - KEPT_FOR))


def _record(arrival: Arrival, entry: AuditRow, unit: UnitOfWork) -> Arrival:
    if not unit.execute(_ADD, _row(arrival)):
        return _numbered(*unit.execute(_FIND, (octets(arrival.id),))[0]).arrival
    unit.record([entry])
    return arrival


def _acknowledge(
    arrival_id: strawberry.ID, reader: ArrivalReader, at: datetime, unit: UnitOfWork
) -> Arrival | None:
    """Works run one after the other, so of two that acknowledge at once one is first."""
    arrival = _visible(unit.execute(_FIND, (octets(arrival_id),)), reader, at)
    if arrival is None or arrival.acknowledged_at is not None:
        return arrival
    change = (microseconds(at), reader.client_id, octets(arrival_id))
    (row,) = unit.execute(_ACKNOWLEDGE, change)
    record = _audited(arrival, ArrivalAction.ACKNOWLEDGED, at, reader.request_id, reader.client_id)
    unit.record([encode_record(record)])
    return _numbered(*row).arrival


def _audited(
    arrival: Arrival, action: ArrivalAction, at: datetime, request_id: str, client_id: str
) -> ArrivalRecord:
    return ArrivalRecord(
        at=at,
        request_id=request_id,
        client_id=client_id,
        action=action,
        receiving_region=arrival.district,
        holder=HolderRef(arrival.holder),
        recognition=arrival.recognition,
    )


def _visible(rows: Sequence[Any], reader: ArrivalReader, at: datetime) -> Arrival | None:
    """To this reader, an arrival in another region looks like no arrival."""
    if not rows:
        return None
    arrival = _numbered(*rows[0]).arrival
    is_kept = arrival.recorded_at > at - KEPT_FOR
    is_theirs = any(contains(region, arrival.district) for region in reader.regions)
    return arrival if is_kept and is_theirs else None


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
        base64url.decode(arrival.id),
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
    id_octets, holder, district, purpose, color, decision, recognition, *history = columns
    recorded_at, recorded_by, acknowledged_at, acknowledged_by = history
    arrival = Arrival(
        id=strawberry.ID(base64url.encode(id_octets)),
        holder=base64url.encode(holder),
        district=RegionCode(district),
        purpose=Purpose(purpose),
        color=Color(color),
        decision=Decision(decision),
        recognition=AuditIndex(recognition),
        recorded_at=from_microseconds(recorded_at),
        recorded_by=strawberry.ID(recorded_by),
        acknowledged_at=or_none(from_microseconds, acknowledged_at),
        acknowledged_by=or_none(strawberry.ID, acknowledged_by),
    )
    return Numbered(number, arrival)
