"""An outcome that is recorded again: an answer that was made before, given once more.

Such a record differs from the first one in its moment, its request, the ages in its case and the
digest of its claims. Responsible for the rest being encoded once. What is written are the bytes
that the whole record would have (``encoding.OutcomeFrame``).
"""

from dataclasses import dataclass
from datetime import datetime

from tongxing.gateway.storage.audit.encoding import OutcomeFrame, encode_record
from tongxing.gateway.storage.audit.held_evidence import key_of_evidence
from tongxing.gateway.storage.audit.packed_case import CasePacker
from tongxing.gateway.storage.audit.records import AuditRecord, OutcomeRecord
from tongxing.gateway.storage.entries import AuditRow
from tongxing.schema import AuditIndex
from tongxing.schema.case import Case


class RepeatedOutcome:
    """What stays the same of ``record``, whose answer was judged on ``case``."""

    __slots__ = ("_frame", "_packer", "evidence_key")

    def __init__(self, record: OutcomeRecord, case: Case) -> None:
        self._frame = OutcomeFrame(record)
        self._packer = CasePacker(case)
        self.evidence_key = key_of_evidence(record)

    def again(self, at: datetime, request_id: str, claims: bytes) -> "OutcomeAgain":
        """``claims``: the digest of what the client is told now. A request id is the hub's own."""
        return OutcomeAgain(self, at, request_id, claims)

    def row(self, again: "OutcomeAgain", same_as: AuditIndex | None) -> AuditRow:
        packed = self._packer.at(again.at)
        return self._frame.row(again.at, again.request_id, packed, again.claims, same_as)


@dataclass(slots=True)
class OutcomeAgain:
    """One such record, to be appended as any other."""

    what: RepeatedOutcome
    at: datetime
    request_id: str
    claims: bytes

    @property
    def evidence_key(self) -> bytes | None:
        return self.what.evidence_key

    def row(self, same_as: AuditIndex | None) -> AuditRow:
        return self.what.row(self, same_as)


Recordable = AuditRecord | OutcomeAgain
"""What may be appended."""


def evidence_key(of: Recordable) -> bytes | None:
    return of.evidence_key if isinstance(of, OutcomeAgain) else key_of_evidence(of)


def row(of: Recordable, same_as: AuditIndex | None) -> AuditRow:
    """``same_as``: as ``encode_record``."""
    return of.row(same_as) if isinstance(of, OutcomeAgain) else encode_record(of, same_as)
