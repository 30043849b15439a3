"""Records: what may be in them, and that their bytes give them back."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry import ID

from tests.storage.records import (
    AT,
    administration,
    arrival,
    correction,
    intent,
    outcome,
    records,
    refusal,
    times,
)
from tongxing.gateway.storage.audit import AuditMark, AuditRecord, pack_case, unpack_case
from tongxing.gateway.storage.audit.encoding import Unreadable, decode_record, encode_record
from tongxing.gateway.storage.audit.numbers import (
    ACTION_NUMBERS,
    ARRIVAL_NUMBERS,
    COLOR_NUMBERS,
    CORRECTION_NUMBERS,
    DECISION_NUMBERS,
    KIND_NUMBERS,
    OUTCOME_NUMBERS,
    PASS_NUMBERS,
    PUBLICATION_NUMBERS,
    PURPOSE_NUMBERS,
    READING_NUMBERS,
)
from tongxing.gateway.storage.audit.packed_case import (
    BASIS_BITS,
    DOCUMENT_NUMBERS,
    EVIDENCE_NUMBERS,
)
from tongxing.gateway.storage.chain import BEFORE_THE_FIRST, next_link
from tongxing.gateway.storage.columns import from_microseconds, microseconds
from tongxing.gateway.storage.entries import AuditRow
from tongxing.keys.holder import HolderRef
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
)
from tongxing.schema.audit_words import (
    AdministrativeAction,
    ArrivalAction,
    AuditKind,
    CorrectionAction,
    PassAction,
    PublicationAction,
    ReadingAction,
)
from tongxing.schema.case import Case, Circumstances


@settings(deadline=None)
@given(records)
def test_a_record_survives_its_encoding(record: AuditRecord) -> None:
    assert decode_record(encode_record(record)) == record


TABLES: dict[str, tuple[type[Enum], Mapping[Any, int]]] = {
    "kinds": (AuditKind, KIND_NUMBERS),
    "actions": (AdministrativeAction, ACTION_NUMBERS),
    "arrivals": (ArrivalAction, ARRIVAL_NUMBERS),
    "corrections": (CorrectionAction, CORRECTION_NUMBERS),
    "readings": (ReadingAction, READING_NUMBERS),
    "publications": (PublicationAction, PUBLICATION_NUMBERS),
    "passes": (PassAction, PASS_NUMBERS),
    "purposes": (Purpose, PURPOSE_NUMBERS),
    "colors": (Color, COLOR_NUMBERS),
    "decisions": (Decision, DECISION_NUMBERS),
    "outcomes": (Outcome, OUTCOME_NUMBERS),
    "evidence": (Evidence, EVIDENCE_NUMBERS),
    "documents": (DocumentKind, DOCUMENT_NUMBERS),
    "bases": (Basis, BASIS_BITS),
}


@pytest.mark.parametrize(("words", "numbers"), TABLES.values(), ids=TABLES)
def test_every_word_has_a_number_of_its_own(words: type[Enum], numbers: Mapping[Any, int]) -> None:
    assert set(numbers) == set(words)
    assert len(set(numbers.values())) == len(numbers)


CASE = Case(
    [
        SourceAnswer(
            issuer=ID("zhenjiang"),
            outcome=Outcome.VERIFIED,
            evidence=Evidence.SIGNED,
            codes=[
                HealthCode(
                    color=Color.GREEN,
                    raw_value="绿码",
                    issuer=ID("zhenjiang"),
                    issuing_place=RegionCode("321100"),
                    basis=[Basis.CONVERTED],
                    as_of=AT - timedelta(hours=1, microseconds=1),
                    valid_until=AT + timedelta(hours=1, microseconds=1),
                    previous_color=Color.RED,
                    changed_at=AT - timedelta(hours=2, microseconds=1),
                )
            ],
        )
    ],
    Circumstances(Purpose.ENTRY, DocumentKind.PASSPORT),
    AT,
)
WITH_ONE = replace(outcome(0), sources=outcome(0).sources[:1])
PINNED = {
    "intent": (intent(1), "920193a97a68656e6a69616e67a873756b616e676d61a86e6174696f6e616c"),
    "refusal": (refusal(1), "92b2524547494f4e5f4e4f545f4752414e544544c0"),
    "administration": (administration(1), "9201ac636f6d6d616e642d6c696e65"),
    "arrival": (arrival(1), "920107"),
    "correction": (correction(1), "9302a97a68656e6a69616e67c420" + "00" * 32),
    "outcome without sources": (
        replace(outcome(1), sources=()),
        "9a010101b1677265656e2d69732d61646d6974746564a97a68656e6a69616e67c2a6333231313030030790",
    ),
    "outcome with one": (
        replace(outcome(0), sources=outcome(0).sources[:1]),
        "9a010101b1677265656e2d69732d61646d6974746564a97a68656e6a69616e67c2a6333231313030030791"
        "93a97a68656e6a69616e6701c420" + "00" * 32,
    ),
    "outcome with its case": (
        replace(WITH_ONE, packed_case=pack_case(CASE)),
        "9b010101b1677265656e2d69732d61646d6974746564a97a68656e6a69616e67c2a6333231313030030791"
        "93a97a68656e6a69616e6701c420" + "00" * 32 + "c41a9302c0919201"
        "9701cd1000ce0004e64ccd0e11cd0e1003cd1c20",
    ),
}


def test_a_case_is_rounded_to_whole_seconds_and_never_to_the_greener_side() -> None:
    case = unpack_case(replace(WITH_ONE, at=AT, packed_case=pack_case(CASE)))
    assert case is not None
    (code,) = case.sources[0].codes
    assert case.circumstances == Circumstances(outcome(0).purpose, DocumentKind.PASSPORT)
    assert code.valid_until is not None
    assert code.changed_at is not None
    ages = (AT - code.as_of, code.valid_until - AT, AT - code.changed_at)
    assert [age.total_seconds() for age in ages] == [3601, 3600, 7200]
    assert (code.color, code.previous_color) == (Color.GREEN, Color.RED)
    assert (code.basis, code.issuing_place) == ([Basis.CONVERTED], RegionCode("321100"))


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_other_bytes_are_no_case_and_nothing_worse(octets: bytes) -> None:
    with contextlib.suppress(ValueError, LookupError, msgspec.MsgspecError):
        unpack_case(replace(WITH_ONE, packed_case=octets))


@pytest.mark.parametrize(("record", "content"), PINNED.values(), ids=PINNED)
def test_the_bytes_of_version_1_do_not_change(record: AuditRecord, content: str) -> None:
    assert encode_record(record).content.hex() == content


def test_the_chain_of_version_1_does_not_change() -> None:
    row = AuditRow(3, 1_583_487_000_000_000, "request", "client", None, b"h" * 16, b"\x92\xa1x\xc0")
    link = next_link(next_link(BEFORE_THE_FIRST, row), row)
    assert link.mark() == AuditMark(AuditIndex(1), "CeSJfGrW9kvqYWCWw78VzZZVhC_KFIhdCoJ4e9gicwQ")


REFUSED: dict[str, Callable[[], object]] = {
    "a name for a client": lambda: intent(client_id="王小明"),
    "a sentence for a client": lambda: intent(client_id="two words"),
    "nothing for a client": lambda: intent(client_id=""),
    "65 characters for a client": lambda: intent(client_id="x" * 65),
    "a time without a zone": lambda: microseconds(datetime(2020, 3, 6)),  # noqa: DTZ001 - the case
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"zone|identifiers"):
        make()


@pytest.mark.parametrize("holder", ["321100198001010016", "", "AAAA", "A" * 21 + "B"])
def test_what_is_no_holder_reference_is_not_encoded(holder: str) -> None:
    record = refusal()
    changed = type(record)(
        at=record.at,
        request_id=record.request_id,
        client_id=record.client_id,
        code=record.code,
        holder=HolderRef(holder),
    )
    with pytest.raises(ValueError, match=r"base64url|digests"):
        encode_record(changed)


@settings(deadline=None)
@given(
    kind=st.integers(-1, 9),
    content=st.binary(max_size=60),
    region=st.none() | st.just("321100"),
)
def test_other_bytes_are_unreadable_and_nothing_worse(
    kind: int, content: bytes, region: str | None
) -> None:
    with contextlib.suppress(Unreadable):
        decode_record(AuditRow(kind, 0, "request", "client", region, None, content))


@settings(deadline=None)
@given(times)
def test_times_are_exact_to_the_microsecond(at: datetime) -> None:
    assert from_microseconds(microseconds(at)) == at


def test_another_zone_is_the_same_moment() -> None:
    shanghai = AT.astimezone(timezone(timedelta(hours=8)))
    assert microseconds(shanghai) == microseconds(AT)
    assert from_microseconds(microseconds(shanghai)).tzinfo is UTC
