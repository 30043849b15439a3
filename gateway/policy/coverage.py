"""Whether a policy's rules decide on every case, and whether each rule decides on some case.

Exact, because it visits every class of findings that the rules can tell apart
(``finding_classes``). It also checks that a policy is monotone: a rule without ``relaxes`` makes
nothing greener.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tongxing.gateway.policy.case_words import in_words
from tongxing.gateway.policy.effort import RULES_LIMIT_STEPS, steps_to_rule
from tongxing.gateway.policy.finding_classes import (
    GreenWays,
    TooManyClasses,
    classes_of,
    green_ways,
)
from tongxing.gateway.policy.policy_refusal import PolicyFault
from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.gateway.recognition.policy import Policy, Rule, Undecided
from tongxing.schema import Color
from tongxing.schema.color import RESTRICTIVENESS


@dataclass(frozen=True, slots=True)
class Fault:
    """``rule`` is None if the rules as a whole are at fault."""

    code: PolicyFault
    rule: str | None
    reason: str


def faults(policy: Policy) -> Iterator[Fault]:
    """What is wrong with the rules together; the first fault is enough to refuse the policy."""
    if steps_to_rule(policy.rules) > RULES_LIMIT_STEPS:
        reason = (
            "规则中的列举太多，无法逐一对照 "
            "the lists of the rules have too many members to be looked through"
        )
        yield Fault(PolicyFault.TOO_MANY_COMBINATIONS, None, reason)
        return
    reached: set[str] = set()
    relaxing: set[str] = set()
    try:
        ways = green_ways(policy)
        for finding in classes_of(policy):
            rule = _rule_on(policy, finding)
            if rule is None:
                case = in_words(policy, finding)
                reason = f"没有规则处置：{case.zh}。 no rule decides on {case.en}"
                yield Fault(PolicyFault.UNDECIDED, None, reason)
                continue
            reached.add(rule.id)
            if _makes_greener(policy, finding, rule, ways):
                relaxing.add(rule.id)
            yield from _faults_of(policy, finding, rule, relaxes=rule.id in relaxing)
    except TooManyClasses:
        reason = (
            "规则区分的情形太多 "
            "the rules tell too many cases apart to be checked; name fewer constants"
        )
        yield Fault(PolicyFault.TOO_MANY_COMBINATIONS, None, reason)
        return
    yield from _idle(policy, reached, relaxing)


def _rule_on(policy: Policy, finding: Finding) -> Rule | None:
    try:
        return policy.rule_on(finding)
    except Undecided:
        return None


def _makes_greener(policy: Policy, finding: Finding, rule: Rule, ways: GreenWays) -> bool:
    """Greener than what was stated, or greener than without the greens that contradict it.
    Otherwise one more green could make an answer greener without any rule marked as a
    relaxation."""
    mine = RESTRICTIVENESS[rule.effect.color]
    if mine < RESTRICTIVENESS[finding.color]:
        return True
    fewer = (
        _rule_on(policy, replace(finding, newer_green_from=greens))
        for greens in ways.smaller(finding)
    )
    return any(r is not None and mine < RESTRICTIVENESS[r.effect.color] for r in fewer)


def _faults_of(policy: Policy, finding: Finding, rule: Rule, *, relaxes: bool) -> Iterator[Fault]:
    wrong = _wrong(finding, rule, relaxes=relaxes)
    if wrong is not None:
        code, why = wrong
        case, made = in_words(policy, finding), rule.effect.color.value
        zh = f"规则 {rule.id} 把{case.zh}变成 {made}。"
        yield Fault(code, rule.id, f"{zh} rule {rule.id} makes {made} of {case.en}; {why}")


def _wrong(finding: Finding, rule: Rule, *, relaxes: bool) -> tuple[PolicyFault, str] | None:
    color = rule.effect.color
    if finding.cause is Cause.HOLDER_UNKNOWN and color is Color.GREEN and rule.relaxes:
        # A place may do without the issuers that a scan leaves unasked: it says so, and the answer
        # shows it. A green that another issuer states is still needed.
        return None
    if finding.cause is not None and color is not Color.UNKNOWN:
        return PolicyFault.INVENTS_COLOR, "no issuer stated a color, so none is set"
    if relaxes and not rule.relaxes:
        return PolicyFault.MAKES_GREENER, "that has to be marked relaxes = true"
    if relaxes and finding.mandatory:
        why = "a mandatory issuer's color is never relaxed (add when.mandatory = false)"
        return PolicyFault.RELAXES_MANDATORY, why
    return None


def _idle(policy: Policy, reached: set[str], relaxing: set[str]) -> Iterator[Fault]:
    for rule in policy.rules:
        if rule.id not in reached:
            reason = (
                "前面的规则已处置了它的全部情形 "
                f"rule {rule.id} is never reached: earlier rules decide whatever it asks for"
            )
            yield Fault(PolicyFault.UNREACHABLE, rule.id, reason)
        elif rule.relaxes and rule.id not in relaxing:
            reason = (
                "规则写了放宽，却没有放宽 "
                f"rule {rule.id} is marked relaxes = true and makes nothing greener"
            )
            yield Fault(PolicyFault.RELAXES_NOTHING, rule.id, reason)
