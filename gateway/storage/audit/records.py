"""What the audit log holds: a few kinds of record, each a closed list of fields.

A record takes identifiers, digests, numbers and times. It has no field for a sentence, so that no
name and no text that a person wrote can get in. Holders appear only as HolderRef. Times are aware.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

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

_IDENTIFIER = re.compile(r"[A-Za-z0-9._:/@+-]{1,64}")
"""Request ids, client and issuer ids, codes and rule ids all have this form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRecord:
    """Issuers are about to be asked about a holder; written before any of them is.

    ``holder`` is None for a scanned code that does not yet reveal its holder.
    """

    at: datetime
    request_id: str
    client_id: str
    purpose: Purpose
    receiving_region: RegionCode
    holder: HolderRef | None
    issuers: tuple[str, ...]

    def __post_init__(self) -> None:
        _check(self.at, (self.request_id, self.client_id, *self.issuers))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOutcome:
    """The outcome of asking one issuer. ``evidence_digest`` is that of the answer: the SHA-256 of
    the statement as received, base64url."""

    issuer: str
    outcome: Outcome
    evidence_digest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecord:
    """What the client was told about a holder; written before the answer leaves. Its request id
    and holder are those of the intent that announced it. ``packed_case`` is what it was judged
    on, as ``pack_case`` packs it; None in the records of the first versions. ``claims`` is the
    SHA-256 of what its receipt and its proof state; None before the log was a tree. ``same_as`` is
    an earlier entry that holds the digests of these sources, so that this one need not. ``case_at``
    is its moment if it holds the packed case as well: the ages in it count from there."""

    at: datetime
    request_id: str
    client_id: str
    purpose: Purpose
    receiving_region: RegionCode
    holder: HolderRef | None
    color: Color
    decision: Decision
    rule: str | None
    decided_by: str | None
    relaxed: bool
    policy_region: RegionCode
    policy_version: int
    trust_list_version: int
    sources: tuple[SourceOutcome, ...]
    packed_case: bytes | None = None
    claims: bytes | None = None
    same_as: AuditIndex | None = None
    case_at: datetime | None = None

    def __post_init__(self) -> None:
        issuers = [source.issuer for source in self.sources]
        given = [text for text in (self.rule, self.decided_by) if text is not None]
        _check(self.at, (self.request_id, self.client_id, *issuers, *given))


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRecord:
    """A known client was refused. ``code`` is the stable code that it got; the optional fields hold
    what was known of its question by then."""

    at: datetime
    request_id: str
    client_id: str
    code: str
    purpose: Purpose | None = None
    receiving_region: RegionCode | None = None
    holder: HolderRef | None = None

    def __post_init__(self) -> None:
        _check(self.at, (self.request_id, self.client_id, self.code))


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministrationRecord:
    """``actor`` added, changed, revoked or resumed the client ``client_id``; or the hub stopped it.
    Or ``actor``, who is ``client_id`` too, registered or withdrew the trusted document of which
    ``document_digest`` is the SHA-256, base64url. Or a key of the client was put in or ended, by an
    operator or by itself: ``client_key`` is its thumbprint (RFC 7638). Or ``actor``, who is
    ``client_id`` too, acknowledged ``alarm``. ``changes`` say what of the client's registration is
    otherwise than before: a region, scope or purpose, or nothing for its name. Or the epoch
    ``holder_epoch`` of the holder key began or was destroyed; then ``client_id`` is the hub."""

    at: datetime
    request_id: str
    client_id: str
    action: AdministrativeAction
    actor: str
    document_digest: str | None = None
    client_key: str | None = None
    alarm: str | None = None
    changes: tuple[tuple[ClientChange, str | None], ...] = ()
    holder_epoch: int | None = None

    def __post_init__(self) -> None:
        given = [text for text in (self.alarm, *(of for _, of in self.changes)) if text is not None]
        _check(self.at, (self.request_id, self.client_id, self.actor, *given))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalRecord:
    """An arrival in ``receiving_region`` was written or read. ``recognition`` is the audit entry of
    the recognition that it rests on."""

    at: datetime
    request_id: str
    client_id: str
    action: ArrivalAction
    receiving_region: RegionCode
    holder: HolderRef | None = None
    recognition: AuditIndex | None = None

    def __post_init__(self) -> None:
        _check(self.at, (self.request_id, self.client_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRecord:
    """A mistake was reported to ``issuer``, or the issuer was asked for its decision.
    ``evidence_digest`` names the statement that was wrong."""

    at: datetime
    request_id: str
    client_id: str
    action: CorrectionAction
    receiving_region: RegionCode
    holder: HolderRef | None
    issuer: str
    evidence_digest: str | None

    def __post_init__(self) -> None:
        _check(self.at, (self.request_id, self.client_id, self.issuer))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRecord:
    """A client is about to read records; written before it sees any. ``holder`` is the one that it
    searches for, ``receiving_region`` the one whose records it asked for, if it named any."""

    at: datetime
    request_id: str
    client_id: str
    action: ReadingAction
    receiving_region: RegionCode | None = None
    holder: HolderRef | None = None

    def __post_init__(self) -> None:
        _check(self.at, (self.request_id, self.client_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationRecord:
    """The hub has taken another trust list, or other policies of ``receiving_region``. ``version``
    is the highest, ``digest`` that of the content. ``signed_by`` are the ids of the keys that have
    signed it; ``changes`` say in what it differs from the version ``compared_with``, which was held
    before: None if none was, and in the records of the first versions. Or its log goes on under
    another name (``log_names``). No client did this: ``client_id`` is the hub."""

    at: datetime
    request_id: str
    client_id: str
    action: PublicationAction
    version: int
    digest: str
    receiving_region: RegionCode | None = None
    signed_by: tuple[str, ...] = ()
    compared_with: int | None = None
    changes: tuple[tuple[PublicationChange, str], ...] = ()

    def __post_init__(self) -> None:
        changed = [name for _, name in self.changes]
        _check(self.at, (self.request_id, self.client_id, self.digest, *self.signed_by, *changed))


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRecord:
    """A pass was issued, withdrawn or checked. ``recognition`` is the audit entry of what it rests
    on."""

    at: datetime
    request_id: str
    client_id: str
    action: PassAction
    receiving_region: RegionCode
    holder: HolderRef
    recognition: AuditIndex

    def __post_init__(self) -> None:
        _check(self.at, (self.request_id, self.client_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineDecisionRecord:
    """The client's device decided at ``decided_at`` without a network, and handed it in at ``at``.
    ``status`` is what it showed, None if it could not tell; ``fault`` what was wrong, if anything;
    ``list_state`` the number of the list's state that it had. ``recognition`` is the entry that the
    pass rests on, None if it was no pass of this hub; ``destination`` where an arrival was to be
    recorded."""

    at: datetime
    request_id: str
    client_id: str
    receiving_region: RegionCode
    decision_id: str
    decided_at: datetime
    status: PassStatus | None
    fault: str | None
    list_state: int | None
    holder: HolderRef | None
    recognition: AuditIndex | None
    destination: RegionCode | None

    def __post_init__(self) -> None:
        given = (self.fault,) if self.fault is not None else ()
        _check(self.at, (self.request_id, self.client_id, self.decision_id, *given))


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayedOutcome:
    """What passed between two hubs of one issuer. ``outcome`` is None if the issuer is yet to be
    asked, or if the statement was not verified yet; ``evidence_digest`` is that of the statement
    that this hub got, ``is_handed`` says whether the other one got it from it, or it from the other
    one; ``road`` are the hubs that it came through."""

    issuer: str
    outcome: Outcome | None = None
    evidence_digest: str | None = None
    is_handed: bool = False
    road: tuple[str, ...] = ()

    @classmethod
    def to_be_asked(cls, issuer: str) -> "RelayedOutcome":
        return cls(issuer=issuer)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayRecord:
    """Two hubs passed statements about one holder or code on. ``request_id`` is the text under
    which both record the exchange, ``client_id`` the hub that asks; if this one asks, the hub that
    it asked."""

    at: datetime
    request_id: str
    client_id: str
    action: RelayAction
    receiving_region: RegionCode
    holder: HolderRef | None
    sources: tuple[RelayedOutcome, ...]

    def __post_init__(self) -> None:
        named = [text for each in self.sources for text in (each.issuer, *each.road)]
        _check(self.at, (self.request_id, self.client_id, *named))


AuditRecord = (
    IntentRecord
    | OutcomeRecord
    | RefusalRecord
    | AdministrationRecord
    | ArrivalRecord
    | CorrectionRecord
    | ReadingRecord
    | PublicationRecord
    | PassRecord
    | OfflineDecisionRecord
    | RelayRecord
)


def named_holder(record: AuditRecord) -> HolderRef | None:
    """The holder of ``record`` if an issuer confirmed number and name. For a question that is only
    announced, or that no issuer knew the answer to, the client may have made up the name: whoever
    saw the holder of such an entry could try numbers out."""
    match record:
        case OutcomeRecord() | RelayRecord():
            known = any(source.outcome is Outcome.VERIFIED for source in record.sources)
            return record.holder if known else None
        case ArrivalRecord() | CorrectionRecord() | PassRecord() | OfflineDecisionRecord():
            return record.holder
        case _:
            return None


def is_identifier(text: str) -> bool:
    """Whether a record takes it."""
    return _IDENTIFIER.fullmatch(text) is not None


def kind_of(record: AuditRecord) -> AuditKind:
    return _KINDS[type(record)]


_KINDS = {
    IntentRecord: AuditKind.INTENT,
    OutcomeRecord: AuditKind.OUTCOME,
    RefusalRecord: AuditKind.REFUSAL,
    AdministrationRecord: AuditKind.ADMINISTRATION,
    ArrivalRecord: AuditKind.ARRIVAL,
    CorrectionRecord: AuditKind.CORRECTION,
    ReadingRecord: AuditKind.READING,
    PublicationRecord: AuditKind.PUBLICATION,
    PassRecord: AuditKind.PASS,
    OfflineDecisionRecord: AuditKind.OFFLINE_DECISION,
    RelayRecord: AuditKind.RELAY,
}


def _check(at: datetime, identifiers: Iterable[str]) -> None:
    if at.tzinfo is None:
        raise ValueError("an audit record's time needs a zone")
    if not all(_IDENTIFIER.fullmatch(identifier) for identifier in identifiers):
        raise ValueError("an audit record takes identifiers, not text")
