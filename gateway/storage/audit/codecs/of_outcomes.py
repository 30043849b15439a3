"""What a recognition came to."""

from typing import Any

import msgspec
from msgspec import msgpack

from tongxing.gateway.storage.audit.codecs.columns_of_record import (
    EVIDENCE_DIGEST_BYTES,
    Codec,
    Content,
    SharedColumns,
    full_digest,
    present,
)
from tongxing.gateway.storage.audit.numbers import (
    COLOR_NUMBERS,
    DECISION_NUMBERS,
    OUTCOME_NUMBERS,
    PURPOSE_NUMBERS,
    name_of,
)
from tongxing.gateway.storage.audit.records import OutcomeRecord, SourceOutcome
from tongxing.gateway.storage.columns import or_none
from tongxing.keys import base64url
from tongxing.schema import AuditIndex, RegionCode


class _Outcome(Content, frozen=True):
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


def without_digests(record: OutcomeRecord, same_as: AuditIndex) -> _OutcomeWithSame:
    members = msgspec.structs.asdict(_pack_outcome(record)) | {"sources": _undigested(record)}
    return _OutcomeWithSame(**members, same_as=same_as)


def _undigested(record: OutcomeRecord) -> tuple[tuple[str, int, None], ...]:
    return tuple([(each.issuer, OUTCOME_NUMBERS[each.outcome], None) for each in record.sources])


def _unpack_outcome(shared: SharedColumns, content: _OutcomeWithSame) -> OutcomeRecord:
    """If another entry holds the digests of its sources or its case, they are still missing
    (``held_evidence``)."""
    return OutcomeRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        purpose=name_of(PURPOSE_NUMBERS, content.purpose),
        receiving_region=present(shared.region),
        holder=shared.holder,
        color=name_of(COLOR_NUMBERS, content.color),
        decision=name_of(DECISION_NUMBERS, content.decision),
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
    digest = full_digest(source.evidence_digest, EVIDENCE_DIGEST_BYTES)
    return source.issuer, OUTCOME_NUMBERS[source.outcome], digest


def _unpack_source(issuer: str, outcome: int, digest: bytes | None) -> SourceOutcome:
    return SourceOutcome(
        issuer=issuer,
        outcome=name_of(OUTCOME_NUMBERS, outcome),
        evidence_digest=or_none(base64url.encode, digest),
    )


OUTCOME_CODEC = Codec(_OutcomeWithSame, _pack_outcome, _unpack_outcome)
