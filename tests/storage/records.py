"""Records to append: one example of each kind, and strategies for all that there can be."""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import strategies as st

from tongxing.gateway.storage.audit import (
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
)
from tongxing.keys import HolderKey, HolderRef, HubSigner, base64url
from tongxing.keys.passes import PassStatus
from tongxing.schema import AuditIndex, Color, Decision, Outcome, Purpose, RegionCode
from tongxing.schema.audit_words import (
    AdministrativeAction,
    ArrivalAction,
    ClientChange,
    CorrectionAction,
    PassAction,
    PublicationAction,
    PublicationChange,
    ReadingAction,
    RelayAction,
)

AT = datetime(2020, 3, 6, 9, 30, tzinfo=UTC)
ZHENJIANG = RegionCode("321100")
SIGNER = HubSigner(ec.derive_private_key(1, ec.SECP256R1())).log_signer("hub/audit")
"""The same in every process of a test."""

_HOLDERS = HolderKey(b"a synthetic key of thirty-two by")


def intent(number: int = 0, *, client_id: str = "city-system") -> IntentRecord:
    return IntentRecord(
        at=AT + timedelta(seconds=number),
        request_id=f"{number:08d}-request",
        client_id=client_id,
        purpose=Purpose.ENTRY,
        receiving_region=ZHENJIANG,
        holder=_HOLDERS.ref("PASSPORT", str(number)),
        issuers=("zhenjiang", "sukangma", "national"),
    )


def outcome(number: int = 0) -> OutcomeRecord:
    asked = intent(number)
    return OutcomeRecord(
        at=asked.at + timedelta(milliseconds=40),
        request_id=asked.request_id,
        client_id=asked.client_id,
        purpose=asked.purpose,
        receiving_region=asked.receiving_region,
        holder=asked.holder,
        color=Color.GREEN,
        decision=Decision.ADMIT,
        rule="green-is-admitted",
        decided_by="zhenjiang",
        relaxed=False,
        policy_region=ZHENJIANG,
        policy_version=3,
        trust_list_version=7,
        sources=tuple(
            SourceOutcome(
                issuer=issuer,
                outcome=Outcome.VERIFIED,
                evidence_digest=base64url.encode(number.to_bytes(2) * 16),
            )
            for issuer in asked.issuers
        ),
    )


def refusal(number: int = 0) -> RefusalRecord:
    return RefusalRecord(
        at=AT + timedelta(seconds=number),
        request_id=f"{number:08d}-request",
        client_id="transport-hub",
        code="REGION_NOT_GRANTED",
        receiving_region=RegionCode("310000"),
    )


def administration(number: int = 0) -> AdministrationRecord:
    return AdministrationRecord(
        at=AT + timedelta(seconds=number),
        request_id=f"{number:08d}-request",
        client_id="coordinator",
        action=AdministrativeAction.CLIENT_ADDED,
        actor="command-line",
    )


def arrival(number: int = 0) -> ArrivalRecord:
    return ArrivalRecord(
        at=AT + timedelta(seconds=number),
        request_id=f"{number:08d}-request",
        client_id="city-system",
        action=ArrivalAction.RECORDED,
        receiving_region=RegionCode("321102"),
        holder=_HOLDERS.ref("PASSPORT", str(number)),
        recognition=AuditIndex(7),
    )


def correction(number: int = 0) -> CorrectionRecord:
    return CorrectionRecord(
        at=AT + timedelta(seconds=number),
        request_id=f"{number:08d}-request",
        client_id="city-system",
        action=CorrectionAction.REPORTED,
        receiving_region=ZHENJIANG,
        holder=_HOLDERS.ref("PASSPORT", str(number)),
        issuer="zhenjiang",
        evidence_digest=base64url.encode(bytes(32)),
    )


times = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them bare
identifiers = st.from_regex(r"[A-Za-z0-9._:/@+-]{1,64}", fullmatch=True)
regions = st.sampled_from(["000000", "320000", "321100", "321102", "310000", "310115"]).map(
    RegionCode
)
holders = st.integers(0, 3).map(lambda number: _HOLDERS.ref("PASSPORT", str(number)))
digests = st.binary(min_size=32, max_size=32).map(base64url.encode)
sources = st.builds(
    SourceOutcome,
    issuer=identifiers,
    outcome=st.sampled_from(Outcome),
    evidence_digest=st.none() | digests,
)
_versions = st.integers(0, 2**53)

intents = st.builds(
    IntentRecord,
    at=times,
    request_id=identifiers,
    client_id=identifiers,
    purpose=st.sampled_from(Purpose),
    receiving_region=regions,
    holder=st.none() | holders,
    issuers=st.lists(identifiers, max_size=4).map(tuple),
)
outcomes = st.builds(
    OutcomeRecord,
    at=times,
    request_id=identifiers,
    client_id=identifiers,
    purpose=st.sampled_from(Purpose),
    receiving_region=regions,
    holder=st.none() | holders,
    color=st.sampled_from(Color),
    decision=st.sampled_from(Decision),
    rule=st.none() | identifiers,
    decided_by=st.none() | identifiers,
    relaxed=st.booleans(),
    policy_region=regions,
    policy_version=_versions,
    trust_list_version=_versions,
    sources=st.lists(sources, max_size=4).map(tuple),
    packed_case=st.none() | st.binary(max_size=60),
    claims=st.none() | st.binary(min_size=32, max_size=32),
)
refusals = st.builds(
    RefusalRecord,
    at=times,
    request_id=identifiers,
    client_id=identifiers,
    code=identifiers,
    purpose=st.none() | st.sampled_from(Purpose),
    receiving_region=st.none() | regions,
    holder=st.none() | holders,
)
administrations = st.builds(
    AdministrationRecord,
    at=times,
    request_id=identifiers,
    client_id=identifiers,
    action=st.sampled_from(AdministrativeAction),
    actor=identifiers,
    document_digest=st.none() | digests,
    client_key=st.none() | digests,
    alarm=st.none() | identifiers,
    changes=st.lists(
        st.tuples(st.sampled_from(ClientChange), st.none() | identifiers), max_size=3
    ).map(tuple),
    holder_epoch=st.none() | st.integers(0, 65_535),
)
arrivals = st.builds(
    ArrivalRecord,
    at=times,
    request_id=identifiers,
    client_id=identifiers,
    action=st.sampled_from(ArrivalAction),
    receiving_region=regions,
    holder=st.none() | holders,
    recognition=st.none() | st.integers(0, 2**53).map(AuditIndex),
)
passes = st.builds(
    PassRecord,
    at=times,
    request_id=identifiers,
    client_id=identifiers,
    action=st.sampled_from(PassAction),
    receiving_region=regions,
    holder=holders,
    recognition=st.integers(0, 2**53).map(AuditIndex),
)
corrections = st.builds(
    CorrectionRecord,
    at=times,
    request_id=identifiers,
    client_id=identifiers,
    action=st.sampled_from(CorrectionAction),
    receiving_region=regions,
    holder=st.none() | holders,
    issuer=identifiers,
    evidence_digest=st.none() | digests,
)
readings = st.builds(
    ReadingRecord,
    at=times,
    request_id=identifiers,
    client_id=identifiers,
    action=st.sampled_from(ReadingAction),
    receiving_region=st.none() | regions,
    holder=st.none() | holders,
)
publications = st.builds(
    PublicationRecord,
    at=times,
    request_id=identifiers,
    client_id=identifiers,
    action=st.sampled_from(PublicationAction),
    version=_versions,
    digest=identifiers,
    receiving_region=st.none() | regions,
    signed_by=st.lists(identifiers, max_size=3).map(tuple),
    compared_with=_versions,
    changes=st.lists(st.tuples(st.sampled_from(PublicationChange), identifiers), max_size=4).map(
        tuple
    ),
)
offline_decisions = st.builds(
    OfflineDecisionRecord,
    at=times,
    request_id=identifiers,
    client_id=identifiers,
    receiving_region=regions,
    decision_id=identifiers,
    decided_at=times,
    status=st.none() | st.sampled_from(PassStatus),
    fault=st.none() | identifiers,
    list_state=st.none() | _versions,
    holder=st.none() | holders,
    recognition=st.none() | st.integers(0, 2**53).map(AuditIndex),
    destination=st.none() | regions,
)
_relayed = st.builds(
    RelayedOutcome,
    issuer=identifiers,
    outcome=st.none() | st.sampled_from(Outcome),
    evidence_digest=st.none() | digests,
    is_handed=st.booleans(),
    road=st.lists(identifiers, max_size=4).map(tuple),
)
relays = st.builds(
    RelayRecord,
    at=times,
    request_id=identifiers,
    client_id=identifiers,
    action=st.sampled_from(RelayAction),
    receiving_region=regions,
    holder=st.none() | holders,
    sources=st.lists(_relayed, max_size=3).map(tuple),
)
records: st.SearchStrategy[AuditRecord] = st.one_of(
    *(intents, outcomes, refusals, administrations, arrivals, corrections, readings, publications),
    *(offline_decisions, relays),
)


def named(number: int) -> tuple[HolderRef, ...]:
    """The holder of ``intent(number)``, to be looked for."""
    holder = intent(number).holder
    assert holder is not None
    return (holder,)
