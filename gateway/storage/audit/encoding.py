"""Records as the columns of one row, and back.

Version 1. What may never change: the meaning of a number in the tables below, the order of the
members of a content, and what a column holds; the hashes are computed over them. Add new kinds and
new numbers at the end; another layout needs another version of entries (``gateway/storage/entries``
).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct, msgpack

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
)
from tongxing.gateway.storage.columns import from_microseconds, microseconds, or_none
from tongxing.gateway.storage.entries import AuditRow
from tongxing.keys import base64url
from tongxing.keys.holder import HolderRef
from tongxing.keys.passes import PassStatus
from tongxing.schema import AuditIndex, Color, Decision, Outcome, Purpose, RegionCode
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

EVIDENCE_DIGEST_BYTES = 32
DOCUMENT_DIGEST_BYTES = 32
KEY_DIGEST_BYTES = 32
HOLDER_REF_BYTES = (16, 18)
"""Without an epoch of the holder key, and with one."""


DIGESTS_AT_HAND = 8_192
"""The same statements are named by one answer after the other; a digest takes some 200 bytes."""


class Unreadable(Exception):
    """A row that no version of this program wrote."""


def encode_record(record: AuditRecord, same_as: AuditIndex | None = None) -> AuditRow:
    """``same_as``: the entry that holds the digests of its sources, if it is an outcome."""
    kind = kind_of(record)
    codec = _CODECS[kind]
    content = codec.pack(record)
    if same_as is not None and isinstance(record, OutcomeRecord) and record.packed_case is not None:
        content = _without_digests(record, same_as)
    return AuditRow(
        KIND_NUMBERS[kind],
        microseconds(record.at),
        record.request_id,
        record.client_id,
        getattr(record, "receiving_region", None),
        _full_digest(getattr(record, "holder", None), *HOLDER_REF_BYTES),
        msgpack.encode(content),
        getattr(record, "claims", None),
    )


def decode_record(row: AuditRow) -> AuditRecord:
    """The record of ``row``; raises Unreadable."""
    try:
        codec = _CODECS[_name(KIND_NUMBERS, row.kind)]
        content = msgpack.decode(row.content, type=codec.content)
        return codec.unpack(_Shared.of(row), content)
    except (ValueError, TypeError, LookupError, OverflowError, msgspec.MsgspecError) as error:
        raise Unreadable("an audit entry cannot be read") from error


class _Shared(NamedTuple):
    """The fields that are columns; every kind has them, or could have them."""

    at: datetime
    request_id: str
    client_id: str
    region: RegionCode | None
    holder: HolderRef | None
    claims: bytes | None

    @classmethod
    def of(cls, row: AuditRow) -> "_Shared":
        holder = or_none(base64url.encode, row.holder)
        return cls(
            from_microseconds(row.at),
            row.request,
            row.client,
            or_none(RegionCode, row.region),
            or_none(HolderRef, holder),
            row.claims,
        )


class _Content(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The fields that are not columns, as one msgpack array of numbers, texts and bytes."""


class _Intent(_Content, frozen=True):
    purpose: int
    issuers: tuple[str, ...]


class _Outcome(_Content, frozen=True):
    purpose: int
    color: int
    decision: int
    rule: str | None
    decided_by: str | None
    relaxed: bool
    policy_region: str
    policy_version: int
    trust_list_version: int
    sources: tuple[tuple[str, int, bytes | None], ...]


class _OutcomeWithCase(_Outcome, frozen=True):
    """The same with the packed case behind it. Both are read; a record without it is written as it
    always was."""

    packed_case: bytes | None = None


class _OutcomeWithSame(_OutcomeWithCase, frozen=True):
    """The same without the digests of its sources, which another entry holds; if ``packed_case`` is
    None, that entry holds the case as well, and may leave the digests to a third. Without such an
    entry it is written as before."""

    same_as: int | None = None


class _Refusal(_Content, frozen=True):
    code: str
    purpose: int | None


class _Administration(_Content, frozen=True):
    action: int
    actor: str


class _AdministrationOfDocument(_Administration, frozen=True):
    """The same with a document behind it. Without one it is written as it always was."""

    document: bytes | None = None


class _AdministrationOfKey(_AdministrationOfDocument, frozen=True):
    """The same with a client's key behind it, and no document."""

    client_key: bytes | None = None


class _AdministrationOfAlarm(_AdministrationOfKey, frozen=True):
    """The same with an alarm behind it, and neither document nor key."""

    alarm: str | None = None


class _AdministrationOfChanges(_AdministrationOfAlarm, frozen=True):
    """The same with what changed of a client, or an epoch, behind it, and nothing else."""

    changes: tuple[tuple[int, str | None], ...] = ()
    holder_epoch: int | None = None


class _Correction(_Content, frozen=True):
    action: int
    issuer: str
    evidence_digest: bytes | None


class _Arrival(_Content, frozen=True):
    action: int
    recognition: int | None


class _Pass(_Content, frozen=True):
    action: int
    recognition: int


class _Reading(_Content, frozen=True):
    action: int


class _Publication(_Content, frozen=True):
    action: int
    version: int
    digest: str


class _PublicationSigned(_Publication, frozen=True):
    """The same with who signed it and what differs behind it. Without both it is written as it
    always was."""

    signed_by: tuple[str, ...] = ()
    compared_with: int | None = None
    changes: tuple[tuple[int, str], ...] = ()


def _pack_intent(record: IntentRecord) -> _Intent:
    return _Intent(PURPOSE_NUMBERS[record.purpose], record.issuers)


def _unpack_intent(shared: _Shared, content: _Intent) -> IntentRecord:
    return IntentRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        purpose=_name(PURPOSE_NUMBERS, content.purpose),
        receiving_region=_present(shared.region),
        holder=shared.holder,
        issuers=content.issuers,
    )


def _pack_outcome(record: OutcomeRecord) -> _Outcome:
    members: dict[str, Any] = {
        "purpose": PURPOSE_NUMBERS[record.purpose],
        "color": COLOR_NUMBERS[record.color],
        "decision": DECISION_NUMBERS[record.decision],
        "rule": record.rule,
        "decided_by": record.decided_by,
        "relaxed": record.relaxed,
        "policy_region": record.policy_region,
        "policy_version": record.policy_version,
        "trust_list_version": record.trust_list_version,
        "sources": tuple(_pack_source(source) for source in record.sources),
    }
    if record.packed_case is None:
        return _Outcome(**members)
    return _OutcomeWithCase(**members, packed_case=record.packed_case)


def repeated_content(record: OutcomeRecord, told_in: AuditIndex) -> bytes:
    """Of an outcome that is ``record`` again, at another moment: the entry ``told_in`` holds the
    evidence and the case of both."""
    members = msgspec.structs.asdict(_pack_outcome(record))
    members |= {"sources": _undigested(record), "packed_case": None}
    return msgpack.encode(_OutcomeWithSame(**members, same_as=told_in))


def _without_digests(record: OutcomeRecord, same_as: AuditIndex) -> _OutcomeWithSame:
    members = msgspec.structs.asdict(_pack_outcome(record)) | {"sources": _undigested(record)}
    return _OutcomeWithSame(**members, same_as=same_as)


def _undigested(record: OutcomeRecord) -> tuple[tuple[str, int, None], ...]:
    return tuple([(each.issuer, OUTCOME_NUMBERS[each.outcome], None) for each in record.sources])


def _unpack_outcome(shared: _Shared, content: _OutcomeWithSame) -> OutcomeRecord:
    """If another entry holds the digests of its sources or its case, they are still missing
    (``held_evidence``)."""
    return OutcomeRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        purpose=_name(PURPOSE_NUMBERS, content.purpose),
        receiving_region=_present(shared.region),
        holder=shared.holder,
        color=_name(COLOR_NUMBERS, content.color),
        decision=_name(DECISION_NUMBERS, content.decision),
        rule=content.rule,
        decided_by=content.decided_by,
        relaxed=content.relaxed,
        policy_region=RegionCode(content.policy_region),
        policy_version=content.policy_version,
        trust_list_version=content.trust_list_version,
        sources=tuple(_unpack_source(*source) for source in content.sources),
        packed_case=content.packed_case,
        claims=shared.claims,
        same_as=or_none(AuditIndex, content.same_as),
    )


def _pack_source(source: SourceOutcome) -> tuple[str, int, bytes | None]:
    digest = _full_digest(source.evidence_digest, EVIDENCE_DIGEST_BYTES)
    return source.issuer, OUTCOME_NUMBERS[source.outcome], digest


def _unpack_source(issuer: str, outcome: int, digest: bytes | None) -> SourceOutcome:
    return SourceOutcome(
        issuer=issuer,
        outcome=_name(OUTCOME_NUMBERS, outcome),
        evidence_digest=or_none(base64url.encode, digest),
    )


def _pack_refusal(record: RefusalRecord) -> _Refusal:
    purpose = None if record.purpose is None else PURPOSE_NUMBERS[record.purpose]
    return _Refusal(record.code, purpose)


def _unpack_refusal(shared: _Shared, content: _Refusal) -> RefusalRecord:
    return RefusalRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        code=content.code,
        purpose=None if content.purpose is None else _name(PURPOSE_NUMBERS, content.purpose),
        receiving_region=shared.region,
        holder=shared.holder,
    )


def _pack_administration(record: AdministrationRecord) -> _Administration:
    action = ACTION_NUMBERS[record.action]
    document = _full_digest(record.document_digest, DOCUMENT_DIGEST_BYTES)
    client_key = _full_digest(record.client_key, KEY_DIGEST_BYTES)
    if record.changes or record.holder_epoch is not None:
        changes = tuple((CLIENT_CHANGE_NUMBERS[change], of) for change, of in record.changes)
        given = (document, client_key, record.alarm, changes, record.holder_epoch)
        return _AdministrationOfChanges(action, record.actor, *given)
    if record.alarm is not None:
        return _AdministrationOfAlarm(action, record.actor, document, client_key, record.alarm)
    if client_key is not None:
        return _AdministrationOfKey(action, record.actor, document, client_key)
    if document is None:
        return _Administration(action, record.actor)
    return _AdministrationOfDocument(action, record.actor, document)


def _unpack_administration(
    shared: _Shared, content: _AdministrationOfChanges
) -> AdministrationRecord:
    return AdministrationRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=_name(ACTION_NUMBERS, content.action),
        actor=content.actor,
        document_digest=or_none(base64url.encode, content.document),
        client_key=or_none(base64url.encode, content.client_key),
        alarm=content.alarm,
        changes=tuple((_name(CLIENT_CHANGE_NUMBERS, number), of) for number, of in content.changes),
        holder_epoch=content.holder_epoch,
    )


def _pack_arrival(record: ArrivalRecord) -> _Arrival:
    return _Arrival(ARRIVAL_NUMBERS[record.action], record.recognition)


def _unpack_arrival(shared: _Shared, content: _Arrival) -> ArrivalRecord:
    return ArrivalRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=_name(ARRIVAL_NUMBERS, content.action),
        receiving_region=_present(shared.region),
        holder=shared.holder,
        recognition=or_none(AuditIndex, content.recognition),
    )


def _pack_correction(record: CorrectionRecord) -> _Correction:
    digest = _full_digest(record.evidence_digest, EVIDENCE_DIGEST_BYTES)
    return _Correction(CORRECTION_NUMBERS[record.action], record.issuer, digest)


def _unpack_correction(shared: _Shared, content: _Correction) -> CorrectionRecord:
    return CorrectionRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=_name(CORRECTION_NUMBERS, content.action),
        receiving_region=_present(shared.region),
        holder=shared.holder,
        issuer=content.issuer,
        evidence_digest=or_none(base64url.encode, content.evidence_digest),
    )


def _pack_reading(record: ReadingRecord) -> _Reading:
    return _Reading(READING_NUMBERS[record.action])


def _unpack_reading(shared: _Shared, content: _Reading) -> ReadingRecord:
    return ReadingRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=_name(READING_NUMBERS, content.action),
        receiving_region=shared.region,
        holder=shared.holder,
    )


def _pack_publication(record: PublicationRecord) -> _Publication:
    members = PUBLICATION_NUMBERS[record.action], record.version, record.digest
    if not record.signed_by and record.compared_with is None:
        return _Publication(*members)
    changes = tuple((CHANGE_NUMBERS[change], name) for change, name in record.changes)
    return _PublicationSigned(*members, record.signed_by, record.compared_with, changes)


def _unpack_publication(shared: _Shared, content: _PublicationSigned) -> PublicationRecord:
    return PublicationRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=_name(PUBLICATION_NUMBERS, content.action),
        version=content.version,
        digest=content.digest,
        receiving_region=shared.region,
        signed_by=content.signed_by,
        compared_with=content.compared_with,
        changes=tuple((_name(CHANGE_NUMBERS, number), name) for number, name in content.changes),
    )


class _OfflineDecision(_Content, frozen=True):
    """``decided_at`` in microseconds, ``status`` as the two bits of a list."""

    decision_id: str
    decided_at: int
    status: int | None
    fault: str | None
    list_state: int | None
    recognition: int | None
    destination: str | None


def _pack_offline(record: OfflineDecisionRecord) -> _OfflineDecision:
    return _OfflineDecision(
        record.decision_id,
        microseconds(record.decided_at),
        or_none(int, record.status),
        record.fault,
        record.list_state,
        record.recognition,
        record.destination,
    )


def _unpack_offline(shared: _Shared, content: _OfflineDecision) -> OfflineDecisionRecord:
    return OfflineDecisionRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        receiving_region=_present(shared.region),
        holder=shared.holder,
        decision_id=content.decision_id,
        decided_at=from_microseconds(content.decided_at),
        status=or_none(PassStatus, content.status),
        fault=content.fault,
        list_state=content.list_state,
        recognition=or_none(AuditIndex, content.recognition),
        destination=or_none(RegionCode, content.destination),
    )


def _pack_pass(record: PassRecord) -> _Pass:
    return _Pass(PASS_NUMBERS[record.action], record.recognition)


def _unpack_pass(shared: _Shared, content: _Pass) -> PassRecord:
    if shared.holder is None:
        raise ValueError("a pass has a holder")
    return PassRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=_name(PASS_NUMBERS, content.action),
        receiving_region=_present(shared.region),
        holder=shared.holder,
        recognition=AuditIndex(content.recognition),
    )


class _Relayed(_Content, frozen=True):
    """One issuer. Without an ``outcome`` it is 0, which no outcome is."""

    issuer: str
    outcome: int
    digest: bytes | None
    is_handed: bool
    road: tuple[str, ...]


class _Relay(_Content, frozen=True):
    action: int
    sources: tuple[_Relayed, ...]


def _pack_relay(record: RelayRecord) -> _Relay:
    return _Relay(
        RELAY_NUMBERS[record.action],
        tuple(
            _Relayed(
                each.issuer,
                0 if each.outcome is None else OUTCOME_NUMBERS[each.outcome],
                _full_digest(each.evidence_digest, EVIDENCE_DIGEST_BYTES),
                each.is_handed,
                each.road,
            )
            for each in record.sources
        ),
    )


def _unpack_relay(shared: _Shared, content: _Relay) -> RelayRecord:
    return RelayRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=_name(RELAY_NUMBERS, content.action),
        receiving_region=_present(shared.region),
        holder=shared.holder,
        sources=tuple(
            RelayedOutcome(
                issuer=each.issuer,
                outcome=_name(OUTCOME_NUMBERS, each.outcome) if each.outcome else None,
                evidence_digest=or_none(base64url.encode, each.digest),
                is_handed=each.is_handed,
                road=each.road,
            )
            for each in content.sources
        ),
    )


class _Codec(NamedTuple):
    content: type[_Content]
    pack: Callable[[Any], _Content]
    unpack: Callable[[_Shared, Any], AuditRecord]


_CODECS = {
    AuditKind.INTENT: _Codec(_Intent, _pack_intent, _unpack_intent),
    AuditKind.OUTCOME: _Codec(_OutcomeWithSame, _pack_outcome, _unpack_outcome),
    AuditKind.REFUSAL: _Codec(_Refusal, _pack_refusal, _unpack_refusal),
    AuditKind.ADMINISTRATION: _Codec(
        _AdministrationOfChanges, _pack_administration, _unpack_administration
    ),
    AuditKind.ARRIVAL: _Codec(_Arrival, _pack_arrival, _unpack_arrival),
    AuditKind.CORRECTION: _Codec(_Correction, _pack_correction, _unpack_correction),
    AuditKind.READING: _Codec(_Reading, _pack_reading, _unpack_reading),
    AuditKind.PUBLICATION: _Codec(_PublicationSigned, _pack_publication, _unpack_publication),
    AuditKind.PASS: _Codec(_Pass, _pack_pass, _unpack_pass),
    AuditKind.OFFLINE_DECISION: _Codec(_OfflineDecision, _pack_offline, _unpack_offline),
    AuditKind.RELAY: _Codec(_Relay, _pack_relay, _unpack_relay),
}

N = TypeVar("N", bound=Enum)


def _name(numbers: Mapping[N, int], number: int) -> N:
    for name, its_number in numbers.items():
        if its_number == number:
            return name
    raise LookupError("no word has this number")


@lru_cache(DIGESTS_AT_HAND)
def _full_digest(text: str | None, *counts: int) -> bytes | None:
    """Digests cross interfaces as base64url and are stored as bytes. ValueError for any other text:
    only a digest may get into a column made for one."""
    if text is None:
        return None
    octets = base64url.decode(text)
    if len(octets) not in counts:
        raise ValueError("an audit record takes digests of their full length only")
    return octets


def _present(region: RegionCode | None) -> RegionCode:
    if region is None:
        raise ValueError("this kind of entry has a region")
    return region
