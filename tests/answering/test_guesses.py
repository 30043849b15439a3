"""What counts as a guess, which guesses are counted together, and how many are too many."""

from dataclasses import replace

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st

from tests.answering.guessing import resident
from tests.recognition.given import code, verified
from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.guesses import (
    SERIAL_FACTOR,
    Fate,
    GuessLimits,
    Tally,
    allowed,
    fate_of,
    parts_of,
    stop_by,
)
from tongxing.gateway.answering.inquiry import Inquiry
from tongxing.gateway.answering.steps import Answered
from tongxing.schema import (
    Color,
    DocumentKind,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
    TravelDocument,
)
from tongxing.schema.stopped_client import StopReason

LIMITS = GuessLimits()
ONE = resident(1)


def document(kind: DocumentKind, number: str, name: str = "DOE JOHN") -> TravelDocument:
    return TravelDocument.parse(kind, number, name)


def shared(one: TravelDocument, other: TravelDocument) -> set[StopReason]:
    return {part.reason for part in set(parts_of(one)) & set(parts_of(other))}


def passport(number: str, name: str = "DOE JOHN") -> TravelDocument:
    return document(DocumentKind.PASSPORT, number, name)


PREFIX, ENDS, NUMBER, NAME = (
    StopReason.SAME_PREFIX,
    StopReason.SAME_ENDS,
    StopReason.SAME_NUMBER,
    StopReason.SAME_NAME,
)
TOGETHER: dict[str, tuple[TravelDocument, TravelDocument, set[StopReason]]] = {
    "another sequence": (ONE, resident(2, name="赵一"), {PREFIX}),
    "another date of birth with the same ending": (
        ONE,
        next(
            other
            for day in range(10, 32)
            for month in ("01", "03", "05", "07")
            if (other := resident(1, f"1990{month}{day}", "赵一")).number[-4:] == ONE.number[-4:]
        ),
        {ENDS},
    ),
    "another name": (ONE, replace(ONE, name="赵一"), {PREFIX, ENDS, NUMBER}),
    "the same name alone": (ONE, resident(2, "19750101"), {NAME}),
    "neighboring passports": (passport("E12345678"), passport("E12345999", "ROE"), {PREFIX}),
    "far passports": (passport("E12345678"), passport("E12346678", "ROE"), set()),
    "a permit and a passport": (
        document(DocumentKind.TAIWAN_PERMIT, "12345678"),
        passport("12345679", "ROE"),
        set(),
    ),
    "permanent residence cards of the old form": (
        document(DocumentKind.FOREIGN_PERMANENT_RESIDENCE, "POL321112345678"),
        document(DocumentKind.FOREIGN_PERMANENT_RESIDENCE, "POL321112345999", "ROE"),
        {PREFIX},
    ),
}


@pytest.mark.parametrize(("one", "other", "parts"), TOGETHER.values(), ids=TOGETHER)
def test_guesses_are_counted_together_by_what_they_share(
    one: TravelDocument, other: TravelDocument, parts: set[StopReason]
) -> None:
    assert shared(one, other) == parts


def test_a_group_that_applied_together_has_room_in_a_block_of_serial_numbers() -> None:
    assert allowed(PREFIX, DocumentKind.PASSPORT, LIMITS) == LIMITS.per_prefix * SERIAL_FACTOR >= 60
    assert allowed(PREFIX, DocumentKind.RESIDENT_ID, LIMITS) == LIMITS.per_prefix
    foreigners = DocumentKind.FOREIGN_PERMANENT_RESIDENCE
    assert allowed(PREFIX, foreigners, LIMITS) == LIMITS.per_prefix


def source(outcome: Outcome) -> SourceAnswer:
    if outcome is Outcome.VERIFIED:
        return verified(code("zhenjiang", Color.GREEN))
    return SourceAnswer(issuer=strawberry.ID("zhenjiang"), outcome=outcome)


def answered(*outcomes: Outcome) -> Answered:
    inquiry = Inquiry(ByDocument(ONE), RegionCode("321100"), Purpose.ENTRY)
    return Answered(inquiry, None, [source(each) for each in outcomes], ONE, None)


SILENT = {Outcome.NO_ACCESS, Outcome.BUSY, Outcome.TIMED_OUT, Outcome.MALFORMED}
FATES: dict[str, tuple[tuple[Outcome, ...], Fate]] = {
    "confirmed by one of three": (
        (Outcome.NOT_ENROLLED, Outcome.VERIFIED, Outcome.TIMED_OUT),
        Fate.CONFIRMED,
    ),
    "not enrolled anywhere": ((Outcome.NOT_ENROLLED, Outcome.NOT_ENROLLED), Fate.MISSED),
    "one does not know them and the others are silent": (
        (Outcome.NOT_ENROLLED, *SILENT),
        Fate.OPEN,
    ),
    "every issuer is silent": (tuple(SILENT), Fate.UNANSWERED),
    "a key was revoked": ((Outcome.BAD_SIGNATURE,), Fate.UNANSWERED),
    "an issuer's clock is wrong": ((Outcome.STALE,), Fate.UNANSWERED),
    "no issuer was asked": ((), Fate.UNANSWERED),
}


@pytest.mark.parametrize(("outcomes", "fate"), FATES.values(), ids=FATES)
def test_only_what_told_the_client_something_counts(
    outcomes: tuple[Outcome, ...], fate: Fate
) -> None:
    assert fate_of(answered(*outcomes)) is fate


SPARED: dict[str, tuple[tuple[Outcome, ...], Fate]] = {
    "no issuer was asked": ((), Fate.MISSED),
    "who was asked does not know them either": ((Outcome.NOT_ENROLLED,), Fate.MISSED),
    "who was asked is silent": ((Outcome.TIMED_OUT,), Fate.OPEN),
    "who was asked knows them": ((Outcome.VERIFIED,), Fate.CONFIRMED),
}


@pytest.mark.parametrize(("outcomes", "fate"), SPARED.values(), ids=SPARED)
def test_a_filter_that_leaves_the_holder_out_denies_them_to_the_client(
    outcomes: tuple[Outcome, ...], fate: Fate
) -> None:
    asked = replace(answered(*outcomes), unknown=frozenset({"anhui"}))
    assert fate_of(asked) is fate


def test_who_was_asked_whatever_its_filter_said_answers_for_itself() -> None:
    asked = replace(answered(Outcome.TIMED_OUT), unknown=frozenset({"zhenjiang"}))
    assert fate_of(asked) is Fate.UNANSWERED


AT_THE_LIMIT: dict[str, tuple[Tally, Tally, StopReason]] = {
    "unconfirmed by number": (
        Tally(unconfirmed=300),
        Tally(unconfirmed=301),
        StopReason.MOSTLY_UNCONFIRMED,
    ),
    "unconfirmed by share": (
        Tally(confirmed=400, unconfirmed=400),
        Tally(confirmed=399, unconfirmed=400),
        StopReason.MOSTLY_UNCONFIRMED,
    ),
    "impossible numbers by number": (
        Tally(asked=50, impossible=50),
        Tally(asked=51, impossible=51),
        StopReason.IMPOSSIBLE_NUMBERS,
    ),
    "impossible numbers by share": (
        Tally(asked=1_000, impossible=200),
        Tally(asked=1_000, impossible=201),
        StopReason.IMPOSSIBLE_NUMBERS,
    ),
    "wrong codes by number": (
        Tally(scanned=100, wrong_codes=100),
        Tally(scanned=101, wrong_codes=101),
        StopReason.WRONG_CODES,
    ),
    "wrong codes by share": (
        Tally(scanned=300, wrong_codes=150),
        Tally(scanned=300, wrong_codes=151),
        StopReason.WRONG_CODES,
    ),
}


@pytest.mark.parametrize(("most", "more", "reason"), AT_THE_LIMIT.values(), ids=AT_THE_LIMIT)
def test_exactly_the_limit_is_accepted_and_one_more_stops(
    most: Tally, more: Tally, reason: StopReason
) -> None:
    assert stop_by(most, LIMITS) is None
    stop = stop_by(more, LIMITS)
    assert stop is not None
    assert stop.reason is reason
    assert stop.counted > stop.allowed


counts = st.integers(0, 2_000)
tallies = st.builds(Tally, counts, counts, counts, counts, counts, counts)


@given(tallies, st.integers(1, 500))
def test_more_people_whom_an_issuer_confirms_never_stop_a_client(tally: Tally, more: int) -> None:
    if stop_by(tally, LIMITS) is None:
        assert stop_by(tally + Tally(asked=more, confirmed=more, scanned=more), LIMITS) is None


@given(tallies, st.integers(1, 500))
def test_more_guesses_never_let_a_client_go_on(tally: Tally, more: int) -> None:
    if stop_by(tally, LIMITS) is not None:
        worse = tally + Tally(unconfirmed=more)
        assert stop_by(worse, LIMITS) is not None
