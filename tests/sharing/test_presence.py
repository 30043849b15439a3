"""When the shared server counts as being there: a pure state machine."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tongxing.gateway.sharing.presence import (
    FAILURES,
    FIRST_REST_SECONDS,
    LONGEST_REST_SECONDS,
    STEADY_SECONDS,
    Presence,
)


class Watched:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.turns: list[bool] = []
        self.presence = Presence(lambda: self.seconds, self._turned)

    def _turned(self, is_here: bool, fault: str | None) -> None:  # noqa: FBT001 - a callback
        assert is_here is (fault is None)
        self.turns.append(is_here)

    @property
    def is_here(self) -> bool:
        return self.presence.is_here

    def fails(self, times: int) -> None:
        for _ in range(times):
            self.presence.heard("TIMED_OUT")


def test_it_is_away_until_a_trial_went_well() -> None:
    here = Watched()
    here.presence.heard(None)
    assert not here.is_here
    here.presence.came()
    assert here.is_here


def test_so_many_failures_in_a_row_and_no_fewer_send_it_away() -> None:
    here = Watched()
    here.presence.came()
    here.fails(FAILURES - 1)
    here.presence.heard(None)
    here.fails(FAILURES - 1)
    assert here.turns == [True]
    here.fails(1)
    assert here.turns == [True, False]


def test_failures_of_before_it_came_back_do_not_count() -> None:
    here = Watched()
    here.presence.came()
    here.fails(FAILURES)
    here.presence.came()
    here.fails(FAILURES - 1)
    assert here.is_here


def test_the_rest_doubles_until_it_has_stayed() -> None:
    here, rests = Watched(), []
    for _ in range(6):
        rests.append(here.presence.rest())
        here.presence.came()
        here.presence.left("UNREACHABLE")
    assert rests == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    here.presence.came()
    here.seconds += STEADY_SECONDS
    here.presence.left("UNREACHABLE")
    assert here.presence.rest() == FIRST_REST_SECONDS


Steps = st.lists(st.sampled_from(["came", "left", "good", "bad", "rest", "wait"]), max_size=60)


@given(Steps)
def test_whatever_happens_the_turns_alternate_and_rests_are_bounded(steps: list[str]) -> None:
    here, failures = Watched(), 0
    for step in steps:
        failures = failures + 1 if step == "bad" else failures
        failures = 0 if step in ("good", "came") else failures
        match step:
            case "came":
                here.presence.came()
            case "left":
                here.presence.left("UNREACHABLE")
            case "rest":
                assert FIRST_REST_SECONDS <= here.presence.rest() <= LONGEST_REST_SECONDS
            case "wait":
                here.seconds += STEADY_SECONDS / 3
            case _:
                here.presence.heard(None if step == "good" else "REFUSED")
        if failures >= FAILURES:
            assert not here.is_here
    assert all(one is not other for one, other in pairwise(here.turns))
    assert here.is_here is bool(here.turns and here.turns[-1])
