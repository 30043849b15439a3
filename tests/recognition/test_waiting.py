"""The moments at which time alone may mend something, and how many of them are tried."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.recognition.given import AT, BY_DOCUMENT, code, greens, judged, shipped, verified
from tongxing.gateway.recognition.conditions import When, conditions_of
from tongxing.gateway.recognition.policy import Effect, Policy, Rule
from tongxing.gateway.recognition.waiting import later_cases, moments
from tongxing.schema import Color, Decision, SourceAnswer, Text
from tongxing.schema.case import Case, ColorChange

ZHENJIANG = shipped("zhenjiang-1")
"""It counts changes of seven days, and asks nothing of the last change alone."""

HOUR, A_MOMENT = timedelta(hours=1), timedelta(microseconds=1)
WEEK = timedelta(days=7)


def found(
    *hours: float, policy: Policy = ZHENJIANG, heard: SourceAnswer | None = None
) -> list[datetime]:
    """For the changes of so many hours ago."""
    changes = tuple(ColorChange("sukangma", "320000", AT - h * HOUR) for h in hours)
    circumstances = replace(BY_DOCUMENT, changes=changes)
    sources = [heard or greens("sukangma")[0], *greens("national")]
    trace = judged(policy, *sources, circumstances=circumstances).trace
    return moments(trace, Case(sources, circumstances, AT), policy)


def test_a_change_that_has_left_its_window_already_is_not_waited_for() -> None:
    assert found(200, 168, 167, 1) == [AT + HOUR, AT + 167 * HOUR]


def test_a_change_of_an_issuer_that_stops_no_one_is_not_waited_for() -> None:
    changes = (ColorChange("zhejiang", "330000", AT - HOUR),)
    case = Case(greens("sukangma", "national"), replace(BY_DOCUMENT, changes=changes), AT)
    trace = judged(ZHENJIANG, *case.sources, circumstances=case.circumstances).trace
    assert moments(trace, case, ZHENJIANG) == []


def test_later_all_is_renewed_or_a_red_still_stands_as_it_was() -> None:
    red = code("sukangma", Color.RED, hours=3)
    green = code("national", Color.GREEN, hours=2, valid_hours=5)
    case = Case([verified(red), verified(green)], BY_DOCUMENT, AT)
    all_renewed, red_stands = later_cases(case, AT + HOUR - A_MOMENT)
    newer = replace(green, as_of=AT - HOUR, valid_until=AT + 6 * HOUR)
    assert {all_renewed.at, red_stands.at} == {AT + HOUR}
    assert [s.codes for s in red_stands.sources] == [[red], [newer]]
    assert [s.codes for s in all_renewed.sources] == [
        [replace(red, as_of=AT - 2 * HOUR)],
        [newer],
    ]


def test_no_moment_is_past_the_end_of_the_policy() -> None:
    ending = replace(ZHENJIANG, valid_until=AT + 100 * HOUR)
    assert found(100, 68, 67, policy=ending) == [AT + 68 * HOUR]


def test_of_eight_moments_all_are_tried() -> None:
    assert found(*range(8, 0, -1)) == [AT + WEEK - h * HOUR for h in range(8, 0, -1)]


def test_of_more_moments_the_first_seven_and_the_last_are_tried() -> None:
    hours = [*range(12, 5, -1), 1]
    assert found(*range(12, 0, -1)) == [AT + WEEK - h * HOUR for h in hours]


def test_a_color_that_would_turn_green_now_may_be_the_change_that_is_waited_for() -> None:
    red = verified(code("sukangma", Color.RED))
    assert found(heard=red) == [AT + WEEK]


def test_a_state_that_is_no_color_may_turn_green_now() -> None:
    unmapped = verified(code("sukangma", Color.UNKNOWN))
    assert found(heard=unmapped) == [AT + WEEK]


@pytest.mark.parametrize("hours", [26, 1], ids=["lapsed", "in date"])
def test_the_last_change_is_waited_for_also_of_a_green_that_lapsed(hours: float) -> None:
    when = When(color=(Color.GREEN,), changed_within="24h")
    effect = Effect(Color.GREEN, Decision.INSPECT)
    cautious = Rule("fresh", Text(zh="新", en="new"), when, conditions_of(when), effect, False)
    policy = replace(ZHENJIANG, rules=(cautious, *ZHENJIANG.rules))
    green = verified(code("sukangma", Color.GREEN, hours=hours, changed_hours=2))
    assert found(policy=policy, heard=green) == [AT + 22 * HOUR]
