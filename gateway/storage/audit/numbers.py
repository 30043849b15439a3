"""The numbers by which words stand in the log.

The meaning of a number never changes: hashes are computed over it. Add new ones at the end.
"""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from tongxing.schema import Color, Decision, Outcome, Purpose
from tongxing.schema.audit_words import (
    AdministrativeAction,
    ArrivalAction,
    AuditKind,
    ClientChange,
    CorrectionAction,
    PassAction,
    PublicationAction,
    PublicationChange,
    ReadingAction,
    RelayAction,
)

N = TypeVar("N", bound=Enum)

KIND_NUMBERS = {
    AuditKind.INTENT: 1,
    AuditKind.OUTCOME: 2,
    AuditKind.REFUSAL: 3,
    AuditKind.ADMINISTRATION: 4,
    AuditKind.ARRIVAL: 5,
    AuditKind.CORRECTION: 6,
    AuditKind.READING: 7,
    AuditKind.PUBLICATION: 8,
    AuditKind.PASS: 9,
    AuditKind.OFFLINE_DECISION: 10,
    AuditKind.RELAY: 11,
}


ACTION_NUMBERS = {
    AdministrativeAction.CLIENT_ADDED: 1,
    AdministrativeAction.CLIENT_REVOKED: 2,
    AdministrativeAction.CLIENT_STOPPED: 3,
    AdministrativeAction.CLIENT_RESUMED: 4,
    AdministrativeAction.CLIENT_GRANTED: 5,
    AdministrativeAction.DOCUMENT_REGISTERED: 6,
    AdministrativeAction.DOCUMENT_WITHDRAWN: 7,
    AdministrativeAction.CLIENT_CHANGED: 8,
    AdministrativeAction.CLIENT_KEY_ADDED: 9,
    AdministrativeAction.CLIENT_KEY_REPLACED: 10,
    AdministrativeAction.CLIENT_KEY_ENDED: 11,
    AdministrativeAction.SIGN_IN_LINK_MADE: 12,
    AdministrativeAction.SIGNED_IN: 13,
    AdministrativeAction.ENROLLMENT_OPENED: 14,
    AdministrativeAction.CLIENT_ENROLLED: 15,
    AdministrativeAction.SUBJECT_BOUND: 16,
    AdministrativeAction.ALARM_ACKNOWLEDGED: 17,
    AdministrativeAction.HOLDER_EPOCH_BEGUN: 18,
    AdministrativeAction.HOLDER_EPOCH_DESTROYED: 19,
}


CLIENT_CHANGE_NUMBERS = {
    ClientChange.NAME_CHANGED: 1,
    ClientChange.REGION_ADDED: 2,
    ClientChange.REGION_REMOVED: 3,
    ClientChange.SCOPE_ADDED: 4,
    ClientChange.SCOPE_REMOVED: 5,
    ClientChange.PURPOSE_ADDED: 6,
    ClientChange.PURPOSE_REMOVED: 7,
    ClientChange.RELAY_ADDED: 8,
    ClientChange.RELAY_REMOVED: 9,
}


ARRIVAL_NUMBERS = {
    ArrivalAction.RECORDED: 1,
    ArrivalAction.ACKNOWLEDGED: 2,
    ArrivalAction.LISTED: 3,
    ArrivalAction.FOLLOWED: 4,
    ArrivalAction.WITHDRAWN: 5,
    ArrivalAction.READ: 6,
}


CORRECTION_NUMBERS = {
    CorrectionAction.REPORTING: 1,
    CorrectionAction.REPORTED: 2,
    CorrectionAction.NOT_TAKEN: 3,
    CorrectionAction.ASKING: 4,
    CorrectionAction.ACCEPTED: 5,
    CorrectionAction.REJECTED: 6,
    CorrectionAction.READ: 7,
}


READING_NUMBERS = {
    ReadingAction.AUDIT_ENTRIES: 1,
    ReadingAction.ALARMS: 2,
    ReadingAction.ALARM_EVIDENCE: 3,
    ReadingAction.PREVIEW_WINDOW: 4,
    ReadingAction.STOPPED_CLIENTS: 5,
    ReadingAction.INTEROP_FIGURES: 6,
    ReadingAction.DISAGREEMENTS: 7,
    ReadingAction.RECEIPT_STATUS: 8,
}


PUBLICATION_NUMBERS = {
    PublicationAction.TRUST_LIST_TAKEN: 1,
    PublicationAction.POLICY_TAKEN: 2,
    PublicationAction.POLICY_WITHDRAWN: 3,
    PublicationAction.LOG_RESUMED: 4,
    PublicationAction.ROOT_KEYS_TAKEN: 5,
    PublicationAction.HUB_KEYS_CHANGED: 6,
}


CHANGE_NUMBERS = {
    PublicationChange.ISSUER_ADDED: 1,
    PublicationChange.ISSUER_REMOVED: 2,
    PublicationChange.ISSUER_CHANGED: 3,
    PublicationChange.KEY_ADDED: 4,
    PublicationChange.KEY_REMOVED: 5,
    PublicationChange.KEY_CHANGED: 6,
    PublicationChange.RULE_ADDED: 7,
    PublicationChange.RULE_REMOVED: 8,
    PublicationChange.RULE_CHANGED: 9,
}


RELAY_NUMBERS = {
    RelayAction.ASKED: 20,
    RelayAction.PASSED_ON: 21,
    RelayAction.PASSING: 22,
}


PASS_NUMBERS = {
    PassAction.ISSUED: 1,
    PassAction.WITHDRAWN: 2,
    PassAction.CHECKED: 3,
}


PURPOSE_NUMBERS = {
    Purpose.ENTRY: 1,
    Purpose.TRANSPORT: 2,
    Purpose.VENUE: 3,
    Purpose.WORK: 4,
    Purpose.AUDIT: 5,
}


COLOR_NUMBERS = {Color.GREEN: 1, Color.YELLOW: 2, Color.RED: 3, Color.UNKNOWN: 4}


DECISION_NUMBERS = {Decision.ADMIT: 1, Decision.INSPECT: 2, Decision.REFUSE: 3}


OUTCOME_NUMBERS = {
    Outcome.VERIFIED: 1,
    Outcome.NOT_ENROLLED: 2,
    Outcome.NOT_THIS_ISSUER: 3,
    Outcome.CODE_EXPIRED: 4,
    Outcome.MUST_UPDATE: 5,
    Outcome.NO_ACCESS: 6,
    Outcome.BUSY: 7,
    Outcome.TIMED_OUT: 8,
    Outcome.CIRCUIT_OPEN: 9,
    Outcome.MALFORMED: 10,
    Outcome.UNMAPPED_VALUE: 11,
    Outcome.BAD_SIGNATURE: 12,
    Outcome.WRONG_HOLDER: 13,
    Outcome.STALE: 14,
    Outcome.NOT_PROVEN: 15,
}


def name_of(numbers: Mapping[N, int], number: int) -> N:
    """Raises LookupError if no word has this number."""
    for name, its_number in numbers.items():
        if its_number == number:
            return name
    raise LookupError("no word has this number")
