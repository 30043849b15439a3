"""An outcome that is recorded again has the bytes of the whole record, whenever that is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.storage.records import AT, outcome, outcomes
from tongxing.gateway.storage.audit import (
    OutcomeRecord,
    RepeatedOutcome,
    SourceOutcome,
    pack_case,
    unpack_case,
)
from tongxing.gateway.storage.audit.encoding import decode_record, encode_record
from tongxing.gateway.storage.audit.held_evidence import key_of_evidence
from tongxing.gateway.storage.audit.outcome_again import evidence_key, row
from tongxing.keys import base64url
from tongxing.schema import (
    AuditIndex,
    Basis,
    Color,
    DocumentKind,
    Evidence,
    HealthCode,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
    Via,
)
from tongxing.schema.case import Case, Circumstances

SECOND = 1_000_000
"""In microseconds."""

OFFSETS = st.sampled_from(
    [0, 1, -1, 499_999, 500_000, 999_999, SECOND, -SECOND, SECOND + 1, -SECOND - 1, 3_600 * SECOND]
) | st.integers(-(10**13), 10**13)
MOMENTS = OFFSETS.map(lambda offset: AT + timedelta(microseconds=offset))
ISSUERS = st.sampled_from(["zhenjiang", "sukangma", "national", "a.b:c/d@e+f-g"])
CODES = st.builds(
    HealthCode,
    color=st.sampled_from(Color),
    raw_value=st.just("as written"),
    issuer=st.just(strawberry.ID("zhenjiang")),
    issuing_place=st.sampled_from([RegionCode("000000"), RegionCode("321102")]),
    basis=st.lists(st.sampled_from(Basis), max_size=3),
    as_of=MOMENTS,
    valid_until=st.none() | MOMENTS,
    previous_color=st.none() | st.sampled_from(Color),
    changed_at=st.none() | MOMENTS,
)
SOURCES = st.builds(
    SourceAnswer,
    issuer=ISSUERS.map(strawberry.ID),
    outcome=st.sampled_from(Outcome),
    evidence=st.none() | st.sampled_from(Evidence),
    codes=st.lists(CODES, max_size=3),
    evidence_digest=st.none() | st.just(base64url.encode(bytes(range(32)))),
    via=st.sampled_from(Via),
)
CASES = st.builds(
    Case,
    sources=st.lists(SOURCES, max_size=5),
    circumstances=st.builds(
        Circumstances,
        purpose=st.sampled_from(Purpose),
        document=st.none() | st.sampled_from(DocumentKind),
        code_issuer=st.none() | ISSUERS,
    ),
    at=MOMENTS,
)
LONG = 40
"""Sources: more than a short array of MessagePack holds."""


def record_of(record: OutcomeRecord, case: Case) -> OutcomeRecord:
    """``record`` as an answer that was judged on ``case`` has it."""
    sources = [
        SourceOutcome(
            issuer=each.issuer, outcome=each.outcome, evidence_digest=each.evidence_digest
        )
        for each in case.sources
    ]
    return replace(
        record,
        at=case.at,
        purpose=case.circumstances.purpose,
        sources=tuple(sources),
        packed_case=pack_case(case),
    )


@settings(deadline=None, max_examples=300)
@given(
    outcomes, CASES, MOMENTS, st.binary(min_size=32, max_size=32), st.none() | st.integers(0, 2**53)
)
def test_its_row_is_that_of_the_whole_record(
    told: OutcomeRecord, case: Case, at: datetime, claims: bytes, index: int | None
) -> None:
    same_as = None if index is None else AuditIndex(index)
    first = record_of(told, case)
    again = RepeatedOutcome(first, case).again(at, "the-second", claims)
    packed = pack_case(replace(case, at=at))
    whole = replace(first, at=at, request_id="the-second", claims=claims, packed_case=packed)
    assert row(again, same_as) == encode_record(whole, same_as)
    assert evidence_key(again) == key_of_evidence(whole)


@settings(deadline=None)
@given(outcomes, CASES, MOMENTS)
def test_it_is_read_as_any_other(told: OutcomeRecord, case: Case, at: datetime) -> None:
    first = record_of(told, case)
    again = RepeatedOutcome(first, case).again(at, "the-second", bytes(32))
    read = decode_record(row(again, None))
    packed = pack_case(replace(case, at=at))
    assert read == replace(
        first, at=at, request_id="the-second", claims=bytes(32), packed_case=packed
    )
    assert isinstance(read, OutcomeRecord)
    assert unpack_case(read) == unpack_case(replace(read, packed_case=packed))
    shortened = decode_record(row(again, AuditIndex(7)))
    assert isinstance(shortened, OutcomeRecord)
    assert shortened.same_as == 7
    assert not any(source.evidence_digest for source in shortened.sources)


def code(**moments: datetime | None) -> HealthCode:
    return HealthCode(
        color=Color.GREEN,
        raw_value="00",
        issuer=strawberry.ID("zhenjiang"),
        issuing_place=RegionCode("321102"),
        basis=[],
        **{"as_of": AT, "valid_until": None, "changed_at": None, **moments},  # type: ignore[arg-type]
        previous_color=None,
    )


def case_with(codes: Sequence[HealthCode]) -> Case:
    source = SourceAnswer(
        issuer=strawberry.ID("zhenjiang"),
        outcome=Outcome.VERIFIED,
        evidence=Evidence.SIGNED,
        codes=list(codes),
    )
    return Case([source], Circumstances(Purpose.ENTRY, DocumentKind.PASSPORT), AT)


@pytest.mark.parametrize("later", [0, 1, 999_999, SECOND, SECOND + 1, 2 * SECOND - 1, 60 * SECOND])
def test_a_green_is_never_younger_and_never_lasts_longer_than_it_did(later: int) -> None:
    """Its ages are those of its own moment, and not those of the first answer."""
    ends, changed = AT + timedelta(seconds=90), AT - timedelta(seconds=9)
    case = case_with([code(valid_until=ends, changed_at=changed)])
    at = AT + timedelta(microseconds=later)
    again = RepeatedOutcome(record_of(outcome(0), case), case).again(at, "again", bytes(32))
    read = decode_record(row(again, None))
    assert isinstance(read, OutcomeRecord)
    unpacked = unpack_case(read)
    assert unpacked is not None
    (seen,) = unpacked.sources[0].codes
    second = timedelta(seconds=1)
    assert seen.valid_until is not None
    assert seen.changed_at is not None
    assert AT - second < seen.as_of <= AT
    assert ends - second < seen.valid_until <= ends
    assert changed <= seen.changed_at < changed + second


def test_an_answer_of_many_sources_is_recorded_again() -> None:
    case = case_with([code()])
    case = replace(case, sources=[*case.sources] * LONG)
    first = record_of(outcome(0), case)
    again = RepeatedOutcome(first, case).again(AT, "again", bytes(32))
    whole = replace(first, request_id="again", claims=bytes(32))
    assert row(again, None) == encode_record(whole)
    assert row(again, AuditIndex(3)) == encode_record(whole, AuditIndex(3))
