"""A line comes with the first of many events, then once a minute, and counts the others."""

from datetime import UTC, datetime, timedelta

from tongxing.gateway.operation.seldom import Seldom

AT = datetime(2020, 3, 6, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_the_first_is_told_at_once_and_the_others_by_number() -> None:
    seldom = Seldom()
    told = [seldom.happened("busy", AT + number * SECOND) for number in range(118)]
    assert [number for number in told if number is not None] == [1, 60]
    assert seldom.happened("busy", AT + 200 * SECOND) == 58


def test_each_kind_has_its_own_line() -> None:
    seldom = Seldom()
    assert (seldom.happened("a", AT), seldom.happened("b", AT), seldom.happened("a", AT)) == (
        1,
        1,
        None,
    )


def test_a_clock_that_was_set_back_silences_nothing() -> None:
    seldom = Seldom()
    seldom.happened("a", AT)
    assert seldom.happened("a", AT - timedelta(days=1)) == 1
