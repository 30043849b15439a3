"""Whoever compares figures of any steps and cells finds nobody: they differ by whole groups of ten.

A model says of each event in which cell it is shown, if in any; the store must show exactly that.
Then every two figures that one of them contains are held against each other.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rollups.given import NOON, ZHENJIANG, down, ref
from tongxing.gateway.rollups.cell_store import CellKey, CellStore, summed
from tongxing.gateway.rollups.cells import LEAST_PEOPLE, ROUNDED_TO, OpenCell, enough_or, person
from tongxing.gateway.rollups.counted_facts import CellTable, once
from tongxing.gateway.rollups.periods import Period, begin_of, end_of
from tongxing.gateway.storage import Database
from tongxing.keys import HolderRef, base64url
from tongxing.schema import COUNTRY
from tongxing.schema.figure_period import FigureStep

HOUR = timedelta(hours=1)
WORDS = (("zhenjiang", "VERIFIED"), ("zhenjiang", "TIMED_OUT"))
TIMES = [NOON + n * HOUR for n in (0, 1, 2, 24, 25, 60)] + [NOON + timedelta(days=40)]
END = NOON + timedelta(days=100)
STEPS = tuple(FigureStep)

Event = tuple[int, int, int]
"""Who, when and with which words, by number."""

Place = tuple[FigureStep, datetime, tuple[str, str]]


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    """Groups around the least number, which overlap."""
    groups = draw(
        st.lists(
            st.tuples(
                st.integers(0, 20),
                st.integers(1, 14),
                st.integers(0, len(TIMES) - 1),
                st.integers(0, len(WORDS) - 1),
            ),
            max_size=10,
        )
    )
    return [
        (who, when, words)
        for first, size, when, words in groups
        for who in range(first, first + size)
    ]


def shown_in(all_events: Sequence[Event]) -> dict[Place, list[Event]]:
    """The cells that are shown, and what is in each: by the hour if ten people are in it, else with
    what is left of the day, else with what is left of the month."""
    shown: dict[Place, list[Event]] = {}
    left = list(all_events)
    for step in STEPS:
        groups: defaultdict[Place, list[Event]] = defaultdict(list)
        for event in left:
            groups[step, begin_of(step, TIMES[event[1]]), WORDS[event[2]]].append(event)
        large = {k: g for k, g in groups.items() if len({e[0] for e in g}) >= LEAST_PEOPLE}
        shown |= large
        left = [event for key, group in groups.items() if key not in large for event in group]
    return shown


Figure = tuple[FigureStep, tuple[datetime, ...], tuple[tuple[str, str], ...]]


Shown = tuple[FigureStep, datetime, tuple[str, ...]]


def figures() -> list[Figure]:
    """All cells and sums of them that somebody may ask for: each step by itself, and all together,
    for one kind of event and for both."""
    found: list[Figure] = []
    for step in STEPS:
        begins = sorted({begin_of(step, at) for at in TIMES})
        spans: list[tuple[datetime, ...]] = [(each,) for each in begins]
        spans += [tuple(begins[i:j]) for i, j in combinations(range(len(begins) + 1), 2)]
        found += [
            (step, span, words) for span in spans for words in ((WORDS[0],), (WORDS[1],), WORDS)
        ]
    return found


FIGURES = figures()


def is_in(figure: Figure, place: Place) -> bool:
    """Whether the cell ``place`` is a part of ``figure``."""
    step, begins, words = figure
    is_finer = STEPS.index(place[0]) <= STEPS.index(step)
    return is_finer and begin_of(step, place[1]) in begins and place[2] in words


def behind(figure: Figure, shown: Iterable[Place]) -> set[Place]:
    return {place for place in shown if is_in(figure, place)}


async def stored(
    all_events: Sequence[Event],
) -> dict[tuple[FigureStep, datetime, tuple[str, ...]], int]:
    with TemporaryDirectory() as folder:
        async with Database.open(Path(folder) / "hub.sqlite3") as database:
            store = CellStore(database)
            cells = summed((_key(event), _once(event)) for event in all_events)
            await store.add(await store.counted(), len(all_events), cells)
            await store.close(begin_of(FigureStep.HOUR, END))
            while await store.seal(down):
                pass
            return {
                (step, cell.begins, cell.words): cell.numbers.count
                for step in STEPS
                for cell in await store.sealed(
                    CellTable.ASKED, Period(NOON - timedelta(days=40), END, step), (COUNTRY,)
                )
            }


def _key(event: Event) -> CellKey:
    begins = begin_of(FigureStep.HOUR, TIMES[event[1]])
    return CellKey(FigureStep.HOUR, begins, CellTable.ASKED, ZHENJIANG, WORDS[event[2]])


def _once(event: Event) -> OpenCell:
    return once(frozenset((person(ref(event[0])),)))


@settings(deadline=None, max_examples=30)
@given(events())
def test_every_figure_is_a_sum_of_cells_of_ten_people_each_rounded(drawn: list[Event]) -> None:
    shown = shown_in(drawn)
    found = asyncio.run(stored(drawn))
    expected: defaultdict[tuple[FigureStep, datetime, tuple[str, ...]], int] = defaultdict(int)
    for (step, begins, words), group in shown.items():
        for longer in STEPS[STEPS.index(step) :]:
            rounded = len(group) // ROUNDED_TO * ROUNDED_TO
            expected[longer, begin_of(longer, begins), words] += rounded
    assert found == expected


@settings(deadline=None, max_examples=30)
@given(events())
def test_two_figures_differ_by_nobody_or_by_ten_people_and_more(drawn: list[Event]) -> None:
    shown = shown_in(drawn)
    sums = {frozenset(behind(figure, shown)) for figure in FIGURES}
    for one, other in combinations(sums, 2):
        for apart in (one - other, other - one):
            who = {event[0] for place in apart for event in shown[place]}
            assert len(who) not in range(1, LEAST_PEOPLE)


def of_epoch(holder: HolderRef, epoch: int) -> HolderRef:
    return HolderRef(base64url.encode(base64url.decode(holder)[:16] + epoch.to_bytes(2)))


SAME = [of_epoch(ref(who), 1) for who in range(6)] + [
    of_epoch(ref(50 + who), 2) for who in range(6)
]
ENOUGH = {
    "nine are not enough": ([ref(who) for who in range(9)], False),
    "ten are": ([ref(who) for who in range(10)], True),
    "six in each of two epochs may be the same six": (SAME, False),
    "ten of one epoch are, whoever there is besides": (
        [*SAME, *(of_epoch(ref(who), 1) for who in range(6, 10))],
        True,
    ),
}


@pytest.mark.parametrize(("holders", "is_enough"), ENOUGH.values(), ids=ENOUGH)
def test_people(holders: list[HolderRef], is_enough: object) -> None:
    found = enough_or(frozenset(map(person, holders)))
    assert (found is None) is is_enough


def test_a_day_ends_where_the_next_begins_and_a_month_too() -> None:
    at = datetime.fromisoformat("2020-02-29T15:59:59+00:00")
    day, month = begin_of(FigureStep.DAY, at), begin_of(FigureStep.MONTH, at)
    assert (day.isoformat(), month.isoformat()) == (
        "2020-02-28T16:00:00+00:00",
        "2020-01-31T16:00:00+00:00",
    )
    assert (
        end_of(FigureStep.DAY, day) == end_of(FigureStep.MONTH, month) == at + timedelta(seconds=1)
    )
