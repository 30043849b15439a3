"""Known clients that were refused because there was no room: one record a second for each.

Such a refusal leaves before it is recorded. A hub that committed for each of them would be kept
from answering by those whom it refuses. Responsible for a record of each client and second, with
the id of the first request; how many there were is in the figures. What each rule is for:
decision 53.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.refusals import RefusedQuestion, refusal_records
from tongxing.gateway.storage.audit import AuditLog, RefusalRecord

GATHERED_SECONDS = 1.0


class ShedRefusals:
    """``code`` is what the clients get. ``clock`` gives aware UTC times."""

    def __init__(self, audit: AuditLog, code: str, clock: Callable[[], datetime]) -> None:
        self._audit = audit
        self._refused = (RefusedQuestion(code),)
        self._clock = clock
        self._gathered: dict[str, RefusalRecord] = {}

    def note(self, asker: Asker) -> None:
        """``asker`` was refused. The first of a client within a second is recorded."""
        if asker.client_id not in self._gathered:
            (record,) = refusal_records(self._refused, asker, self._clock())
            self._gathered[asker.client_id] = record

    async def record_in_time(self) -> None:
        """Record, again and again, what was noted. Raises AuditUnavailable; what could not be
        recorded is tried again."""
        while True:
            await asyncio.sleep(GATHERED_SECONDS)
            await self.record()

    async def record(self) -> None:
        """Record what was noted. Raises AuditUnavailable."""
        gathered, self._gathered = self._gathered, {}
        if not gathered:
            return
        try:
            await self._audit.append(list(gathered.values()))
        except BaseException:
            self._gathered = gathered | self._gathered
            raise
