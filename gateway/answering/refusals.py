"""Refusals of known clients, recorded before the client hears of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.storage.audit import AuditLog, RefusalRecord
from tongxing.schema import Purpose, RegionCode


@dataclass(frozen=True, slots=True)
class RefusedQuestion:
    """``code`` is the stable code that the client gets; the rest is what it asked for."""

    code: str
    purpose: Purpose | None = None
    receiving_region: RegionCode | None = None


class Refusals:
    """``clock`` gives aware UTC times."""

    def __init__(self, audit: AuditLog, clock: Callable[[], datetime]) -> None:
        self._audit = audit
        self._clock = clock

    async def record(self, asker: Asker, refused: Sequence[RefusedQuestion]) -> None:
        """Raises AuditUnavailable; then even the refusal is not given out."""
        if refused:
            await self._audit.append(refusal_records(refused, asker, self._clock()))


def refusal_records(
    refused: Sequence[RefusedQuestion], asker: Asker, at: datetime
) -> list[RefusalRecord]:
    return [
        RefusalRecord(
            at=at,
            request_id=asker.request_id,
            client_id=asker.client_id,
            code=question.code,
            purpose=question.purpose,
            receiving_region=question.receiving_region,
        )
        for question in refused
    ]
