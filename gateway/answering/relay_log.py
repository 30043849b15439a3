"""What the audit log holds of statements that hubs pass on, on either side.

Both hubs record an exchange under the same text, with the digest of every statement in it: an
auditor who has both logs finds what one hub got and did not hand over (``relay_matching``).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from tongxing.adapters.between_hubs import Handed, Told
from tongxing.adapters.dialect import ByDocument, Question
from tongxing.gateway.answering.asked import holder_of_document
from tongxing.gateway.storage.audit import AuditLog, RelayedOutcome, RelayRecord
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.keys import HolderRef
from tongxing.schema import RegionCode
from tongxing.schema.audit_words import RelayAction


class Exchanged(NamedTuple):
    """``exchange`` is the text that names it in both logs; ``peer`` the hub that was asked, or the
    client that asked."""

    exchange: str
    peer: str
    region: RegionCode
    at: datetime


class RelayLog:
    def __init__(self, audit: AuditLog, holder_keys: HolderKeys) -> None:
        self._audit = audit
        self._holder_keys = holder_keys

    async def asked(
        self, exchanged: Exchanged, told: Iterable[tuple[Question, Mapping[str, Told]]]
    ) -> None:
        """Record what another hub gave. Raises StorageUnavailable; then nothing may rest on it."""
        await self._audit.append(
            [
                self.record(RelayAction.ASKED, exchanged, question, map(_came, *_columns(of_it)))
                for question, of_it in told
            ]
        )

    def record(
        self,
        action: RelayAction,
        exchanged: Exchanged,
        question: Question,
        sources: Iterable[RelayedOutcome],
    ) -> RelayRecord:
        """Of one question. Raises StorageUnavailable."""
        return RelayRecord(
            at=exchanged.at,
            request_id=exchanged.exchange,
            client_id=exchanged.peer,
            action=action,
            receiving_region=exchanged.region,
            holder=self._holder(question, exchanged.at),
            sources=tuple(sources),
        )

    def _holder(self, question: Question, at: datetime) -> HolderRef | None:
        if not isinstance(question, ByDocument):
            return None
        return holder_of_document(question.document, self._holder_keys, at).ref


def _columns(told: Mapping[str, Told]) -> tuple[Iterable[str], Iterable[Told]]:
    return told.keys(), told.values()


def _came(issuer: str, told: Told) -> RelayedOutcome:
    if isinstance(told, Handed):
        return RelayedOutcome(issuer=issuer, evidence_digest=told.digest(), is_handed=True)
    return RelayedOutcome(issuer=issuer, outcome=told)
