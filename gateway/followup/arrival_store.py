"""The arrivals at rest, under keyed digests of holders; a change, its event and its audit record
are written by one COMMIT."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tongxing.gateway.answering.feed_words import words_of
from tongxing.gateway.answering.sightings import sighting_of
from tongxing.gateway.followup.arrival_columns import (
    ARRIVAL_COLUMNS,
    KEPT_FOR,
    Numbered,
    arrival_row,
    numbered,
)
from tongxing.gateway.followup.arrival_event_store import (
    ACKNOWLEDGED,
    RECORDED,
    WITHDRAWN,
    add_event,
)
from tongxing.gateway.followup.known_colors import KnownColors, know_colors
from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.gateway.storage.audit import ArrivalRecord
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.columns import microseconds, octets, places, region_stem
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.entries import AuditRow
from tongxing.gateway.storage.slices import Listing, Slice, Sliced
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.keys import HolderRef
from tongxing.schema import HistoryEntry, RegionCode, contains
from tongxing.schema.arrival import Arrival
from tongxing.schema.audit_words import ArrivalAction

ARRIVAL_CURSORS = Cursors("a1")
NOTICE_CURSORS = Cursors("n1")


@dataclass(frozen=True, slots=True)
class NewArrival:
    """``receipt`` is what all arrivals of one receipt have in common; ``stated`` is what the
    issuers had stated of the traveler by then."""

    arrival: Arrival
    receipt: bytes
    stated: Sequence[HistoryEntry]


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

    async def record(self, new: NewArrival, *, request_id: str) -> Arrival:
        """The new arrival, or the one that stands in its way: that which the same receipt has made
        in this district, even if it was withdrawn, or one that stands in another district."""
        arrival = new.arrival
        record = arrival_record(
            arrival, ArrivalAction.RECORDED, arrival.recorded_at, request_id, arrival.recorded_by
        )
        return await self._database.write(partial(_record, new, encode_record(record)))

    async def acknowledge(
        self, arrival_id: str, reader: ArrivalReader, *, at: datetime
    ) -> Arrival | None:
        """The arrival, acknowledged by ``reader`` or by a client that did so before, or as it was
        withdrawn; None if the reader's regions have no arrival of this id."""
        return await self._database.write(partial(_acknowledge, arrival_id, reader, at))

    async def withdraw(
        self, arrival_id: str, client_id: str, *, request_id: str, at: datetime
    ) -> Arrival | None:
        """The arrival, withdrawn now or before; None if this client has recorded no arrival of this
        id that is still kept."""
        return await self._database.write(partial(_withdraw, arrival_id, client_id, request_id, at))

    async def find(self, arrival_id: str, reader: ArrivalReader, *, at: datetime) -> Arrival | None:
        """None if the reader's regions have no arrival of this id that is kept at ``at``."""
        return (await self.find_all([arrival_id], reader, at=at)).get(arrival_id)

    async def find_all(
        self, arrival_ids: Collection[str], reader: ArrivalReader, *, at: datetime
    ) -> Mapping[str, Arrival]:
        """By its id, each that the reader's regions have, read in one go."""
        asked = [octets(each) for each in arrival_ids]
        rows = await self._database.fetch(_FIND_ALL.format(places=places(asked)), asked)
        found = (_visible([row], reader, at) for row in rows)
        return {each.arrival.id: each.arrival for each in found if each is not None}

    async def page(
        self, region: RegionCode, wanted: Slice, *, notices: bool, at: datetime
    ) -> Sliced[Arrival]:
        """The arrivals of ``wanted`` within ``region`` that are kept at ``at``, oldest first; with
        ``notices`` only those that stand and that no client has acknowledged."""
        listing = NOTICES if notices else _ARRIVALS
        values = (microseconds(at - KEPT_FOR), *region_stem(region))
        found = await self._database.read(partial(listing.read, wanted, values=values))
        return found.each(lambda number, row: numbered(number, *row).arrival)

    async def sweep(self, at: datetime) -> int:
        """Delete the arrivals whose time is over at ``at``, with all that is known of them;
        their number."""
        return await sweep_in_pieces(self._database, _SWEEP, microseconds(at - KEPT_FOR))


def arrival_record(
    arrival: Arrival, action: ArrivalAction, at: datetime, request_id: str, client_id: str
) -> ArrivalRecord:
    """That this client did something to ``arrival``, or has read it."""
    return ArrivalRecord(
        at=at,
        request_id=request_id,
        client_id=client_id,
        action=action,
        receiving_region=arrival.district,
        holder=HolderRef(arrival.holder),
        recognition=arrival.recognition,
    )


def _record(new: NewArrival, entry: AuditRow, unit: UnitOfWork) -> Arrival:
    """Works run one after the other, over all processes: of two that record at once one is
    first."""
    before = [numbered(*row).arrival for row in unit.execute(_OF_RECEIPT, (new.receipt,))]
    here = [each for each in before if each.district == new.arrival.district]
    in_the_way = here or [each for each in before if each.withdrawn_at is None]
    if in_the_way:
        return in_the_way[0]
    ((number,),) = unit.execute(_ADD, (*arrival_row(new.arrival), new.receipt))
    know_colors(number, new.stated, unit)
    add_event(RECORDED, number, unit)
    _tell_of_feeds(new.arrival, unit)
    unit.record([entry])
    return new.arrival


def _tell_of_feeds(arrival: Arrival, unit: UnitOfWork) -> None:
    """What issuers' feeds have told of the traveler since the receipt, before there was an arrival
    that it could be told to."""
    at, refs = arrival.recorded_at, [HolderRef(arrival.holder)]
    known = [sighting_of(refs, word.source, at) for word in words_of(refs, unit)]
    KnownColors().seeing(known, at)(unit)


def _acknowledge(
    arrival_id: str, reader: ArrivalReader, at: datetime, unit: UnitOfWork
) -> Arrival | None:
    found = _visible(unit.execute(_FIND, (octets(arrival_id),)), reader, at)
    if found is None:
        return None
    arrival = found.arrival
    if arrival.acknowledged_at is not None or arrival.withdrawn_at is not None:
        return arrival
    unit.execute(_ACKNOWLEDGE, (microseconds(at), reader.client_id, found.number))
    add_event(ACKNOWLEDGED, found.number, unit)
    record = arrival_record(
        arrival, ArrivalAction.ACKNOWLEDGED, at, reader.request_id, reader.client_id
    )
    unit.record([encode_record(record)])
    return _as_it_is(found, unit)


def _withdraw(
    arrival_id: str, client_id: str, request_id: str, at: datetime, unit: UnitOfWork
) -> Arrival | None:
    """To a client that did not record it, an arrival looks like none."""
    rows = unit.execute(_FIND, (octets(arrival_id),))
    found = numbered(*rows[0]) if rows else None
    if found is None or found.arrival.recorded_by != client_id or not _is_kept(found.arrival, at):
        return None
    if found.arrival.withdrawn_at is not None:
        return found.arrival
    unit.execute(_WITHDRAW, (microseconds(at), found.number))
    add_event(WITHDRAWN, found.number, unit)
    record = arrival_record(found.arrival, ArrivalAction.WITHDRAWN, at, request_id, client_id)
    unit.record([encode_record(record)])
    return _as_it_is(found, unit)


def _as_it_is(found: Numbered, unit: UnitOfWork) -> Arrival:
    (row,) = unit.execute(_FIND, (octets(found.arrival.id),))
    return numbered(*row).arrival


def _visible(rows: Sequence[Any], reader: ArrivalReader, at: datetime) -> Numbered | None:
    """To this reader, an arrival in another region looks like no arrival."""
    if not rows:
        return None
    found = numbered(*rows[0])
    is_theirs = any(contains(region, found.arrival.district) for region in reader.regions)
    return found if is_theirs and _is_kept(found.arrival, at) else None


def _is_kept(arrival: Arrival, at: datetime) -> bool:
    return arrival.recorded_at > at - KEPT_FOR


_ADD = """
    INSERT INTO arrivals (
        id, holder, district, purpose, color, decision, recognition, recorded_at, recorded_by,
        receipt
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number
"""
_FIND = f"SELECT number, {ARRIVAL_COLUMNS} FROM arrivals WHERE id = ?"  # noqa: S608 - constants
_FIND_ALL = f"SELECT number, {ARRIVAL_COLUMNS} FROM arrivals WHERE id IN ({{places}})"  # noqa: S608 - constants
_OF_RECEIPT = f"""
    SELECT number, {ARRIVAL_COLUMNS} FROM arrivals WHERE receipt = ?
"""  # noqa: S608 - constants
_ACKNOWLEDGE = """
    UPDATE arrivals SET acknowledged_at = ?, acknowledged_by = ? WHERE number = ? RETURNING 1
"""
_WITHDRAW = "UPDATE arrivals SET withdrawn_at = ? WHERE number = ? RETURNING 1"
_IN_REGION = "recorded_at > ? AND substr(district, 1, CAST(? AS INTEGER)) = ?"
_ARRIVALS = Listing("arrivals", ARRIVAL_COLUMNS, condition=_IN_REGION)
NOTICES = Listing(
    "arrivals",
    ARRIVAL_COLUMNS,
    condition=f"{_IN_REGION} AND acknowledged_at IS NULL AND withdrawn_at IS NULL",
)
_SWEEP = """
    DELETE FROM arrivals WHERE number IN
        (SELECT number FROM arrivals WHERE recorded_at <= ? ORDER BY recorded_at LIMIT ?)
    RETURNING 1
"""
