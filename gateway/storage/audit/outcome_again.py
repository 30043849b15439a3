"""An outcome that is recorded again: an answer that was made before, given once more.

It differs from the first one in its moment, its request and the digest of its claims. What it was
judged on is the same to the byte, so it names the entry of the first one, which holds the evidence
and the case. Responsible for the rest being encoded once.
"""

from datetime import datetime

from tongxing.gateway.storage.audit.codecs.of_outcomes import repeated_content
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.audit.held_evidence import key_of_evidence
from tongxing.gateway.storage.audit.records import AuditRecord, OutcomeRecord
from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.entries import AuditRow
from tongxing.schema import AuditIndex

Recordable = AuditRecord | AuditRow
"""What may be appended: a record, or one that is encoded already."""


class RepeatedOutcome:
    """What stays the same of ``record``, which the entry ``told_in`` holds with its case. Raises
    ValueError for one without a holder: what hides such a number in the row's digest is the
    HolderRef (``docs/audit-log.md``, §1)."""

    __slots__ = ("_client", "_content", "_holder", "_kind", "_region")

    def __init__(self, record: OutcomeRecord, told_in: AuditIndex) -> None:
        if record.holder is None or record.packed_case is None:
            raise ValueError("an outcome that is recorded again has a holder and a case")
        first = encode_record(record)
        self._kind = first.kind
        self._client = first.client
        self._region = first.region
        self._holder = first.holder
        self._content = repeated_content(record, told_in)

    def again(self, at: datetime, request_id: str, claims: bytes) -> AuditRow:
        """``claims``: the digest of what the client is told now. A request id is the hub's own."""
        when = microseconds(at)
        return AuditRow(
            *(self._kind, when, request_id, self._client, self._region, self._holder),
            self._content,
            claims,
        )


def evidence_key(of: Recordable) -> bytes | None:
    return None if isinstance(of, AuditRow) else key_of_evidence(of)


def row(of: Recordable, same_as: AuditIndex | None) -> AuditRow:
    """``same_as``: as ``encode_record``."""
    return of if isinstance(of, AuditRow) else encode_record(of, same_as)
