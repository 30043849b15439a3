"""That an epoch of the holder key began or was destroyed, as a row of the audit log."""

from datetime import datetime

from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.audit.records import AdministrationRecord
from tongxing.gateway.storage.entries import AuditRow
from tongxing.gateway.storage.taken import BY_THE_HUB
from tongxing.schema.audit_words import AdministrativeAction


def epoch_record(
    action: AdministrativeAction, number: int, at: datetime, actor: str = BY_THE_HUB
) -> AuditRow:
    record = AdministrationRecord(
        at=at,
        request_id=BY_THE_HUB,
        client_id=BY_THE_HUB,
        action=action,
        actor=actor,
        holder_epoch=number,
    )
    return encode_record(record)
