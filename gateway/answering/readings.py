"""Who reads records is recorded itself, before it sees any of them."""

from collections.abc import Callable
from datetime import datetime

from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.storage.audit import AuditLog, ReadingAction, ReadingRecord
from tongxing.keys import HolderRef
from tongxing.schema import RegionCode


class Readings:
    """``clock`` gives aware UTC times."""

    def __init__(self, audit: AuditLog, clock: Callable[[], datetime]) -> None:
        self._audit = audit
        self._clock = clock

    async def record(
        self,
        action: ReadingAction,
        asker: Asker,
        *,
        region: RegionCode | None = None,
        holder: HolderRef | None = None,
    ) -> None:
        """Raises AuditUnavailable; then nothing is shown."""
        record = ReadingRecord(
            at=self._clock(),
            request_id=asker.request_id,
            client_id=asker.client_id,
            action=action,
            receiving_region=region,
            holder=holder,
        )
        await self._audit.append([record])
