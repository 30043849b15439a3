"""The claims of a receipt: what the hub signs of an answer, and what it reads back of one.

From these claims, the policy file and the issuers' statements the decision can be made again.
Refuses to sign and verify (``keys`` does), and to judge whether a receipt may still be used.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tongxing.gateway.answering.case import Case
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.recognition.circumstances import ColorChange
from tongxing.gateway.recognition.decide import Judgement
from tongxing.gateway.storage.audit import AuditMark
from tongxing.keys import HolderRef
from tongxing.keys.receipts import InvalidReceipt, verify_receipt
from tongxing.keys.suites import PublicKey
from tongxing.schema import (
    AuditIndex,
    Color,
    Decision,
    HealthCode,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
)


def receipt_claims(
    case: Case,
    judgement: Judgement,
    *,
    hub_id: str,
    asker: Asker,
    holder: HolderRef | None,
    trust_list_version: int,
    mark: AuditMark,
    at: datetime,
) -> Mapping[str, object]:
    """``iss`` the hub, ``aud`` the client, ``sub`` the HolderRef (absent where nobody knows whose
    code was scanned), times in Unix seconds, with a fraction where there is one, so that a rule
    that compares them finds the same again; texts and raw values stay out."""
    circumstances = case.circumstances(at)
    claims = {
        "iss": hub_id,
        "aud": asker.client_id,
        "iat": int(at.timestamp()),
        "request": asker.request_id,
        "at": _seconds(at),
        "region": case.inquiry.receiving_region,
        "purpose": case.inquiry.purpose.value,
        "document": None if circumstances.document is None else circumstances.document.value,
        "code_issuer": circumstances.code_issuer,
        "changes": [_change(change) for change in circumstances.changes],
        **verdict_claims(judgement),
        "policy": {
            "region": case.policy.version.region,
            "version": case.policy.version.version,
            "digest": case.policy.version.digest,
        },
        "trust_list": trust_list_version,
        "sources": [_source(source) for source in case.sources],
        "audit": {"index": mark.index, "hash": mark.entry_hash},
    }
    return claims if holder is None else claims | {"sub": holder}


def verdict_claims(judgement: Judgement) -> Mapping[str, object]:
    """What was decided: the claims that come out the same when the decision is made again."""
    return {
        "exp": int(judgement.valid_until.timestamp()),
        "color": judgement.color.value,
        "decision": judgement.decision.value,
        "rule": judgement.rule,
        "decided_by": judgement.decided_by,
        "relaxed": judgement.relaxed,
        "as_of": _seconds(judgement.as_of),
    }


def _source(source: SourceAnswer) -> Mapping[str, object]:
    return {
        "issuer": source.issuer,
        "outcome": source.outcome.value,
        "via": source.via.value,
        "evidence": None if source.evidence is None else source.evidence.value,
        "digest": source.evidence_digest,
        "codes": [_code(code) for code in source.codes],
    }


def _code(code: HealthCode) -> Mapping[str, object]:
    return {
        "color": code.color.value,
        "place": code.issuing_place,
        "basis": [basis.value for basis in code.basis],
        "as_of": _seconds(code.as_of),
        "valid_until": _seconds(code.valid_until),
        "previous_color": None if code.previous_color is None else code.previous_color.value,
        "changed_at": _seconds(code.changed_at),
    }


def _change(change: ColorChange) -> Mapping[str, object]:
    return {"issuer": change.issuer, "place": change.place, "at": _seconds(change.at)}


def _seconds(time: datetime | None) -> int | float | None:
    """NumericDate (RFC 7519 §2). The double nearest to a microsecond gives it back when rounded."""
    if time is None:
        return None
    return time.timestamp() if time.microsecond else int(time.timestamp())


class PresentedCode(msgspec.Struct, frozen=True):
    color: Color
    place: RegionCode


class PresentedSource(msgspec.Struct, frozen=True):
    issuer: str
    outcome: Outcome
    digest: str | None
    codes: tuple[PresentedCode, ...]


class PresentedMark(msgspec.Struct, frozen=True):
    """Where the audit log holds the recognition: no two receipts share one."""

    index: AuditIndex
    hash: str


class PresentedReceipt(msgspec.Struct, frozen=True):
    """The claims of ``receipt_claims`` by the same names; ``iat`` and ``exp`` in Unix seconds."""

    iss: str
    aud: str
    iat: int
    exp: int
    region: RegionCode
    purpose: Purpose
    color: Color
    decision: Decision
    sources: tuple[PresentedSource, ...]
    audit: PresentedMark
    sub: HolderRef | None = None


def read_receipt(unverified: str, public_key: PublicKey) -> PresentedReceipt:
    """What the hub with this key signed. Raises InvalidReceipt."""
    claims = verify_receipt(unverified, public_key)
    try:
        return msgspec.convert(dict(claims), PresentedReceipt)
    except msgspec.ValidationError:
        raise InvalidReceipt("a receipt with other claims than this program signs") from None
