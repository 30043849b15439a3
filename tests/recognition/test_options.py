"""What each switch of a policy changes, tried on one and the same policy."""

from dataclasses import replace
from datetime import timedelta

import pytest
import strawberry

from tests.policy.test_policy_files import PLAIN, WARM
from tests.recognition.given import AT, BY_DOCUMENT, code, greens, judged, outcome, stated, verified
from tongxing.adapters.proven_holder import as_far_as_proven
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.recognition.conditions import When, conditions_of
from tongxing.gateway.recognition.hearing import CAUSES
from tongxing.gateway.recognition.policy import (
    ChannelEvidence,
    ConflictOrder,
    Effect,
    ListUnavailable,
    NotEnrolled,
    OptionalFault,
    Policy,
    Rule,
    Undecided,
)
from tongxing.gateway.recognition.reasons import NOBODY_HAS_A_RECORD
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

G, Y, R, U = Color.GREEN, Color.YELLOW, Color.RED, Color.UNKNOWN


def with_order(policy: Policy, order: ConflictOrder, home: str | None = None) -> Policy:
    return replace(policy, conflict_order=order, issuers=replace(policy.issuers, home=home))


FRESHEST = ConflictOrder.FRESHEST
HOME = ConflictOrder.HOME_ISSUER_FIRST
BOTH = greens("sukangma", "national")
OLD_RED = stated("zhejiang", R, hours=20)

ORDERS: dict[str, tuple[ConflictOrder, list[SourceAnswer], Color, bool]] = {
    "the most restrictive counts": (
        ConflictOrder.MOST_RESTRICTIVE,
        [OLD_RED, *BOTH],
        R,
        False,
    ),
    "the freshest counts": (FRESHEST, [OLD_RED, *BOTH], G, True),
    "a red as fresh as the green counts": (FRESHEST, [stated("zhejiang", R), *BOTH], R, False),
    "a fresher yellow counts before an older red": (
        FRESHEST,
        [verified(code("zhejiang", R, hours=20), code("zhejiang", Y, hours=2)), *BOTH],
        G,
        True,
    ),
    "an older yellow stands behind a fresher red, which counts": (
        FRESHEST,
        [verified(code("zhejiang", Y, hours=20), code("zhejiang", R, hours=0.5)), *BOTH],
        R,
        False,
    ),
    "a mandatory issuer's old red always counts": (
        FRESHEST,
        [stated("sukangma", R, hours=20), *greens("national", "zhenjiang")],
        R,
        False,
    ),
    "a fresher green does not stand in for a silent issuer": (
        FRESHEST,
        [OLD_RED, *greens("sukangma")],
        U,
        True,
    ),
    "home comes first": (HOME, [OLD_RED, *greens("zhenjiang"), *BOTH], G, True),
    "home comes first with its red as well": (
        HOME,
        [stated("zhenjiang", R), stated("zhejiang", Y), *BOTH],
        R,
        False,
    ),
    "without a word from home the most restrictive counts": (HOME, [OLD_RED, *BOTH], R, False),
    "an answer from home without a color does not come first": (
        HOME,
        [OLD_RED, outcome("zhenjiang", Outcome.MUST_UPDATE), *BOTH],
        R,
        False,
    ),
    "a fresher green of a city whose province's green has lapsed does not count": (
        FRESHEST,
        [
            OLD_RED,
            verified(code("anhui", G, hours=300, place="340000"), code("anhui", G, place="340100")),
            stated("sukangma", G, hours=21),
            stated("national", G, hours=21),
        ],
        R,
        False,
    ),
    "home does not come before a mandatory issuer": (
        HOME,
        [stated("sukangma", Y), *greens("zhenjiang", "national")],
        Y,
        False,
    ),
}


@pytest.mark.parametrize("claim", ORDERS)
def test_conflict_orders(claim: str, zhenjiang: Policy) -> None:
    order, sources, color, relaxed = ORDERS[claim]
    home = "zhenjiang" if order is HOME else None
    judgement = judged(with_order(zhenjiang, order, home), *sources)
    assert (judgement.color, judgement.relaxed) == (color, relaxed)


def test_what_is_put_behind_is_named(zhenjiang: Policy) -> None:
    judgement = judged(with_order(zhenjiang, FRESHEST), OLD_RED, *BOTH)
    named = [r for r in judgement.reasons if r.issuer == "zhejiang"]
    assert {reason.code for reason in named} == {ReasonCode.CONFLICT}
    assert any("放宽" in reason.text.zh and "Relaxed" in reason.text.en for reason in named)


def test_where_it_is_accepted_a_mandatory_issuer_need_not_know_the_holder(
    zhenjiang: Policy,
) -> None:
    accepting = replace(
        zhenjiang, issuers=replace(zhenjiang.issuers, not_enrolled=NotEnrolled.ACCEPTED)
    )
    unknown = outcome("national", Outcome.NOT_ENROLLED)
    assert judged(zhenjiang, *greens("sukangma"), unknown).color is U
    assert judged(accepting, *greens("sukangma"), unknown).color is G


@pytest.mark.parametrize(
    "what",
    [each for each in CAUSES if each is not Outcome.NOT_ENROLLED],
    ids=lambda what: what.value,
)
def test_where_unknown_holders_are_accepted_every_other_outcome_counts(
    what: Outcome, zhenjiang: Policy
) -> None:
    issuers = replace(zhenjiang.issuers, not_enrolled=NotEnrolled.ACCEPTED)
    accepting = replace(zhenjiang, issuers=issuers)
    assert judged(accepting, *greens("sukangma"), outcome("national", what)).color is U


def test_a_pass_needs_somebody_s_word(zhenjiang: Policy) -> None:
    accepting = replace(
        zhenjiang, issuers=replace(zhenjiang.issuers, not_enrolled=NotEnrolled.ACCEPTED)
    )
    nobody = [outcome(issuer, Outcome.NOT_ENROLLED) for issuer in ("sukangma", "national")]
    judgement = judged(accepting, *nobody)
    assert (judgement.color, judgement.decided_by) == (U, None)
    assert judgement.reasons[0].code is ReasonCode.NO_RECORD
    assert judgement.reasons[0].text == NOBODY_HAS_A_RECORD
    assert judgement.reasons[0].issuer is None


def test_with_nobody_s_word_a_lapsed_green_is_named_as_the_reason(zhenjiang: Policy) -> None:
    accepting = replace(
        zhenjiang, issuers=replace(zhenjiang.issuers, not_enrolled=NotEnrolled.ACCEPTED)
    )
    nobody = [outcome(issuer, Outcome.NOT_ENROLLED) for issuer in ("sukangma", "national")]
    judgement = judged(accepting, *nobody, stated("zhenjiang", G, hours=30))
    assert (judgement.color, judgement.decided_by) == (U, "zhenjiang")
    assert judgement.reasons[0].code is ReasonCode.STALE
    texts = [reason.text.en for reason in judgement.reasons]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("accepted", "color", "evidence"),
    [(ChannelEvidence.GREEN, G, Evidence.CHANNEL), (ChannelEvidence.UNKNOWN, U, None)],
    ids=["a place may rely on the channel", "a place need not rely on the channel"],
)
def test_channel_evidence(
    accepted: ChannelEvidence, color: Color, evidence: Evidence | None, zhenjiang: Policy
) -> None:
    policy = replace(zhenjiang, channel_evidence=accepted)
    unsigned = verified(code("national", G), evidence=Evidence.CHANNEL)
    judgement = judged(policy, *greens("sukangma"), unsigned)
    assert (judgement.color, judgement.evidence) == (color, evidence)


def test_a_relaxing_rule_is_named_and_stops_short_of_mandatory_issuers() -> None:
    policy = read_policy("warm.toml", WARM.encode())
    warm = stated("other", Y, Basis.ON_SITE_TEMPERATURE)
    relaxed = judged(policy, *greens("city"), warm)
    assert (relaxed.color, relaxed.decision, relaxed.relaxed) == (G, Decision.ADMIT, True)
    assert "warm" in {reason.rule and reason.rule.id for reason in relaxed.reasons}
    strict = judged(policy, stated("city", Y, Basis.ON_SITE_TEMPERATURE), *greens("other"))
    assert (strict.color, strict.relaxed) == (Y, False)


def test_a_relaxing_rule_is_named_last_if_something_else_stops_the_traveler() -> None:
    policy = read_policy("warm.toml", WARM.encode())
    warm = stated("other", Y, Basis.ON_SITE_TEMPERATURE)
    named = [
        reason.rule and reason.rule.id for reason in judged(policy, stated("city", R), warm).reasons
    ]
    assert "warm" not in named[:1]
    assert named.count(strawberry.ID("warm")) == 1


def test_a_relaxation_that_changes_nothing_is_not_called_one() -> None:
    policy = read_policy("warm.toml", WARM.encode())
    warm = stated("other", Y, Basis.ON_SITE_TEMPERATURE)
    assert not judged(policy, stated("city", R), warm).relaxed


def test_a_relaxation_counts_against_what_the_other_rules_would_have_made_of_it() -> None:
    """Without the relaxation the warm yellow would be a red, and the answer with it."""
    policy = read_policy("warm.toml", WARM.encode())
    when = When(color=(Y,), issuer=("other",))
    effect = Effect(R, Decision.REFUSE)
    strict = Rule("strict", Text(zh="严", en="strict"), when, conditions_of(when), effect, False)
    harsh = replace(policy, rules=(policy.rules[0], strict, *policy.rules[1:]))
    warm = stated("other", Y, Basis.ON_SITE_TEMPERATURE)
    yellow = stated("city", Y, Basis.MEDIUM_RISK_AREA)
    judgement = judged(harsh, yellow, warm)
    assert (judgement.color, judgement.relaxed) == (Y, True)
    assert not judged(policy, yellow, warm).relaxed


def test_a_relaxation_that_no_other_rule_stands_behind_is_named_as_well() -> None:
    policy = read_policy("warm.toml", WARM.encode())
    alone = replace(policy, rules=tuple(rule for rule in policy.rules if rule.id != "yellow"))
    warm = stated("other", Y, Basis.ON_SITE_TEMPERATURE)
    judgement = judged(alone, *greens("city"), warm)
    assert (judgement.color, judgement.relaxed) == (G, True)


SHORT_GREEN = """\
[[rules]]
id = "old-green"
text.zh = "绿码已逾十二小时：核查"
text.en = "A green of more than twelve hours is inspected"
when.color = ["GREEN"]
when.age_over = "12h"
then = { color = "YELLOW", decision = "INSPECT" }

[[rules.tests]]
name = "thirteen hours"
given = [{ issuer = "other", color = "GREEN", age = "13h" }]
expect = { color = "YELLOW", decision = "INSPECT" }

[[rules]]
id = "red"
"""


def short_green() -> Policy:
    text = PLAIN.replace('[[rules]]\nid = "red"\n', SHORT_GREEN, 1)
    return read_policy("short.toml", text.encode())


def test_a_green_is_valid_no_longer_than_the_rules_see_it_so() -> None:
    policy = short_green()
    nearly = stated("other", G, hours=11.95)
    assert judged(policy, *greens("city"), nearly).valid_until == AT + timedelta(minutes=3)
    assert judged(policy, *greens("city"), stated("other", G, hours=13)).color is Y


def unsigned_green(hours: float) -> SourceAnswer:
    """PLAIN does not rely on it; what a rule holds against it counts all the same."""
    return verified(code("other", G, hours=hours), evidence=Evidence.CHANNEL)


def test_an_answer_ends_when_a_rule_turns_against_a_green_that_was_set_aside() -> None:
    policy = short_green()
    judgement = judged(policy, *greens("city"), unsigned_green(11.95))
    assert (judgement.color, judgement.valid_until) == (G, AT + timedelta(minutes=3))
    assert judged(policy, *greens("city"), unsigned_green(12.01)).color is Y


def test_an_answer_ends_when_a_green_that_is_ahead_of_the_clock_begins_to_count() -> None:
    policy = short_green()
    judgement = judged(policy, *greens("city"), stated("other", G, hours=-5 / 60))
    assert (judgement.color, judgement.valid_until) == (G, AT + timedelta(minutes=4))


@pytest.mark.parametrize("hours", [-1 / 60, 1])
def test_a_green_that_was_set_aside_and_changes_nothing_ends_no_answer(hours: float) -> None:
    policy = short_green()
    judgement = judged(policy, *greens("city"), unsigned_green(hours))
    assert judgement.valid_until == AT + policy.answer_lifetime


def test_a_green_over_an_older_red_ends_with_the_green_that_is_newer(zhenjiang: Policy) -> None:
    policy = with_order(zhenjiang, FRESHEST)
    older = [verified(code(issuer, G, hours=21)) for issuer in ("sukangma", "national")]
    newer = verified(code("zhenjiang", G, valid_hours=0.05))
    judgement = judged(policy, OLD_RED, newer, *older)
    assert (judgement.color, judgement.relaxed) == (G, True)
    assert judgement.valid_until == AT + timedelta(minutes=3)


FORGIVING = """\
[[rules]]
id = "young-yellow"
text.zh = "六小时内的黄码，本市有更新的绿码：放行"
text.en = "A yellow of the last six hours beside a newer green of the city is admitted"
when.color = ["YELLOW"]
when.age_within = "6h"
when.newer_green_from = ["city"]
when.mandatory = false
then = { color = "GREEN", decision = "ADMIT" }
relaxes = true

[[rules.tests]]
name = "two hours"
given = [{ issuer = "other", color = "YELLOW", age = "2h" }]
expect = { color = "GREEN", decision = "ADMIT" }

[[rules]]
id = "red"
"""


def forgiving() -> Policy:
    text = PLAIN.replace('[[rules]]\nid = "red"\n', FORGIVING, 1)
    return read_policy("forgiving.toml", text.encode())


def test_a_rule_on_yellows_ends_no_green_that_was_set_aside() -> None:
    policy = forgiving()
    judgement = judged(policy, *greens("city"), unsigned_green(5.95))
    assert judgement.valid_until == AT + policy.answer_lifetime


def test_a_relaxed_yellow_is_green_no_longer_than_its_rule_says() -> None:
    policy = forgiving()
    judgement = judged(policy, *greens("city"), stated("other", Y, hours=5.95))
    assert (judgement.color, judgement.relaxed) == (G, True)
    assert judgement.valid_until == AT + timedelta(minutes=3)


@pytest.mark.parametrize("without", ["the issuer's own word", "its daily list"])
def test_a_relaxed_yellow_that_may_be_anothers_makes_up_for_nothing(without: str) -> None:
    policy = forgiving()
    if without == "its daily list":
        policy = replace(
            policy, lists=frozenset({"other"}), list_unavailable=ListUnavailable.UNKNOWN
        )
    else:
        counting = replace(policy.issuers, optional_fault=OptionalFault.UNKNOWN)
        policy = replace(policy, issuers=counting)
    unproven = as_far_as_proven(stated("other", Y, hours=2))
    silent, relaxed = outcome("other", Outcome.NOT_PROVEN), stated("other", Y, hours=2)
    colors = [judged(policy, *greens("city"), each).color for each in (silent, unproven, relaxed)]
    assert colors == [U, U, G]


def test_a_scan_needs_every_mandatory_issuer_and_the_code_shown(
    zhenjiang: Policy,
) -> None:
    assert zhenjiang.mandatory_in(BY_DOCUMENT) == {"sukangma", "national"}
    shown = replace(BY_DOCUMENT, code_issuer="zhenjiang")
    assert zhenjiang.mandatory_in(shown) == {"sukangma", "national", "zhenjiang"}
    assert zhenjiang.mandatory_in(replace(shown, document=None)) == zhenjiang.mandatory_in(shown)


@pytest.mark.parametrize("color", [Y, R, U])
def test_no_rule_admits_anything_but_a_green(color: Color) -> None:
    with pytest.raises(ValueError, match="only GREEN admits"):
        Effect(color, Decision.ADMIT)


def test_a_rule_speaks_on_what_meets_every_condition_of_it() -> None:
    policy = read_policy("warm.toml", WARM.encode())
    warm = next(rule for rule in policy.rules if rule.id == "warm")
    for basis, speaks in ((Basis.ON_SITE_TEMPERATURE, True), (Basis.MEDIUM_RISK_AREA, False)):
        trace = judged(policy, *greens("city"), stated("other", Y, basis)).trace
        (finding,) = (ruled.finding for ruled in trace if ruled.finding.issuer == "other")
        assert warm.speaks_on(finding) is speaks


def test_a_policy_says_whether_anything_in_it_relaxes() -> None:
    plain, warm = (read_policy("a.toml", text.encode()) for text in (PLAIN, WARM))
    assert not plain.relaxes
    assert warm.relaxes
    assert with_order(plain, FRESHEST).relaxes


def test_a_finding_that_no_rule_speaks_on_stops_the_answer(zhenjiang: Policy) -> None:
    silent = replace(zhenjiang, rules=())
    with pytest.raises(Undecided):
        judged(silent, *greens("sukangma", "national"))
