"""The audit log: who asked what about whom, and what they were told.

Responsible for the records, their bytes, the hash chain over them and reading them again. Refuses
to hold anything that a person wrote or is called, and to say "recorded" before it is on disk.
"""

from tongxing.gateway.storage.audit.chain import AuditDamaged, AuditMark, Damage
from tongxing.gateway.storage.audit.log import AuditLog, AuditUnavailable, SqliteAuditLog
from tongxing.gateway.storage.audit.packed_case import pack_case, unpack_case
from tongxing.gateway.storage.audit.page import (
    AuditEntry,
    AuditFilter,
    AuditPage,
    InvalidCursor,
    cursor_of,
)
from tongxing.gateway.storage.audit.records import (
    AdministrationRecord,
    AdministrativeAction,
    ArrivalAction,
    ArrivalRecord,
    AuditKind,
    AuditRecord,
    CorrectionAction,
    CorrectionRecord,
    IntentRecord,
    OutcomeRecord,
    RefusalRecord,
    SourceOutcome,
    kind_of,
)

__all__ = [
    "AdministrationRecord",
    "AdministrativeAction",
    "ArrivalAction",
    "ArrivalRecord",
    "AuditDamaged",
    "AuditEntry",
    "AuditFilter",
    "AuditKind",
    "AuditLog",
    "AuditMark",
    "AuditPage",
    "AuditRecord",
    "AuditUnavailable",
    "CorrectionAction",
    "CorrectionRecord",
    "Damage",
    "IntentRecord",
    "InvalidCursor",
    "OutcomeRecord",
    "RefusalRecord",
    "SourceOutcome",
    "SqliteAuditLog",
    "cursor_of",
    "kind_of",
    "pack_case",
    "unpack_case",
]
