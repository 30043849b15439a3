"""Honest crowds are not taken for a sweep, and a sweep hidden in one is."""

from random import Random

import pytest

from tests.answering.guessing import of_one_prefix
from tests.answering.honest_crowds import (
    CROWDS,
    Crowd,
    chance_of_more_than,
    city_unconfirmed,
    crowded,
    false_alarms,
)
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.schema.stopped_client import StopReason

LIMITS = GuessLimits()
DRAWN = 40
ZHENJIANG = ("321102", "321111", "321112", "321181", "321182", "321183")


@pytest.mark.parametrize("crowd", CROWDS.values(), ids=CROWDS)
def test_an_honest_crowd_in_one_manifest_stops_no_client(crowd: Crowd) -> None:
    assert not false_alarms(crowd, DRAWN, seed=7, limits=LIMITS)


def test_a_city_that_asks_about_all_of_its_residents_is_not_stopped() -> None:
    """Within the window, with one in twenty whom no issuer confirms."""
    documents = city_unconfirmed(Random(7), 1_600_000, 5, ZHENJIANG)
    assert crowded(documents, LIMITS) is None


def test_the_chance_that_a_coach_shares_too_many_birthdays_is_none_to_speak_of() -> None:
    days = 75 * 365
    assert days * chance_of_more_than(LIMITS.per_prefix, 1_000 / days) < 1e-30


def test_a_sweep_hidden_in_a_coach_is_found() -> None:
    crowd = CROWDS["a coach company: 1,000 of one county"].documents(Random(7))
    sweep = of_one_prefix(LIMITS.per_prefix + 1)
    assert crowded([*crowd, *sweep], LIMITS) is StopReason.SAME_PREFIX
