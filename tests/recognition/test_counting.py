"""A case takes as little of a history as decides the same."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.recognition.given import shipped
from tongxing.gateway.recognition.counting import Limit, needed_changes
from tongxing.schema.case import ColorChange

AT = datetime(2020, 3, 9, 10, 0, tzinfo=UTC)
HERE = ("zhenjiang", "321100")
WEEK = (3, timedelta(days=7))
NOWHERE: frozenset[tuple[str, str]] = frozenset()


def ago(*hours: float) -> list[ColorChange]:
    """Changes so many hours ago, the oldest first."""
    return [ColorChange(*HERE, AT - timedelta(hours=each)) for each in sorted(hours, reverse=True)]


def exceeds(changes: tuple[ColorChange, ...] | list[ColorChange], limit: Limit) -> bool:
    return sum(AT - change.at <= limit[1] for change in changes) > limit[0]


def test_nothing_is_taken_if_no_limit_is_exceeded() -> None:
    assert needed_changes(ago(1, 2, 3, 300), [WEEK], AT, NOWHERE) == ()


def test_a_change_exactly_as_long_ago_as_the_limit_looks_back_counts() -> None:
    assert len(needed_changes(ago(1, 2, 3, 7 * 24), [WEEK], AT, NOWHERE)) == 4
    assert needed_changes(ago(1, 2, 3, 7 * 24 + 1), [WEEK], AT, NOWHERE) == ()


def test_one_more_than_the_limit_allows_is_taken_however_many_there_were() -> None:
    taken = needed_changes(ago(*range(1, 16)), [WEEK], AT, NOWHERE)
    assert taken == tuple(ago(4, 4, 4, 4))


def test_a_code_that_would_turn_green_counts_one_change_more() -> None:
    assert len(needed_changes(ago(1, 2, 3), [WEEK], AT, frozenset([HERE]))) == 3
    assert needed_changes(ago(1, 2), [WEEK], AT, frozenset([HERE])) == ()


def test_each_place_is_counted_apart() -> None:
    other = [ColorChange("zhenjiang", "321183", change.at) for change in ago(1, 2)]
    taken = needed_changes([*ago(1, 2), *other], [WEEK], AT, NOWHERE)
    assert taken == ()


HOURS = st.lists(st.integers(0, 400), unique=True, max_size=25)
LIMITS = st.lists(
    st.tuples(st.integers(1, 20), st.integers(1, 400).map(lambda h: timedelta(hours=h))),
    min_size=1,
    max_size=3,
)


@given(hours=HOURS, limits=LIMITS, turns=st.booleans())
def test_every_limit_is_exceeded_as_before_now_and_after_turning_green(
    *, hours: list[int], limits: list[Limit], turns: bool
) -> None:
    changes = ago(*hours)
    taken = needed_changes(changes, limits, AT, frozenset([HERE] if turns else []))
    green = ago(0) if turns else []
    for limit in limits:
        assert exceeds(taken, limit) == exceeds(changes, limit)
        assert exceeds([*taken, *green], limit) == exceeds([*changes, *green], limit)


@given(HOURS, LIMITS)
def test_the_first_moment_at_which_a_limit_is_kept_again_is_the_same(
    hours: list[int], limits: list[Limit]
) -> None:
    changes = ago(*hours)
    taken = needed_changes(changes, limits[:1], AT, NOWHERE)
    times, window = limits[0]
    if exceeds(changes, limits[0]):
        assert min(change.at for change in taken) == changes[-times - 1].at
        assert all(AT - change.at <= window for change in taken)


def test_a_place_takes_as_many_changes_as_its_own_rules_count() -> None:
    flapped = ago(1, 2, 3, 4, 5)
    assert len(shipped("zhenjiang-1").counted(flapped, AT, NOWHERE)) == 4
    assert shipped("jiangsu-1").counted(flapped, AT, NOWHERE) == ()
