"""What was asked, refused, looked at and passed on to other hubs."""

from tongxing.gateway.storage.audit.codecs.columns_of_record import (
    EVIDENCE_DIGEST_BYTES,
    Codec,
    Content,
    SharedColumns,
    full_digest,
    present,
)
from tongxing.gateway.storage.audit.numbers import (
    OUTCOME_NUMBERS,
    PURPOSE_NUMBERS,
    READING_NUMBERS,
    RELAY_NUMBERS,
    name_of,
)
from tongxing.gateway.storage.audit.records import (
    IntentRecord,
    ReadingRecord,
    RefusalRecord,
    RelayedOutcome,
    RelayRecord,
)
from tongxing.gateway.storage.columns import or_none
from tongxing.keys import base64url


class _Intent(Content, frozen=True):
    purpose: int
    issuers: tuple[str, ...]


def _pack_intent(record: IntentRecord) -> _Intent:
    return _Intent(PURPOSE_NUMBERS[record.purpose], record.issuers)


def _unpack_intent(shared: SharedColumns, content: _Intent) -> IntentRecord:
    return IntentRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        purpose=name_of(PURPOSE_NUMBERS, content.purpose),
        receiving_region=present(shared.region),
        holder=shared.holder,
        issuers=content.issuers,
    )


class _Refusal(Content, frozen=True):
    code: str
    purpose: int | None


def _pack_refusal(record: RefusalRecord) -> _Refusal:
    purpose = None if record.purpose is None else PURPOSE_NUMBERS[record.purpose]
    return _Refusal(record.code, purpose)


def _unpack_refusal(shared: SharedColumns, content: _Refusal) -> RefusalRecord:
    return RefusalRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        code=content.code,
        purpose=None if content.purpose is None else name_of(PURPOSE_NUMBERS, content.purpose),
        receiving_region=shared.region,
        holder=shared.holder,
    )


class _Reading(Content, frozen=True):
    action: int


def _pack_reading(record: ReadingRecord) -> _Reading:
    return _Reading(READING_NUMBERS[record.action])


def _unpack_reading(shared: SharedColumns, content: _Reading) -> ReadingRecord:
    return ReadingRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=name_of(READING_NUMBERS, content.action),
        receiving_region=shared.region,
        holder=shared.holder,
    )


class _Relayed(Content, frozen=True):
    """One issuer. Without an ``outcome`` it is 0, which no outcome is."""

    issuer: str
    outcome: int
    digest: bytes | None
    is_handed: bool
    road: tuple[str, ...]


class _Relay(Content, frozen=True):
    action: int
    sources: tuple[_Relayed, ...]


def _pack_relay(record: RelayRecord) -> _Relay:
    return _Relay(
        RELAY_NUMBERS[record.action],
        tuple(
            _Relayed(
                each.issuer,
                0 if each.outcome is None else OUTCOME_NUMBERS[each.outcome],
                full_digest(each.evidence_digest, EVIDENCE_DIGEST_BYTES),
                each.is_handed,
                each.road,
            )
            for each in record.sources
        ),
    )


def _unpack_relay(shared: SharedColumns, content: _Relay) -> RelayRecord:
    return RelayRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=name_of(RELAY_NUMBERS, content.action),
        receiving_region=present(shared.region),
        holder=shared.holder,
        sources=tuple(
            RelayedOutcome(
                issuer=each.issuer,
                outcome=name_of(OUTCOME_NUMBERS, each.outcome) if each.outcome else None,
                evidence_digest=or_none(base64url.encode, each.digest),
                is_handed=each.is_handed,
                road=each.road,
            )
            for each in content.sources
        ),
    )


INTENT_CODEC = Codec(_Intent, _pack_intent, _unpack_intent)
REFUSAL_CODEC = Codec(_Refusal, _pack_refusal, _unpack_refusal)
READING_CODEC = Codec(_Reading, _pack_reading, _unpack_reading)
RELAY_CODEC = Codec(_Relay, _pack_relay, _unpack_relay)
