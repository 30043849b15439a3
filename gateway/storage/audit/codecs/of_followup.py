"""What came of a recognition later: arrivals, corrections, passes, decisions offline."""

from tongxing.gateway.storage.audit.codecs.columns_of_record import (
    EVIDENCE_DIGEST_BYTES,
    Codec,
    Content,
    SharedColumns,
    full_digest,
    present,
)
from tongxing.gateway.storage.audit.numbers import (
    ARRIVAL_NUMBERS,
    CORRECTION_NUMBERS,
    PASS_NUMBERS,
    name_of,
)
from tongxing.gateway.storage.audit.records import (
    ArrivalRecord,
    CorrectionRecord,
    OfflineDecisionRecord,
    PassRecord,
)
from tongxing.gateway.storage.columns import from_microseconds, microseconds, or_none
from tongxing.keys import base64url
from tongxing.keys.passes import PassStatus
from tongxing.schema import AuditIndex, RegionCode


class _Arrival(Content, frozen=True):
    action: int
    recognition: int | None


def _pack_arrival(record: ArrivalRecord) -> _Arrival:
    return _Arrival(ARRIVAL_NUMBERS[record.action], record.recognition)


def _unpack_arrival(shared: SharedColumns, content: _Arrival) -> ArrivalRecord:
    return ArrivalRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=name_of(ARRIVAL_NUMBERS, content.action),
        receiving_region=present(shared.region),
        holder=shared.holder,
        recognition=or_none(AuditIndex, content.recognition),
    )


class _Correction(Content, frozen=True):
    action: int
    issuer: str
    evidence_digest: bytes | None


def _pack_correction(record: CorrectionRecord) -> _Correction:
    digest = full_digest(record.evidence_digest, EVIDENCE_DIGEST_BYTES)
    return _Correction(CORRECTION_NUMBERS[record.action], record.issuer, digest)


def _unpack_correction(shared: SharedColumns, content: _Correction) -> CorrectionRecord:
    return CorrectionRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=name_of(CORRECTION_NUMBERS, content.action),
        receiving_region=present(shared.region),
        holder=shared.holder,
        issuer=content.issuer,
        evidence_digest=or_none(base64url.encode, content.evidence_digest),
    )


class _Pass(Content, frozen=True):
    action: int
    recognition: int


def _pack_pass(record: PassRecord) -> _Pass:
    return _Pass(PASS_NUMBERS[record.action], record.recognition)


def _unpack_pass(shared: SharedColumns, content: _Pass) -> PassRecord:
    if shared.holder is None:
        raise ValueError("a pass has a holder")
    return PassRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=name_of(PASS_NUMBERS, content.action),
        receiving_region=present(shared.region),
        holder=shared.holder,
        recognition=AuditIndex(content.recognition),
    )


class _OfflineDecision(Content, frozen=True):
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


def _unpack_offline(shared: SharedColumns, content: _OfflineDecision) -> OfflineDecisionRecord:
    return OfflineDecisionRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        receiving_region=present(shared.region),
        holder=shared.holder,
        decision_id=content.decision_id,
        decided_at=from_microseconds(content.decided_at),
        status=or_none(PassStatus, content.status),
        fault=content.fault,
        list_state=content.list_state,
        recognition=or_none(AuditIndex, content.recognition),
        destination=or_none(RegionCode, content.destination),
    )


ARRIVAL_CODEC = Codec(_Arrival, _pack_arrival, _unpack_arrival)
CORRECTION_CODEC = Codec(_Correction, _pack_correction, _unpack_correction)
PASS_CODEC = Codec(_Pass, _pack_pass, _unpack_pass)
OFFLINE_DECISION_CODEC = Codec(_OfflineDecision, _pack_offline, _unpack_offline)
