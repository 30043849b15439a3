"""What a window shows: whole days, results that ten travelers share, and no difference of one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recognition.given import shipped
from tests.storage.records import outcome
from tongxing.gateway.policy.crowd_cover import (
    LEAST_TRAVELERS,
    Cell,
    DayOfCells,
    MissedCell,
    rounded,
)
from tongxing.gateway.policy.narrowing import Missed
from tongxing.gateway.policy.preview import Preview, Tried, Verdict, Verdicts
from tongxing.gateway.policy.settled_days import SETTLED_AFTER, Days, settled_days
from tongxing.gateway.storage.audit import OutcomeRecord
from tongxing.keys import HolderKey, HolderRef
from tongxing.schema import Color, Decision, Outcome, RegionCode
from tongxing.schema.time_words import BEIJING

HOLDERS = HolderKey(b"a synthetic key of thirty-two by")
PEOPLE = [HOLDERS.ref("PASSPORT", f"X{number:07}") for number in range(40)]
ADMITTED = Verdict(Color.GREEN, Decision.ADMIT, "green-admit", relaxed=False)
INSPECTED = Verdict(Color.YELLOW, Decision.INSPECT, "yellow-inspect", relaxed=False)
RESULTS: Sequence[Verdicts | None] = ((ADMITTED, ADMITTED), (ADMITTED, INSPECTED), None)
PLACES = (RegionCode("321100"), RegionCode("321102"))
ASKING = "coordinator"

Crossing = tuple[int, RegionCode, Verdicts | None, str]
"""Who, where, with which result, asked about by which client."""


def crossed(holder: HolderRef | None, place: RegionCode, client: str = "city") -> OutcomeRecord:
    return replace(outcome(), holder=holder, receiving_region=place, client_id=client)


def day_of(crossings: Iterable[Crossing]) -> DayOfCells:
    day = DayOfCells(ASKING)
    for person, place, result, client in crossings:
        day.add(crossed(PEOPLE[person], place, client), Tried(result))
    return day


@st.composite
def days_drawn(draw: st.DrawFn) -> list[Crossing]:
    """Groups around the least number, some of them asked about by the client itself."""
    groups = draw(
        st.lists(
            st.tuples(
                st.integers(0, len(PEOPLE) - 15),
                st.integers(1, 15),
                st.sampled_from(PLACES),
                st.sampled_from(RESULTS),
                st.sampled_from(["city", "station", ASKING]),
            ),
            max_size=8,
        )
    )
    return [
        (person, place, result, client)
        for first, size, place, result, client in groups
        for person in range(first, first + size)
    ]


Shown = Counter[Cell | MissedCell]
Behind = set[tuple[int, Cell, int]]
"""A day, a cell and a person."""


def window(log: Sequence[Sequence[Crossing]], first: int, end: int) -> tuple[Shown, Behind]:
    """The figures over these days of ``log``, and who is behind them."""
    figures: Shown = Counter()
    behind: Behind = set()
    for number in range(first, end):
        released = dict(day_of(log[number]).released())
        figures.update(released)
        behind |= {
            (number, Cell(place, result), person)
            for person, place, result, client in log[number]
            if client != ASKING and Cell(place, result) in released
        }
    return figures, behind


@settings(deadline=None)
@given(st.lists(days_drawn(), min_size=1, max_size=4))
def test_two_windows_differ_in_no_cell_or_by_ten_travelers_and_more(
    log: list[list[Crossing]],
) -> None:
    windows = [window(log, first, end) for first, end in combinations(range(len(log) + 1), 2)]
    for (one, behind), (other, others) in combinations(windows, 2):
        for cell in one | other:
            assert abs(one[cell] - other[cell]) not in range(1, LEAST_TRAVELERS)
            apart = {who for who in behind ^ others if who[1] == cell}
            assert len(apart) not in range(1, LEAST_TRAVELERS)


@settings(deadline=None)
@given(days_drawn(), st.data())
def test_one_crossing_changes_no_figure_but_that_of_its_own_cell(
    day: list[Crossing], data: st.DataObject
) -> None:
    person, place, result, client = data.draw(
        st.tuples(
            st.integers(0, len(PEOPLE) - 1),
            st.sampled_from(PLACES),
            st.sampled_from(RESULTS),
            st.sampled_from(["city", ASKING]),
        )
    )
    before, _ = window([day], 0, 1)
    after, _ = window([[*day, (person, place, result, client)]], 0, 1)
    changed = {cell for cell in before | after if before[cell] != after[cell]}
    assert changed <= (set() if client == ASKING else {Cell(place, result)})


def test_the_client_cannot_fill_a_cell_with_its_own_questions_or_with_strangers() -> None:
    day = DayOfCells(ASKING)
    for person in PEOPLE[:9]:
        day.add(crossed(person, PLACES[0]), Tried(RESULTS[0]))
    for person in PEOPLE[9:]:
        day.add(crossed(person, PLACES[0], ASKING), Tried(RESULTS[0]))
        stranger = crossed(person, PLACES[0])
        unknown = [replace(each, outcome=Outcome.NOT_ENROLLED) for each in stranger.sources]
        day.add(replace(stranger, sources=tuple(unknown)), Tried(RESULTS[0]))
    assert dict(day.released()) == {}
    day.add(crossed(PEOPLE[9], PLACES[0]), Tried(RESULTS[0]))
    assert dict(day.released()) == {Cell(PLACES[0], RESULTS[0]): 10}


def test_all_figures_of_a_preview_are_made_of_what_is_shown() -> None:
    preview = Preview(draft=None)  # type: ignore[arg-type]  # nothing is judged here
    day_of((n, PLACES[0], RESULTS[n % 3], "city") for n in range(39)).show(preview)
    figures = [preview.total, preview.changed, preview.left_out]
    figures += [n for pair in preview.decisions.values() for n in pair]
    assert all(figure % 10 == 0 for figure in figures)
    assert preview.total
    assert preview.left_out
    assert preview.total == sum(before for before, _ in preview.decisions.values())


def test_a_figure_is_right_on_the_average_and_never_beside_the_next_tens() -> None:
    crowds = [frozenset({*PEOPLE[:9], holder}) for holder in PEOPLE[9:]]
    figures = [rounded(14, crowd) for crowd in crowds]
    assert set(figures) == {10, 20}
    assert rounded(10, crowds[0]) == rounded(10, crowds[1]) == 10


def test_two_drafts_that_differ_by_one_person_do_not_show_it_by_the_difference() -> None:
    """Whoever leaves a cell of 35, it may look larger, smaller or the same."""
    crowd = frozenset(PEOPLE[:35])
    assert {rounded(34, crowd - {person}) for person in crowd} == {30, 40}
    assert rounded(35, crowd) == rounded(35, crowd)


AT = datetime(2020, 3, 9, 2, 0, tzinfo=UTC)
moments = st.builds(
    lambda seconds, zone: (AT + timedelta(seconds=seconds)).astimezone(zone),
    st.integers(-700_000, 300_000),
    st.sampled_from([UTC, BEIJING]),
)


@settings(deadline=None)
@given(moments, moments, moments)
def test_a_window_is_narrowed_to_whole_days_that_are_over(
    since: datetime, until: datetime, now: datetime
) -> None:
    days = settled_days(since, until, now)
    ends = (days.since, days.until)
    assert all(end.astimezone(BEIJING).time() == time.min for end in ends)
    if days.since < days.until:
        assert since <= days.since
        assert days.until <= min(until, now - SETTLED_AFTER)
        assert days.since - since < timedelta(days=1)
        assert min(until, now - SETTLED_AFTER) - days.until < timedelta(days=1)
    assert sum((each.until - each.since for each in days.each()), timedelta()) == (
        days.until - days.since
    )


MIDNIGHT = datetime(2020, 3, 9, tzinfo=BEIJING)
WINDOWS: dict[str, tuple[datetime, datetime, int]] = {
    "a day": (MIDNIGHT, MIDNIGHT + timedelta(days=1), 1),
    "a day and a second more on both sides": (
        MIDNIGHT - timedelta(seconds=1),
        MIDNIGHT + timedelta(days=1, seconds=1),
        1,
    ),
    "a second less than a day": (MIDNIGHT, MIDNIGHT + timedelta(days=1, seconds=-1), 0),
    "a question": (MIDNIGHT + timedelta(hours=3), MIDNIGHT + timedelta(hours=3, seconds=1), 0),
    "two days": (MIDNIGHT, MIDNIGHT + timedelta(days=2), 2),
}


@pytest.mark.parametrize("window", WINDOWS)
def test_days_of(window: str) -> None:
    since, until, number = WINDOWS[window]
    assert len(settled_days(since, until, AT + timedelta(days=30)).each()) == number


def test_a_day_that_has_only_just_ended_may_still_get_records() -> None:
    tomorrow = MIDNIGHT + timedelta(days=1)
    assert settled_days(MIDNIGHT, tomorrow, tomorrow + timedelta(minutes=59)).each() == []
    assert len(settled_days(MIDNIGHT, tomorrow, tomorrow + timedelta(hours=1)).each()) == 1


def test_the_words_name_the_first_and_the_last_day() -> None:
    words = Days(*(end.astimezone(UTC) for end in (MIDNIGHT, MIDNIGHT + timedelta(days=2)))).words
    for text in (words.zh, words.en):
        assert "2020-03-09" in text
        assert "2020-03-10" in text
        assert "2020-03-11" not in text


RED_OF_HUBEI = Missed("hubei", Color.RED)
MISSING = Tried(RESULTS[0], frozenset({RED_OF_HUBEI}))


@pytest.mark.parametrize("people", [LEAST_TRAVELERS - 1, LEAST_TRAVELERS])
def test_what_a_draft_would_miss_is_shown_if_ten_travelers_share_it(people: int) -> None:
    day, preview = DayOfCells(ASKING), Preview(shipped("zhenjiang-1"))
    for person in PEOPLE[:people]:
        day.add(crossed(person, PLACES[0]), MISSING)
        day.add(crossed(person, PLACES[1], ASKING), MISSING)
    for person in PEOPLE[10:25]:
        day.add(crossed(person, PLACES[0]), Tried(RESULTS[0]))
    day.show(preview)
    shown = people >= LEAST_TRAVELERS
    assert [(each.issuer, each.red) for each in preview.missed] == [("hubei", 10)] * shown
    assert MissedCell(PLACES[1], RED_OF_HUBEI) not in dict(day.released())
