"""The arrivals of a hub, from a receipt that a gate hands in to the district's acknowledgement.

They do what the entry code 入镇码 did, without a second registration. Responsible for the order: an
arrival is durable before any client learns of it, and a reader is in the audit log before it gets
an answer. Refuses to know a document (a person is a HolderRef here) and which scopes and regions a
client has.
"""

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from hashlib import sha256

import strawberry

from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.receipt import Receipt, holder_of, read_receipt
from tongxing.gateway.followup.arrival_notices import ArrivalNotices
from tongxing.gateway.followup.arrival_store import (
    ARRIVAL_CURSORS,
    KEPT_FOR,
    ArrivalPage,
    ArrivalReader,
    ArrivalStore,
    Numbered,
)
from tongxing.gateway.storage.audit import ArrivalRecord, AuditLog
from tongxing.keys import HolderKey, HolderRef, base64url
from tongxing.keys.receipts import InvalidReceipt
from tongxing.keys.suites import PublicKey
from tongxing.schema import RegionCode, contains
from tongxing.schema.arrival import Arrival, ArrivalRule
from tongxing.schema.audit_words import ArrivalAction

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
) -> Arrival | ArrivalRule:
    """The arrival that ``client_id`` records at ``at`` (aware UTC), or the rule against it.
    ``holder`` is None if the receipt names none. A receipt of another client is refused like an
    invalid one, so a client that found a receipt learns nothing from it."""
    if (receipt.iss, receipt.aud) != (hub_id, client_id):
        return ArrivalRule.INVALID_RECEIPT
    if at >= _ends_at(receipt):
        return ArrivalRule.EXPIRED_RECEIPT
    if holder is None:
        return ArrivalRule.HOLDER_UNKNOWN
    if not is_district(destination):
        return ArrivalRule.NOT_A_DISTRICT
    if not contains(receipt.region, destination):
        return ArrivalRule.OUTSIDE_THE_REGION
    return Arrival(
        id=_id(receipt),
        holder=holder,
        district=destination,
        purpose=receipt.purpose,
        color=receipt.color,
        decision=receipt.decision,
        recognition=receipt.audit.index,
        recorded_at=at,
        recorded_by=strawberry.ID(client_id),
    )


def is_district(region: RegionCode) -> bool:
    return not region.endswith("00") or region in CITIES_WITHOUT_DISTRICTS


def _ends_at(receipt: Receipt) -> datetime:
    """At the latest when its arrival would be forgotten: after that it could make a second one."""
    begun_at = datetime.fromtimestamp(receipt.iat, UTC)
    return min(datetime.fromtimestamp(receipt.exp, UTC), begun_at + KEPT_FOR)


def _id(receipt: Receipt) -> strawberry.ID:
    """Made from the recognition and not from the receipt's text: with ECDSA a second text with
    another valid signature can be made from the first."""
    digest = sha256(f"tongxing arrival v1\0{receipt.audit.hash}".encode()).digest()
    return strawberry.ID(base64url.encode(digest[:_ID_BYTES]))


class Arrivals:
    """``public_key`` verifies the receipts; ``clock`` gives aware UTC times."""

    def __init__(
        self,
        *,
        hub_id: str,
        public_key: PublicKey,
        holder_key: HolderKey,
        store: ArrivalStore,
        audit: AuditLog,
        clock: Callable[[], datetime],
    ) -> None:
        self._hub_id = hub_id
        self._public_key = public_key
        self._holder_key = holder_key
        self._store = store
        self._audit = audit
        self._clock = clock
        self._notices = ArrivalNotices(store, clock)

    async def record(
        self, unverified_receipt: str, destination: RegionCode, asker: Asker
    ) -> Arrival | ArrivalRule:
        """One recognition makes one arrival, however often its receipt is handed in."""
        try:
            receipt = read_receipt(unverified_receipt, self._public_key)
            holder = holder_of(receipt, self._holder_key)
        except (InvalidReceipt, ValueError):
            return ArrivalRule.INVALID_RECEIPT
        arrival = arrival_of(
            receipt,
            hub_id=self._hub_id,
            client_id=asker.client_id,
            holder=holder,
            destination=destination,
            at=self._clock(),
        )
        if isinstance(arrival, ArrivalRule):
            return arrival
        kept = await self._store.record(arrival, request_id=asker.request_id)
        if kept.district != destination:
            return ArrivalRule.ANOTHER_DESTINATION
        self._notices.announce()
        return kept

    async def acknowledge(
        self, arrival_id: strawberry.ID, reader: ArrivalReader
    ) -> Arrival | ArrivalRule:
        """The first acknowledgement counts; a second one returns the first."""
        arrival = await self._store.acknowledge(arrival_id, reader, at=self._clock())
        return ArrivalRule.NO_SUCH_ARRIVAL if arrival is None else arrival

    async def page(
        self, region: RegionCode, asker: Asker, *, notices: bool, first: int, after: str | None
    ) -> ArrivalPage:
        """Raises InvalidCursor."""
        number, at = _number(after), self._clock()
        await self._audit.append([_read(ArrivalAction.LISTED, region, asker, at)])
        return await self._store.page(region, notices=notices, first=first, after=number, at=at)

    async def follow(
        self, region: RegionCode, asker: Asker, after: str | None
    ) -> AsyncGenerator[Numbered, None]:
        """The notices within ``region`` behind the cursor ``after``, as they come. Raises
        InvalidCursor."""
        number = _number(after)
        await self._audit.append([_read(ArrivalAction.FOLLOWED, region, asker, self._clock())])
        return self._notices.follow(region, number)


def _number(cursor: str | None) -> int:
    return 0 if cursor is None else ARRIVAL_CURSORS.number(cursor)


def _read(action: ArrivalAction, region: RegionCode, asker: Asker, at: datetime) -> ArrivalRecord:
    return ArrivalRecord(
        at=at,
        request_id=asker.request_id,
        client_id=asker.client_id,
        action=action,
        receiving_region=region,
    )
