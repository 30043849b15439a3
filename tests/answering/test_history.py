"""Which statement is news, and how often a color changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import strawberry

from tongxing.gateway.answering.history import Kept, Past, color_changes, past_of, shown
from tongxing.schema import (
    Basis,
    Color,
    Evidence,
    HealthCode,
    HistoryEntry,
    Outcome,
    RegionCode,
    SourceAnswer,
    Via,
)

AT = datetime(2020, 3, 9, 2, 0, tzinfo=UTC)
MONTH = timedelta(days=30)
G, Y, R = Color.GREEN, Color.YELLOW, Color.RED


def code(
    color: Color,
    hours: float,
    *,
    basis: Basis = Basis.DECLARED,
    place: str = "321102",
    changed_hours: float | None = None,
) -> HealthCode:
    return HealthCode(
        color=color,
        raw_value="as written",
        issuer=strawberry.ID("zhenjiang"),
        issuing_place=RegionCode(place),
        basis=[basis],
        as_of=AT - timedelta(hours=hours),
        changed_at=None if changed_hours is None else AT - timedelta(hours=changed_hours),
    )


def answer(*codes: HealthCode) -> SourceAnswer:
    return SourceAnswer(
        issuer=strawberry.ID("zhenjiang"),
        outcome=Outcome.VERIFIED,
        evidence=Evidence.SIGNED,
        codes=list(codes),
        evidence_digest="d" * 43,
    )


def told(*answers: SourceAnswer) -> tuple[HistoryEntry, ...]:
    """What is kept once each was heard, an hour apart."""
    entries: tuple[HistoryEntry, ...] = ()
    for hours, each in enumerate(answers):
        kept = Kept(entries, MONTH if entries else None)
        past = past_of(kept, [each], kept_for=MONTH, at=AT + timedelta(hours=hours))
        entries += past.news
    return entries


COLORS: dict[str, tuple[tuple[SourceAnswer, ...], list[Color]]] = {
    "the first state is news": ((answer(code(G, 3)),), [G]),
    "the same state of a later time is none": ((answer(code(G, 3)), answer(code(G, 1))), [G]),
    "another color is": ((answer(code(G, 3)), answer(code(R, 1))), [G, R]),
    "another basis is": (
        (answer(code(R, 3)), answer(code(R, 1, basis=Basis.CLOSE_CONTACT))),
        [R, R],
    ),
    "a change back and forth in between is": (
        (answer(code(G, 3)), answer(code(G, 0, changed_hours=1))),
        [G, G],
    ),
    "an older statement out of the cache is none": (
        (answer(code(G, 3)), answer(code(R, 1)), answer(code(G, 2))),
        [G, R],
    ),
    "each place has a state of its own": (
        (answer(code(G, 3), code(R, 3, place="420000")),) * 2,
        [G, R],
    ),
    "of two codes for one place the more restrictive": (
        (answer(code(G, 1), code(R, 3)),) * 2,
        [R],
    ),
    "a value that stands for no color is none": ((answer(code(Color.UNKNOWN, 1)),), []),
    "what stands on a daily list is none": ((replace(answer(code(R, 1)), via=Via.LIST),), []),
    "a list that says otherwise than the issuer is none": (
        (answer(code(G, 3)), replace(answer(code(R, 2)), via=Via.LIST), answer(code(G, 1))),
        [G],
    ),
}


@pytest.mark.parametrize("claim", COLORS)
def test_news(claim: str) -> None:
    answers, colors = COLORS[claim]
    assert [entry.color for entry in told(*answers)] == colors


def test_a_previous_color_that_the_issuer_does_not_state_is_the_one_that_was_known() -> None:
    assert [entry.previous_color for entry in told(answer(code(G, 3)), answer(code(R, 1)))] == [
        None,
        G,
    ]


TO_MIDNIGHT = 14
"""Hours from AT to the end of its day in Beijing."""

CHANGES: dict[str, tuple[tuple[SourceAnswer, ...], list[float]]] = {
    "the first state is no change": ((answer(code(G, 3)),), []),
    "a change that the issuer tells is": ((answer(code(G, 3, changed_hours=5)),), [5]),
    "a change that the hub saw and the issuer dates is one": (
        (answer(code(G, 3)), answer(code(R, 1, changed_hours=2))),
        [2],
    ),
    "a change that only the hub saw dates from the end of its day": (
        (answer(code(G, 3)), answer(code(R, 1))),
        [-TO_MIDNIGHT],
    ),
    "one that was seen the day before dates from that midnight": (
        (answer(code(G, 13)), answer(code(R, 11)), answer(code(G, 1))),
        [24 - TO_MIDNIGHT, -TO_MIDNIGHT],
    ),
    "the same change told twice is one": (
        (
            answer(code(R, 3, changed_hours=5)),
            answer(code(R, 1, basis=Basis.CROSS_CHECK, changed_hours=5)),
        ),
        [5],
    ),
    "a time that does not move on hides no change": (
        tuple(answer(code(each, 4 - n, changed_hours=5)) for n, each in enumerate([G, R, G, Y])),
        [5, *[-TO_MIDNIGHT] * 3],
    ),
    "nor do two that take turns": (
        (
            answer(code(G, 4, changed_hours=6)),
            answer(code(R, 3, changed_hours=5)),
            answer(code(G, 2, changed_hours=6)),
            answer(code(R, 1, changed_hours=5)),
        ),
        [6, 5, *[-TO_MIDNIGHT] * 2],
    ),
    "another basis is no change of the color": (
        (answer(code(R, 3)), answer(code(R, 1, basis=Basis.CLOSE_CONTACT))),
        [],
    ),
    "green, red, yellow, green are three": (
        (answer(code(G, 4)), answer(code(R, 3)), answer(code(Y, 2)), answer(code(G, 1))),
        [-TO_MIDNIGHT] * 3,
    ),
}


@pytest.mark.parametrize("claim", CHANGES)
def test_changes(claim: str) -> None:
    answers, hours = CHANGES[claim]
    changes = color_changes(told(*answers))
    assert [change.at for change in changes] == [AT - timedelta(hours=h) for h in hours]


def test_what_is_shown_has_the_day_on_which_it_became_known_and_no_second_of_a_question() -> None:
    entries = told(answer(code(G, 3, changed_hours=5)), answer(code(R, 2)))
    midnight = AT + timedelta(hours=TO_MIDNIGHT)
    seen = shown(entries)
    assert [(entry.as_of, entry.known_at) for entry in seen] == [(midnight, midnight)] * 2
    assert [entry.changed_at for entry in seen] == [AT - timedelta(hours=5), None]
    assert [entry.color for entry in seen] == [G, R]


@pytest.mark.parametrize("hours", [0.0, 1.0, 13.9])
def test_a_history_looks_alike_whenever_somebody_asked_that_day(hours: float) -> None:
    """So do the changes of which a receipt and an explanation tell."""

    def learned_at(at: datetime) -> tuple[HistoryEntry, ...]:
        entries = told(answer(code(G, 0)), answer(code(R, 0)))
        return tuple(replace(entry, as_of=at, known_at=at) for entry in entries)

    then, later = learned_at(AT), learned_at(AT + timedelta(hours=hours))
    assert shown(then) == shown(later)
    assert color_changes(then) == color_changes(later) != ()


def test_a_place_is_shown_no_more_than_its_own_policy_keeps() -> None:
    (old,) = told(answer(code(R, 1)))
    old = replace(old, known_at=AT - timedelta(days=9))
    kept = Kept((old,), MONTH)
    short = past_of(kept, [answer(code(R, 0))], kept_for=timedelta(days=7), at=AT)
    assert (short.entries, short.news, short.is_lesson) == ((), (), False)
    long = past_of(kept, [answer(code(R, 0))], kept_for=MONTH, at=AT)
    assert (long.entries, long.is_lesson) == ((old,), False)


def test_what_is_kept_for_too_short_a_time_is_a_lesson() -> None:
    (entry,) = told(answer(code(R, 1)))
    past = past_of(Kept((entry,), timedelta(days=7)), [], kept_for=MONTH, at=AT)
    assert (past.news, past.is_lesson) == ((), True)


def test_another_color_of_the_same_time_is_news() -> None:
    assert [entry.color for entry in told(answer(code(G, 2)), answer(code(R, 2)))] == [G, R]


def test_a_previous_color_is_added_only_if_the_color_changed_and_the_issuer_gives_none() -> None:
    given = told(answer(code(G, 3)), answer(replace(code(R, 1), previous_color=Y)))
    assert [entry.previous_color for entry in given] == [None, Y]
    same = told(answer(code(R, 3)), answer(code(R, 1, basis=Basis.SYMPTOMS)))
    assert [entry.previous_color for entry in same] == [None, None]


def test_what_is_kept_as_long_as_a_policy_keeps_it_is_just_not_shown_any_more() -> None:
    (entry,) = told(answer(code(R, 1)))
    kept, at = Kept((entry,), MONTH), entry.known_at + MONTH
    assert past_of(kept, [], kept_for=MONTH, at=at).entries == ()
    before = at - timedelta(seconds=1)
    assert past_of(kept, [], kept_for=MONTH, at=before).entries == (entry,)


def test_news_is_a_lesson_and_without_a_policy_there_is_none() -> None:
    assert past_of(Kept(), [answer(code(R, 1))], kept_for=MONTH, at=AT).is_lesson
    assert not Past().is_lesson
