"""What is looked for in the log, and what is found."""

from dataclasses import dataclass
from datetime import datetime

from tongxing.gateway.storage.audit.records import (
    AuditRecord,
    CorrectionRecord,
    IntentRecord,
    OutcomeRecord,
    RelayRecord,
    named_holder,
)
from tongxing.gateway.storage.cursors import Cursors
from tongxing.keys.holder import HolderRef
from tongxing.schema import AuditIndex, Color, Decision, Outcome, RegionCode
from tongxing.schema.audit_words import AuditKind

PAGE_MAX_ENTRIES = 1_000

AUDIT_CURSORS = Cursors("1")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """An entry must fit every field that is given. ``regions``: the receiving region is one of
    these or lies in one of them, or the entry is a publication, which concerns everybody; this
    leaves out other entries without a region (administration).
    ``region`` narrows them further. ``named_holders`` finds only entries of any of them that may
    show their holder, as ``named_holder`` says. ``since`` is included, ``until`` is not. ``issuer``
    was to be asked, was asked, decided, or got a report; ``outcome`` is that of asking ``issuer``
    or, without one, any issuer."""

    client_id: str | None = None
    kind: AuditKind | None = None
    regions: tuple[RegionCode, ...] | None = None
    region: RegionCode | None = None
    holder: HolderRef | None = None
    named_holders: tuple[HolderRef, ...] = ()
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    issuer: str | None = None
    outcome: Outcome | None = None
    color: Color | None = None
    decision: Decision | None = None

    def fits(self, record: AuditRecord) -> bool:
        """What SQL sees roughly or not at all."""
        return self._fits_issuer(record) and (
            not self.named_holders or named_holder(record) in self.named_holders
        )

    def _fits_issuer(self, record: AuditRecord) -> bool:
        if self.outcome is not None:
            return isinstance(record, OutcomeRecord) and self._has_outcome(record)
        return self.issuer is None or self.issuer in _issuers(record)

    def _has_outcome(self, record: OutcomeRecord) -> bool:
        return any(
            source.outcome is self.outcome and self.issuer in (None, source.issuer)
            for source in record.sources
        )


def _issuers(record: AuditRecord) -> set[str | None]:
    match record:
        case IntentRecord():
            return {*record.issuers}
        case OutcomeRecord():
            return {record.decided_by, *(source.issuer for source in record.sources)}
        case CorrectionRecord():
            return {record.issuer}
        case RelayRecord():
            return {source.issuer for source in record.sources}
        case _:
            return set()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    index: AuditIndex
    entry_hash: str
    record: AuditRecord
