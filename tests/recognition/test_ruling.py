"""What contradicts what, and what a place's order puts behind."""

from dataclasses import replace

import pytest

from tests.recognition.given import AT, BY_DOCUMENT, code, greens, judged, outcome, stated, verified
from tongxing.gateway.recognition.conditions import When, conditions_of
from tongxing.gateway.recognition.hearing import hear
from tongxing.gateway.recognition.policy import ConflictOrder, Effect, Policy, Rule
from tongxing.gateway.recognition.ruling import contradict
from tongxing.schema import (
    Basis,
    Color,
    Decision,
    Evidence,
    Outcome,
    ReasonCode,
    SourceAnswer,
    Text,
)
from tongxing.schema.case import Case

G, R = Color.GREEN, Color.RED


def with_rule(policy: Policy, when: When, effect: Effect) -> Policy:
    careful = Rule("careful", Text(zh="慎", en="careful"), when, conditions_of(when), effect, False)
    return replace(policy, rules=(careful, *policy.rules))


def test_a_newer_green_contradicts_yellows_and_reds_and_no_green(zhenjiang: Policy) -> None:
    said = [stated("zhejiang", R, hours=3), stated("sukangma", G, hours=2), *greens("national")]
    known = contradict(hear(Case(said, BY_DOCUMENT, AT), zhenjiang).standing)
    assert {finding.issuer: finding.newer_green_from for finding in known} == {
        "zhejiang": {"sukangma", "national"},
        "sukangma": frozenset(),
        "national": frozenset(),
    }


def test_a_red_and_a_green_for_one_place_by_one_issuer_are_no_conflict(zhenjiang: Policy) -> None:
    """It has a red; there is nobody else who could say otherwise."""
    both = verified(code("zhejiang", R), code("zhejiang", G))
    alone = replace(zhenjiang, issuers=replace(zhenjiang.issuers, mandatory=frozenset()))
    assert ReasonCode.CONFLICT not in {reason.code for reason in judged(alone, both).reasons}


def test_no_order_puts_a_green_behind(zhenjiang: Policy) -> None:
    freshest = replace(zhenjiang, conflict_order=ConflictOrder.FRESHEST)
    older = stated("zhejiang", G, hours=5)
    judgement = judged(freshest, older, *greens("sukangma", "national"))
    assert {reason.code for reason in judgement.reasons} == {ReasonCode.RULE}
    assert "zhejiang" in {ruled.finding.issuer for ruled in judgement.trace}


def test_what_was_set_aside_is_not_ruled_on_if_something_blocks_already(
    zhenjiang: Policy,
) -> None:
    said = [stated("sukangma", R), stated("national", R), outcome("zhejiang", Outcome.TIMED_OUT)]
    about = [ruled.finding.issuer for ruled in judged(zhenjiang, *said).trace]
    assert sorted(map(str, about)) == ["national", "sukangma"]


WAS_RED = code("zhejiang", G, hours=30, previous=R, changed_hours=31)
HELD_AGAINST: dict[str, tuple[When, SourceAnswer]] = {
    "one that grew too old, as when it was young enough": (
        When(color=(G,), previous_color=(R,), age_within="24h"),
        verified(WAS_RED),
    ),
    "an unsigned one, as if it were signed": (
        When(color=(G,), previous_color=(R,), evidence=(Evidence.SIGNED,)),
        verified(replace(WAS_RED, as_of=AT), evidence=Evidence.CHANNEL),
    ),
}


@pytest.mark.parametrize("claim", HELD_AGAINST)
def test_a_rule_on_greens_sees_of_those_that_no_longer_count(claim: str, zhenjiang: Policy) -> None:
    """No green makes an answer milder by growing old or by losing its signature."""
    when, said = HELD_AGAINST[claim]
    policy = with_rule(zhenjiang, when, Effect(G, Decision.INSPECT))
    judgement = judged(policy, *greens("sukangma", "national"), said)
    assert (judgement.decision, judgement.rule) == (Decision.INSPECT, "careful")


def test_a_color_that_is_doubted_decides_before_one_that_is_missing(zhenjiang: Policy) -> None:
    doubting = with_rule(
        zhenjiang, When(color=(G,), issuer=("sukangma",)), Effect(Color.UNKNOWN, Decision.INSPECT)
    )
    judgement = judged(doubting, *greens("sukangma"), stated("national", G, hours=30))
    assert [ruled.finding.issuer for ruled in judgement.trace] == ["sukangma", "national"]


def test_of_two_reports_of_one_time_the_wider_place_decides(zhenjiang: Policy) -> None:
    province = replace(code("national", R, place="330000"), raw_value="1")
    nation = replace(code("national", R, place="000000"), raw_value="2")
    trace = judged(zhenjiang, verified(province, nation), *greens("sukangma")).trace
    assert [ruled.finding.stated for ruled in trace[:2]] == [nation, province]


def test_two_greens_of_one_place_and_time_that_lapsed_are_told_in_one_order(
    zhenjiang: Policy,
) -> None:
    one, other = (
        code("national", G, basis, hours=30) for basis in (Basis.DECLARED, Basis.CONVERTED)
    )
    first = judged(zhenjiang, *greens("sukangma"), verified(one, other))
    second = judged(zhenjiang, *greens("sukangma"), verified(other, one))
    assert first.trace == second.trace
