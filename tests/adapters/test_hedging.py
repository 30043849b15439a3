"""Which replica is asked first, and when the second."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from tongxing.adapters.hedging import ENOUGH, REMEMBERED, SHORTEST_SECONDS, Hedging


def after(*seconds: float, replicas: int = 2) -> Hedging:
    hedging = Hedging(replicas)
    for each in seconds:
        hedging.answered(0, each)
    return hedging


def test_nothing_is_late_before_it_is_known_what_is_usual() -> None:
    assert after(*[0.1] * (ENOUGH - 1)).late_after() == inf
    assert after(*[0.1] * ENOUGH).late_after() == 0.1


def test_one_slow_answer_in_twenty_is_not_usual() -> None:
    assert after(*[0.1] * 63, 2.0).late_after() == 0.1
    assert after(*[0.1] * 32, *[2.0] * 32).late_after() == 2.0


def test_what_was_usual_is_forgotten() -> None:
    assert after(*[2.0] * REMEMBERED, *[0.1] * REMEMBERED).late_after() == 0.1


def test_nobody_is_late_at_once() -> None:
    assert after(*[0.0001] * ENOUGH).late_after() == SHORTEST_SECONDS


def test_who_answered_is_asked_first() -> None:
    hedging = after(replicas=3)
    assert hedging.order == (0, 1)
    hedging.answered(2, 0.1)
    assert hedging.order == (2, 0)


def test_who_fails_is_asked_last() -> None:
    hedging = after(replicas=3)
    hedging.failed(0)
    assert hedging.order == (1, 2)
    hedging.failed(0)
    assert hedging.order == (1, 2), "it was not the first any more"


@given(
    replicas=st.integers(2, 8),
    events=st.lists(st.tuples(st.integers(0, 7), st.none() | st.floats(0, 60))),
)
def test_two_different_ones_are_asked_whatever_happened(
    replicas: int, events: list[tuple[int, float | None]]
) -> None:
    hedging = Hedging(replicas)
    for number, seconds in events:
        if seconds is None:
            hedging.failed(number % replicas)
        else:
            hedging.answered(number % replicas, seconds)
    first, second = hedging.order
    assert first != second
    assert {first, second} <= set(range(replicas))
    assert hedging.late_after() >= SHORTEST_SECONDS
