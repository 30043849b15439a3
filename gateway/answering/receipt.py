"""The claims: what the hub states of an answer, in a receipt and in a proof alike.

The one codec of a case in claims: from them, the policy file and the issuers' statements the
decision can be made again. They are made before the answer is recorded, because the record holds
their digest; a receipt says besides where the log holds it. Refuses to sign and verify
(``keys.receipts`` and ``proof`` do), and to judge whether a receipt may still be used.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import strawberry
from msgspec import UNSET, Struct, UnsetType

from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.steps import Judged
from tongxing.gateway.recognition.decide import Judgement
from tongxing.gateway.storage.audit import Logged
from tongxing.gateway.storage.columns import from_microseconds
from tongxing.gateway.storage.log_names import is_first_name
from tongxing.keys import HolderEpoch, HolderEpochs, HolderRef, base64url
from tongxing.keys.receipts import InvalidReceipt, verify_receipt
from tongxing.keys.suites import PublicKey
from tongxing.schema import (
    AuditIndex,
    Basis,
    Color,
    Decision,
    DocumentKind,
    Evidence,
    HealthCode,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
    TravelDocument,
    Via,
)
from tongxing.schema.case import Case, Circumstances, ColorChange

Seconds = int | float
"""A NumericDate (RFC 7519 §2): Unix seconds, with a fraction if there is one, so that a rule that
compares times finds the same again. The double nearest to a microsecond gives it back rounded."""


class ReceiptCode(Struct, frozen=True):
    """A health code without its raw value, which no rule looks at."""

    color: Color
    place: RegionCode
    basis: tuple[Basis, ...]
    as_of: Seconds
    valid_until: Seconds | None
    previous_color: Color | None
    changed_at: Seconds | None


class ReceiptSource(Struct, frozen=True, kw_only=True):
    issuer: str
    outcome: Outcome
    via: Via = Via.LIVE
    evidence: Evidence | None
    digest: str | None
    codes: tuple[ReceiptCode, ...]
    road: tuple[str, ...] | UnsetType = UNSET
    """Absent if the issuer itself was asked, and in receipts of before hubs asked hubs."""


class ReceiptChange(Struct, frozen=True):
    issuer: str
    place: str
    at: Seconds


class ReceiptPolicy(Struct, frozen=True):
    region: RegionCode
    version: int
    digest: str


class ReceiptMark(Struct, frozen=True, omit_defaults=True):
    """Where the audit log holds the recognition: no two receipts share one. ``hash`` is that of its
    leaf; ``root`` that of the first ``size`` entries, so that the receipt fixes all of them. In
    receipts of the time before the log was a tree, ``hash`` is that of the chain, which does.
    ``log`` is the name of a log that goes on after it was restored; the first one has none."""

    index: AuditIndex
    hash: str
    size: int | None = None
    root: str | None = None
    log: str | None = None


class Claims(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In the order in which they are written; texts stay out. ``iss`` is the hub, ``aud`` the
    client, ``iat`` and ``exp`` whole Unix seconds. ``sub`` is the holder as this client sees them,
    ``named`` binds the document with the name; both are absent if no issuer confirmed number and
    name. Receipts of the first versions have ``sub`` alone, and it is a HolderRef."""

    iss: str
    aud: str
    iat: int
    request: str
    at: Seconds
    region: RegionCode
    purpose: Purpose
    document: DocumentKind | None
    code_issuer: str | None
    changes: tuple[ReceiptChange, ...]
    exp: int
    color: Color
    decision: Decision
    rule: str
    decided_by: str | None
    relaxed: bool
    as_of: Seconds | None
    policy: ReceiptPolicy
    trust_list: int
    sources: tuple[ReceiptSource, ...]
    sub: str | None = None
    named: str | None = None


class Receipt(Claims, frozen=True, kw_only=True):
    audit: ReceiptMark


class HolderClaims(NamedTuple):
    """Both None if no issuer confirmed number and name."""

    sub: str | None
    named: str | None


def holder_claims(judged: Judged, client_id: str, epochs: HolderEpochs) -> HolderClaims:
    """The holder of ``judged`` as this client may see them, in the epoch of the case's moment."""
    if judged.confirmed is None or judged.holder is None:
        return HolderClaims(None, None)
    return HolderClaims(
        epochs.shown_to(client_id, judged.holder.ref),
        named_by(judged.confirmed, client_id, epochs.at(judged.case.at)),
    )


def claims_of(
    judged: Judged, *, hub_id: str, asker: Asker, trust_list_version: int, holder: HolderClaims
) -> Claims:
    """What is stated of ``judged``."""
    case, policy = judged.case, judged.policy.version
    looked_at = case.circumstances
    return Claims(
        iss=hub_id,
        aud=asker.client_id,
        iat=whole_seconds(case.at),
        request=asker.request_id,
        at=seconds(case.at),
        region=judged.inquiry.receiving_region,
        purpose=looked_at.purpose,
        document=looked_at.document,
        code_issuer=looked_at.code_issuer,
        changes=tuple(ReceiptChange(c.issuer, c.place, seconds(c.at)) for c in looked_at.changes),
        **_verdict(judged.judgement),
        policy=ReceiptPolicy(policy.region, policy.version, policy.digest),
        trust_list=trust_list_version,
        sources=tuple([source_claims(source) for source in case.sources]),
        sub=holder.sub,
        named=holder.named,
    )


def claims_text(claims: Claims) -> bytes:
    """As a proof hands them over and as the log's entry holds the digest of them."""
    return msgspec.json.encode(claims)


def receipt_text(claims: bytes, logged: Logged) -> bytes:
    """``claims`` (``claims_text``), and where the log holds them; ready to be signed."""
    head = logged.signed.head
    root = base64url.encode(head.root)
    later = None if is_first_name(head.origin) else head.origin
    mark = ReceiptMark(logged.index, logged.entry_hash, head.size, root, later)
    return claims[:-1] + b',"audit":' + msgspec.json.encode(mark) + b"}"


def named_by(document: TravelDocument, client_id: str, epoch: HolderEpoch) -> str:
    """The claim ``named`` of a receipt for this client about the holder of ``document``."""
    return epoch.key.named(client_id, document.kind.value, document.number, document.name)


def holder_of(receipt: Receipt, epochs: HolderEpochs) -> HolderRef | None:
    """The holder in the hub's own records; None if the receipt names none. A receipt of the first
    versions names a holder whom perhaps no issuer confirmed, and counts as one that names none; so
    does one whose epoch is destroyed. Raises ValueError, OverflowError."""
    epoch = epoch_of(receipt, epochs)
    if receipt.sub is None or receipt.named is None or epoch is None:
        return None
    return epoch.key.behind(receipt.aud, receipt.sub)


def epoch_of(receipt: Claims, epochs: HolderEpochs) -> HolderEpoch | None:
    """The one in which it names its holder; None if that is destroyed. Raises OverflowError."""
    return epochs.begun_by(_time(receipt.at))


def verdict_claims(judgement: Judgement) -> Mapping[str, object]:
    """What was decided: the claims that come out the same when the decision is made again."""
    claims: Mapping[str, object] = msgspec.to_builtins(_verdict(judgement))
    return claims


def read_receipt(unverified: str, *public_keys: PublicKey) -> Receipt:
    """What the hub with these keys signed. Raises InvalidReceipt."""
    return receipt_of(verify_receipt(unverified, *public_keys))


def receipt_of(claims: Mapping[str, object]) -> Receipt:
    """Raises InvalidReceipt for other claims than this program signs."""
    try:
        return msgspec.convert(dict(claims), Receipt)
    except msgspec.ValidationError:
        raise InvalidReceipt("a receipt with other claims than this program signs") from None


def case_of(receipt: Claims) -> Case:
    """What the receipt's decision was made on. Raises OverflowError for a time that no calendar
    has."""
    return Case(
        sources=[source_of(source) for source in receipt.sources],
        circumstances=Circumstances(
            purpose=receipt.purpose,
            document=receipt.document,
            code_issuer=receipt.code_issuer,
            changes=tuple(change_of(change) for change in receipt.changes),
        ),
        at=_time(receipt.at),
    )


def change_of(change: ReceiptChange) -> ColorChange:
    """Raises OverflowError for a time that no calendar has."""
    return ColorChange(change.issuer, change.place, _time(change.at))


def _verdict(judgement: Judgement) -> dict[str, Any]:
    as_of = judgement.as_of
    return {
        "exp": whole_seconds(judgement.valid_until),
        "color": judgement.color,
        "decision": judgement.decision,
        "rule": judgement.rule,
        "decided_by": judgement.decided_by,
        "relaxed": judgement.relaxed,
        "as_of": None if as_of is None else seconds(as_of),
    }


def source_claims(source: SourceAnswer) -> ReceiptSource:
    return ReceiptSource(
        issuer=source.issuer,
        outcome=source.outcome,
        via=source.via,
        evidence=source.evidence,
        digest=source.evidence_digest,
        codes=tuple([_code(code) for code in source.codes]),
        road=tuple(source.road) or UNSET,
    )


def source_of(source: ReceiptSource) -> SourceAnswer:
    """Raises OverflowError for a time that no calendar has."""
    return SourceAnswer(
        issuer=strawberry.ID(source.issuer),
        outcome=source.outcome,
        evidence=source.evidence,
        codes=[_health_code(code, source.issuer) for code in source.codes],
        evidence_digest=source.digest,
        via=source.via,
        road=[] if source.road is UNSET else [strawberry.ID(hub) for hub in source.road],
    )


def _code(code: HealthCode) -> ReceiptCode:
    ends, changed = code.valid_until, code.changed_at
    return ReceiptCode(
        color=code.color,
        place=code.issuing_place,
        basis=tuple(code.basis),
        as_of=seconds(code.as_of),
        valid_until=None if ends is None else seconds(ends),
        previous_color=code.previous_color,
        changed_at=None if changed is None else seconds(changed),
    )


def _health_code(code: ReceiptCode, issuer: str) -> HealthCode:
    return HealthCode(
        color=code.color,
        raw_value=code.color.value,
        issuer=strawberry.ID(issuer),
        issuing_place=code.place,
        basis=list(code.basis),
        as_of=_time(code.as_of),
        valid_until=None if code.valid_until is None else _time(code.valid_until),
        previous_color=code.previous_color,
        changed_at=None if code.changed_at is None else _time(code.changed_at),
    )


def whole_seconds(time: datetime) -> int:
    return int(time.timestamp())


def seconds(time: datetime) -> Seconds:
    return time.timestamp() if time.microsecond else int(time.timestamp())


def _time(seconds: Seconds) -> datetime:
    return from_microseconds(round(seconds * 1_000_000))
