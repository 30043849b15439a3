"""The arrivals of a hub, from a receipt that a gate hands in to the district's acknowledgement.

They do what the entry code 入镇码 did, without a second registration. Responsible for the order: an
arrival is durable before any client learns of it, and a reader is in the audit log before it gets
an answer. Refuses to know a document (a person is a HolderRef here) and which scopes and regions a
client has.
"""

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from datetime import UTC, datetime
from hashlib import sha256

import strawberry

from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.own_receipts import OwnReceipts
from tongxing.gateway.answering.receipt import Receipt, case_of, holder_of
from tongxing.gateway.answering.sightings import stated_now
from tongxing.gateway.followup.arrival_columns import KEPT_FOR
from tongxing.gateway.followup.arrival_event_store import NumberedEvent
from tongxing.gateway.followup.arrival_events import ArrivalEvents
from tongxing.gateway.followup.arrival_store import (
    ArrivalReader,
    ArrivalStore,
    NewArrival,
    arrival_record,
)
from tongxing.gateway.storage.audit import ArrivalRecord, AuditLog
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.storage.slices import Slice, Sliced
from tongxing.keys import HolderRef, base64url
from tongxing.keys.receipts import InvalidReceipt
from tongxing.schema import RegionCode, contains
from tongxing.schema.arrival import Arrival
from tongxing.schema.audit_words import ArrivalAction
from tongxing.schema.refusal import RefusalCode

CITIES_WITHOUT_DISTRICTS = frozenset({"441900", "442000", "460400", "620200"})
"""Dongguan, Zhongshan, Danzhou and Jiayuguan: prefecture-level cities that have no districts in
GB/T 2260, so the city itself is the destination."""

_ID_BYTES = 16


def arrival_of(
    receipt: Receipt,
    *,
    hub_id: str,
    client_id: str,
    holder: HolderRef | None,
    destination: RegionCode,
    at: datetime,
) -> NewArrival | RefusalCode:
    """The arrival that ``client_id`` records at ``at`` (aware UTC), or the rule against it.
    ``holder`` is None if the receipt names none. A receipt of another client is refused like an
    invalid one, so a client that found a receipt learns nothing from it."""
    if (receipt.iss, receipt.aud) != (hub_id, client_id):
        return RefusalCode.RECEIPT_INVALID
    if at >= _ends_at(receipt):
        return RefusalCode.RECEIPT_EXPIRED
    if holder is None:
        return RefusalCode.HOLDER_UNKNOWN
    if not is_district(destination):
        return RefusalCode.DESTINATION_NOT_A_DISTRICT
    if not contains(receipt.region, destination):
        return RefusalCode.DESTINATION_OUTSIDE_REGION
    arrival = Arrival(
        id=arrival_id(receipt.audit.hash, destination),
        holder=holder,
        district=destination,
        purpose=receipt.purpose,
        color=receipt.color,
        decision=receipt.decision,
        recognition=receipt.audit.index,
        recorded_at=at,
        recorded_by=strawberry.ID(client_id),
    )
    stated = stated_now(case_of(receipt).sources, at)
    return NewArrival(arrival, mark_of(receipt.audit.hash), stated)


def is_district(region: RegionCode) -> bool:
    return not region.endswith("00") or region in CITIES_WITHOUT_DISTRICTS


def _ends_at(receipt: Receipt) -> datetime:
    """At the latest when its arrival would be forgotten: after that it could make a second one."""
    begun_at = datetime.fromtimestamp(receipt.iat, UTC)
    return min(datetime.fromtimestamp(receipt.exp, UTC), begun_at + KEPT_FOR)


def arrival_id(entry_hash: str, destination: RegionCode) -> strawberry.ID:
    """One for each district: an arrival that was withdrawn and the one that takes its place are
    two. ``entry_hash`` is that of the recognition in the log."""
    return strawberry.ID(base64url.encode(_digest("v2", entry_hash, destination)))


def mark_of(entry_hash: str) -> bytes:
    """The same for all arrivals of one recognition."""
    return _digest("v1", entry_hash)


def _digest(version: str, entry_hash: str, *more: str) -> bytes:
    """Made from the recognition and not from the receipt's text: with ECDSA a second text with
    another valid signature can be made from the first."""
    parts = (f"tongxing arrival {version}", entry_hash, *more)
    return sha256("\0".join(parts).encode()).digest()[:_ID_BYTES]


class Arrivals:
    """``receipts`` reads those of this hub; ``clock`` gives aware UTC times."""

    def __init__(
        self,
        *,
        hub_id: str,
        receipts: OwnReceipts,
        holder_keys: HolderKeys,
        store: ArrivalStore,
        events: ArrivalEvents,
        audit: AuditLog,
        clock: Callable[[], datetime],
    ) -> None:
        self._hub_id = hub_id
        self._receipts = receipts
        self._holder_keys = holder_keys
        self._store = store
        self._events = events
        self._audit = audit
        self._clock = clock

    async def record(
        self, unverified_receipt: str, destination: RegionCode, asker: Asker
    ) -> Arrival | RefusalCode:
        """One recognition makes one arrival in one district, however often its receipt is handed
        in. A gate that repeats itself late does not bring back what it has withdrawn meanwhile."""
        try:
            receipt = await self._receipts.read(unverified_receipt)
            new = arrival_of(
                receipt,
                hub_id=self._hub_id,
                client_id=asker.client_id,
                holder=holder_of(receipt, self._holder_keys.all()),
                destination=destination,
                at=self._clock(),
            )
        except (InvalidReceipt, ValueError, OverflowError):
            return RefusalCode.RECEIPT_INVALID
        if isinstance(new, RefusalCode):
            return new
        kept = await self._store.record(new, request_id=asker.request_id)
        if kept.district != destination:
            return RefusalCode.DESTINATION_ANOTHER
        if kept.withdrawn_at is not None:
            return RefusalCode.ARRIVAL_WITHDRAWN
        return kept

    async def acknowledge(self, arrival_id: str, reader: ArrivalReader) -> Arrival | RefusalCode:
        """The first acknowledgement counts; a second one returns the first."""
        arrival = await self._store.acknowledge(arrival_id, reader, at=self._clock())
        if arrival is None:
            return RefusalCode.ARRIVAL_NOT_FOUND
        if arrival.withdrawn_at is not None:
            return RefusalCode.ARRIVAL_WITHDRAWN
        return arrival

    async def withdraw(self, arrival_id: str, reader: ArrivalReader) -> Arrival | RefusalCode:
        """For as long as the arrival is kept, even if the district has acknowledged it, which has
        to learn that nobody comes. A second withdrawal returns the first."""
        at = self._clock()
        if await self._store.find(arrival_id, reader, at=at) is None:
            return RefusalCode.ARRIVAL_NOT_FOUND
        arrival = await self._store.withdraw(
            arrival_id, reader.client_id, request_id=reader.request_id, at=at
        )
        if arrival is None:
            return RefusalCode.ARRIVAL_NOT_FOUND
        return arrival

    async def find(self, arrival_id: str, reader: ArrivalReader) -> Arrival | None:
        """None if the reader's regions have no arrival of this id."""
        return (await self.find_all([arrival_id], reader)).get(arrival_id)

    async def find_all(
        self, arrival_ids: Collection[str], reader: ArrivalReader
    ) -> Mapping[str, Arrival]:
        """As ``find``, of several at once: by its id, each that there is."""
        at = self._clock()
        found = await self._store.find_all(arrival_ids, reader, at=at)
        by = reader.request_id, reader.client_id
        records = [arrival_record(each, ArrivalAction.READ, at, *by) for each in found.values()]
        if records:
            await self._audit.append(records)
        return found

    async def page(
        self, region: RegionCode, wanted: Slice, asker: Asker, *, notices: bool
    ) -> Sliced[Arrival]:
        at = self._clock()
        await self._audit.append([_read(ArrivalAction.LISTED, region, asker, at)])
        return await self._store.page(region, wanted, notices=notices, at=at)

    async def follow(
        self, region: RegionCode, asker: Asker, after: int | None
    ) -> AsyncGenerator[NumberedEvent, None]:
        """The events within ``region`` above the number ``after``, as they come; see ArrivalEvents.
        Raises InvalidCursor."""
        if after is not None:
            await self._events.check(after)
        await self._audit.append([_read(ArrivalAction.FOLLOWED, region, asker, self._clock())])
        return self._events.follow(region, after)


def _read(action: ArrivalAction, region: RegionCode, asker: Asker, at: datetime) -> ArrivalRecord:
    return ArrivalRecord(
        at=at,
        request_id=asker.request_id,
        client_id=asker.client_id,
        action=action,
        receiving_region=region,
    )
