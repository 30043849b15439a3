"""Who reads records is recorded itself, before it sees any of them."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.storage.audit import AuditLog, ReadingRecord
from tongxing.keys import HolderRef
from tongxing.schema import RegionCode
from tongxing.schema.audit_words import ReadingAction


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


class ReadingsOfRequest:
    """The readings of one request: what many of its fields read alike is recorded once."""

    def __init__(self, readings: Readings, asker: Asker) -> None:
        self._readings = readings
        self._asker = asker
        self._recorded: set[ReadingAction] = set()
        self._lock: asyncio.Lock | None = None

    async def once(self, action: ReadingAction) -> None:
        """Raises AuditUnavailable; then nothing is shown."""
        if self._lock is None:  # most requests read no records
            self._lock = asyncio.Lock()
        async with self._lock:
            if action not in self._recorded:
                await self._readings.record(action, self._asker)
                self._recorded.add(action)
