"""What the hub itself has taken, as a row of the audit log: a trust list, a region's policies."""

from datetime import datetime

from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.audit.records import PublicationRecord
from tongxing.gateway.storage.entries import AuditRow
from tongxing.gateway.storage.seen_versions import Mark
from tongxing.schema import RegionCode
from tongxing.schema.audit_words import PublicationAction

BY_THE_HUB = "hub"
"""The client and the request of what no client did."""


def taken(
    action: PublicationAction, mark: Mark, at: datetime, region: RegionCode | None = None
) -> AuditRow:
    record = PublicationRecord(
        at=at,
        request_id=BY_THE_HUB,
        client_id=BY_THE_HUB,
        action=action,
        version=mark.version,
        digest=mark.digest,
        receiving_region=region,
    )
    return encode_record(record)
