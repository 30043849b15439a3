"""What the hub itself has taken, as a row of the audit log: a trust list, a region's policies."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.audit.records import PublicationRecord, is_identifier
from tongxing.gateway.storage.entries import AuditRow
from tongxing.gateway.storage.seen_versions import Mark
from tongxing.schema import RegionCode
from tongxing.schema.audit_words import PublicationAction, PublicationChange

BY_THE_HUB = "hub"
"""The client and the request of what no client did."""

CHANGES_TOLD = 200
"""Of one publication; an auditor who needs more compares the files themselves."""


class Provenance(NamedTuple):
    """Who signed what was taken, and in what it differs from the version ``compared_with``."""

    signed_by: Iterable[str] = ()
    compared_with: int | None = None
    changes: Iterable[tuple[PublicationChange, str]] = ()


def taken(
    action: PublicationAction,
    mark: Mark,
    at: datetime,
    region: RegionCode | None = None,
    provenance: Provenance = Provenance(),  # noqa: B008 - a value
) -> AuditRow:
    """A name that is no identifier is left out: the log takes no text, and nothing is refused for
    the name of a key."""
    named = [(change, name) for change, name in provenance.changes if is_identifier(name)]
    record = PublicationRecord(
        at=at,
        request_id=BY_THE_HUB,
        client_id=BY_THE_HUB,
        action=action,
        version=mark.version,
        digest=mark.digest,
        receiving_region=region,
        signed_by=tuple(sorted(filter(is_identifier, provenance.signed_by))),
        compared_with=provenance.compared_with,
        changes=tuple(named[:CHANGES_TOLD]),
    )
    return encode_record(record)
