"""Which findings another rule decides on in a new version."""

from dataclasses import replace

from tests.policy.test_policy_files import PLAIN
from tongxing.gateway.policy.policy_file import read_draft
from tongxing.gateway.policy.rule_shifts import NOT_KNOWN, rule_shifts
from tongxing.gateway.recognition.conditions import When, conditions_of
from tongxing.gateway.recognition.policy import Effect, Policy, Rule
from tongxing.schema import Color, Decision, Text
from tongxing.schema.announced_policy import PolicyDirection

POLICY = read_draft("plain.toml", PLAIN.encode()).policy


def with_rules(*whens: When) -> Policy:
    effect = Effect(Color.RED, Decision.REFUSE)
    rules = [
        Rule(f"rule-{n}", Text(zh="规", en="rule"), when, conditions_of(when), effect, False)
        for n, when in enumerate(whens)
    ]
    return replace(POLICY, rules=(*rules, *POLICY.rules))


def test_nothing_goes_anywhere_between_a_version_and_itself() -> None:
    same = rule_shifts(POLICY, POLICY)
    assert (same.left, same.come, same.between) == ({}, {}, frozenset())


def test_what_one_of_two_drafts_leaves_undecided_goes_nowhere() -> None:
    undecided = replace(POLICY, rules=tuple(r for r in POLICY.rules if r.id != "yellow"))
    for shifts in (rule_shifts(undecided, POLICY), rule_shifts(POLICY, undecided)):
        assert (shifts.left, shifts.come, shifts.between) == ({}, {}, frozenset())


def test_of_versions_that_tell_too_many_cases_apart_nothing_is_said() -> None:
    many = [
        When(
            age_over=f"{n}m",
            changed_over=f"{n}m",
            place=(f"{110000 + n}",),
            issuer=(f"issuer-{n}",),
            newer_green_from=(f"issuer-{n}",),
        )
        for n in range(1, 40)
    ]
    assert rule_shifts(POLICY, with_rules(*many)) == NOT_KNOWN


def test_only_what_moves_between_rules_of_both_versions_is_put_down_to_their_order() -> None:
    refuse, inspect = (
        Rule(name, Text(zh="规", en="rule"), When(), (), Effect(color, decision), False)
        for name, color, decision in (
            ("refuse", Color.RED, Decision.REFUSE),
            ("inspect", Color.YELLOW, Decision.INSPECT),
        )
    )

    def version(*rules: Rule) -> Policy:
        return replace(POLICY, rules=rules)

    turned = rule_shifts(version(refuse, inspect), version(inspect, refuse))
    assert turned.between == {PolicyDirection.LAXER}
    other = rule_shifts(version(refuse), version(inspect))
    assert other.between == frozenset()
    assert other.come == {"inspect": {PolicyDirection.LAXER}}
