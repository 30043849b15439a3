"""The audit log: which client asked what about which holder, and what the hub answered.

Responsible for the records, their bytes and reading them again. Refuses to hold a name or any text
that a person wrote, and to say "recorded" before it is on disk.
"""

from tongxing.gateway.storage.appending import Logged
from tongxing.gateway.storage.audit.export import InvalidExport, check_export, export_lines
from tongxing.gateway.storage.audit.log import AuditLog, AuditUnavailable, Prover
from tongxing.gateway.storage.audit.outcome_again import Recordable, RepeatedOutcome
from tongxing.gateway.storage.audit.packed_case import pack_case, unpack_case
from tongxing.gateway.storage.audit.page import (
    AUDIT_CURSORS,
    PAGE_MAX_ENTRIES,
    AuditEntry,
    AuditFilter,
)
from tongxing.gateway.storage.audit.records import (
    AdministrationRecord,
    ArrivalRecord,
    AuditRecord,
    CorrectionRecord,
    IntentRecord,
    OfflineDecisionRecord,
    OutcomeRecord,
    PassRecord,
    PublicationRecord,
    ReadingRecord,
    RefusalRecord,
    RelayedOutcome,
    RelayRecord,
    SourceOutcome,
    kind_of,
    named_holder,
)
from tongxing.gateway.storage.entries import AuditDamaged, AuditMark, Damage

__all__ = [
    "AUDIT_CURSORS",
    "PAGE_MAX_ENTRIES",
    "AdministrationRecord",
    "ArrivalRecord",
    "AuditDamaged",
    "AuditEntry",
    "AuditFilter",
    "AuditLog",
    "AuditMark",
    "AuditRecord",
    "AuditUnavailable",
    "CorrectionRecord",
    "Damage",
    "IntentRecord",
    "InvalidExport",
    "Logged",
    "OfflineDecisionRecord",
    "OutcomeRecord",
    "PassRecord",
    "Prover",
    "PublicationRecord",
    "ReadingRecord",
    "Recordable",
    "RefusalRecord",
    "RelayRecord",
    "RelayedOutcome",
    "RepeatedOutcome",
    "SourceOutcome",
    "check_export",
    "export_lines",
    "kind_of",
    "named_holder",
    "pack_case",
    "unpack_case",
]
