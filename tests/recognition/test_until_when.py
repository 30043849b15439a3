"""Until when an answer holds: the first moment at which anything about it could change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.recognition.given import (
    AT,
    BY_DOCUMENT,
    code,
    greens,
    judged,
    outcome,
    shipped,
    verified,
)
from tongxing.gateway.recognition.decide import end_of
from tongxing.gateway.recognition.finding import Finding
from tongxing.gateway.recognition.hearing import hear
from tongxing.gateway.recognition.policy import ChannelEvidence, NotEnrolled, Policy, Undecided
from tongxing.schema import Color, Decision, Evidence, Outcome, SourceAnswer, Via
from tongxing.schema.case import Case, ColorChange

G, R = Color.GREEN, Color.RED
HANGZHOU = shipped("hangzhou-1")
SOON = timedelta(minutes=3)
NOBODY = [outcome(issuer, Outcome.NOT_ENROLLED) for issuer in ("sukangma", "national")]
FORTNIGHT_HOURS = 14 * 24
ALMOST = SOON.total_seconds() / 3600
"""In hours: so long before an end, a green still has three minutes."""


def accepting(policy: Policy) -> Policy:
    """Whoever no mandatory issuer knows may pass on the word of another."""
    issuers = replace(policy.issuers, not_enrolled=NotEnrolled.ACCEPTED)
    return replace(policy, issuers=issuers)


def ending(issuer: str, minutes: float) -> SourceAnswer:
    return verified(code(issuer, G, valid_hours=minutes / 60))


OPTIONAL: dict[str, tuple[Sequence[SourceAnswer], float]] = {
    "the only green": ([ending("zhenjiang", 3)], 3),
    "the longer of two": ([ending("zhenjiang", 3), ending("zhejiang", 5)], 5),
    "the longest of three, whatever their order": (
        [ending("zhenjiang", 7), ending("zhejiang", 3), ending("anhui", 5)],
        7,
    ),
}


@pytest.mark.parametrize("claim", OPTIONAL)
def test_where_no_mandatory_issuer_knows_the_holder_a_green_ends_with(
    claim: str, zhenjiang: Policy
) -> None:
    said, minutes = OPTIONAL[claim]
    judgement = judged(accepting(zhenjiang), *NOBODY, *said)
    assert judgement.color is G
    assert judgement.valid_until == AT + timedelta(minutes=minutes)
    assert judgement.as_of == said[0].codes[0].as_of


@pytest.mark.parametrize("unsigned", ["zhejiang", "anhui"])
def test_of_two_greens_of_one_time_the_answer_rests_on_the_unsigned_one(
    unsigned: str, zhenjiang: Policy
) -> None:
    policy = replace(accepting(zhenjiang), channel_evidence=ChannelEvidence.GREEN)
    said = [
        replace(source, evidence=Evidence.CHANNEL if source.issuer == unsigned else source.evidence)
        for source in greens("zhejiang", "anhui")
    ]
    assert judged(policy, *NOBODY, *said).evidence is Evidence.CHANNEL


def test_a_green_that_states_nothing_stops_the_answer(zhenjiang: Policy) -> None:
    nothing = Finding(G, None, "national", True, BY_DOCUMENT, AT)
    hearing = hear(Case([], BY_DOCUMENT, AT), zhenjiang)
    with pytest.raises(Undecided):
        end_of(G, [nothing], (), hearing)


def test_an_answer_ends_with_the_green_that_makes_up_for_a_missing_list() -> None:
    """Without that green the holder would be unknown, because the list may name him."""
    missing = replace(outcome("sukangma", Outcome.BUSY), via=Via.LIST)
    there = [
        replace(outcome(issuer, Outcome.NOT_ENROLLED), via=Via.LIST)
        for issuer in ("zhejiang", "anhui")
    ]
    said = [*greens("national"), ending("sukangma", 3), missing, *there]
    judgement = judged(shipped("shanghai-1"), *said)
    assert judgement.color is G
    assert judgement.valid_until == AT + SOON


def once_red(hours: float) -> list[SourceAnswer]:
    turned = code("zhejiang", G, previous=R, changed_hours=hours)
    return [verified(turned), *greens("national")]


CHANGED: dict[str, tuple[float, Decision, timedelta]] = {
    "ends when its days are over": (FORTNIGHT_HOURS - ALMOST, Decision.REFUSE, SOON),
    "that turned long ago holds like any other": (
        FORTNIGHT_HOURS + 24,
        Decision.ADMIT,
        HANGZHOU.answer_lifetime,
    ),
    "that turned exactly its days ago ends at once": (
        FORTNIGHT_HOURS,
        Decision.REFUSE,
        timedelta(0),
    ),
}


@pytest.mark.parametrize("claim", CHANGED)
def test_a_green_that_was_red(claim: str) -> None:
    hours, decision, left = CHANGED[claim]
    judgement = judged(HANGZHOU, *once_red(hours))
    assert (judgement.color, judgement.decision) == (G, decision)
    assert judgement.valid_until == AT + left


def test_a_green_that_flapped_is_inspected_until_the_first_change_is_too_long_ago(
    zhenjiang: Policy,
) -> None:
    ages = (timedelta(days=7) - SOON, *map(timedelta, (5, 3, 1)))
    changes = tuple(ColorChange("sukangma", "320000", AT - age) for age in ages)
    flapped = replace(BY_DOCUMENT, changes=changes)
    judgement = judged(zhenjiang, *greens("sukangma", "national"), circumstances=flapped)
    assert (judgement.color, judgement.decision) == (G, Decision.INSPECT)
    assert judgement.valid_until == AT + SOON
