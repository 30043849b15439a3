"""The arrivals of a hub, from a receipt that a gate hands in to the district's acknowledgement.

Responsible for the order: what is recorded is durable before anybody hears of it, and whoever reads
is in the audit log before he is answered. Refuses to decide which scopes and regions a client has.
"""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime

import strawberry

from gateway.answering.inquiry import Asker
from gateway.arrivals.admission import admit
from gateway.arrivals.notices import ArrivalNotices
from gateway.arrivals.store import ArrivalPage, ArrivalStore, Numbered, Reader, number_of
from gateway.audit import ArrivalAction, ArrivalRecord, AuditLog
from gateway.receipts.presented import read_receipt
from keys.receipts import InvalidReceipt
from keys.suites import PublicKey
from schema import RegionCode
from schema.arrival import Arrival, ArrivalRule


class Arrivals:
    """``public_key`` is that of the receipts; ``clock`` gives aware UTC times."""

    def __init__(
        self,
        *,
        hub_id: str,
        public_key: PublicKey,
        store: ArrivalStore,
        audit: AuditLog,
        clock: Callable[[], datetime],
    ) -> None:
        self._hub_id = hub_id
        self._public_key = public_key
        self._store = store
        self._audit = audit
        self._clock = clock
        self._notices = ArrivalNotices(store, clock)

    async def record(
        self, unverified_receipt: str, destination: RegionCode, asker: Asker
    ) -> Arrival | ArrivalRule:
        """One arrival for one recognition, however often it is handed in."""
        try:
            receipt = read_receipt(unverified_receipt, self._public_key)
        except InvalidReceipt:
            return ArrivalRule.INVALID_RECEIPT
        admitted = admit(
            receipt,
            hub_id=self._hub_id,
            client_id=asker.client_id,
            destination=destination,
            at=self._clock(),
        )
        if isinstance(admitted, ArrivalRule):
            return admitted
        arrival = await self._store.record(admitted, request_id=asker.request_id)
        if arrival.district != destination:
            return ArrivalRule.ANOTHER_DESTINATION
        self._notices.announce()
        return arrival

    async def acknowledge(self, arrival_id: strawberry.ID, reader: Reader) -> Arrival | ArrivalRule:
        """Twice is once: who comes second gets what the first one made of it."""
        arrival = await self._store.acknowledge(arrival_id, reader, at=self._clock())
        return ArrivalRule.NO_SUCH_ARRIVAL if arrival is None else arrival

    async def page(
        self, region: RegionCode, asker: Asker, *, notices: bool, first: int, after: str | None
    ) -> ArrivalPage:
        """Raises InvalidCursor."""
        number, at = number_of(after), self._clock()
        await self._audit.append([_read(ArrivalAction.LISTED, region, asker, at)])
        return await self._store.page(region, notices=notices, first=first, after=number, at=at)

    async def follow(
        self, region: RegionCode, asker: Asker, after: str | None
    ) -> AsyncGenerator[Numbered, None]:
        """The notices within ``region`` behind the cursor ``after``, as they come. Raises
        InvalidCursor."""
        number = number_of(after)
        await self._audit.append([_read(ArrivalAction.FOLLOWED, region, asker, self._clock())])
        return self._notices.follow(region, number)


def _read(action: ArrivalAction, region: RegionCode, asker: Asker, at: datetime) -> ArrivalRecord:
    return ArrivalRecord(
        at=at,
        request_id=asker.request_id,
        client_id=asker.client_id,
        action=action,
        receiving_region=region,
    )
