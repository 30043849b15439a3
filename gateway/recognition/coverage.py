"""Whether a policy's rules say something about everything, and each rule about something.

Exact, because it walks every class of findings that the rules can tell apart (``classes``). It is
also where a policy is held to being monotone: without ``relaxes`` no rule makes anything greener.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.recognition.classes import (
    ANOTHER_ISSUER,
    TooManyClasses,
    classes_of,
    smaller_greens,
)
from gateway.recognition.finding import Finding
from gateway.recognition.policy import Policy, Rule, Undecided
from gateway.recognition.refusal import RefusalCode
from schema import Color
from schema.color import RESTRICTIVENESS


@dataclass(frozen=True, slots=True)
class Fault:
    """``rule`` is None where the rules as a whole are at fault."""

    code: RefusalCode
    rule: str | None
    reason: str


def faults(policy: Policy) -> Iterator[Fault]:
    """What is wrong with the rules taken together; the first is enough to refuse the policy."""
    reached: set[str] = set()
    relaxing: set[str] = set()
    try:
        for finding in classes_of(policy):
            rule = _rule_on(policy, finding)
            if rule is None:
                reason = f"no rule decides on {describe(finding)}"
                yield Fault(RefusalCode.UNDECIDED, None, reason)
                continue
            reached.add(rule.id)
            if _makes_greener(policy, finding, rule):
                relaxing.add(rule.id)
            yield from _faults_of(finding, rule, relaxes=rule.id in relaxing)
    except TooManyClasses:
        reason = "the rules tell too many cases apart to be checked; name fewer constants"
        yield Fault(RefusalCode.TOO_MANY_COMBINATIONS, None, reason)
        return
    yield from _idle(policy, reached, relaxing)


def _rule_on(policy: Policy, finding: Finding) -> Rule | None:
    try:
        return policy.rule_on(finding)
    except Undecided:
        return None


def _makes_greener(policy: Policy, finding: Finding, rule: Rule) -> bool:
    """Greener than what was stated, or than it would be without the greens that contradict it:
    else one more green could make an answer greener, and nobody would have called it a
    relaxation."""
    mine = RESTRICTIVENESS[rule.effect.color]
    if mine < RESTRICTIVENESS[finding.color]:
        return True
    fewer = (
        _rule_on(policy, replace(finding, newer_green_from=greens))
        for greens in smaller_greens(policy, finding)
    )
    return any(r is not None and mine < RESTRICTIVENESS[r.effect.color] for r in fewer)


def _faults_of(finding: Finding, rule: Rule, *, relaxes: bool) -> Iterator[Fault]:
    color = rule.effect.color
    about = f"rule {rule.id} makes {color.value} of {describe(finding)}"
    if finding.cause is not None and color is not Color.UNKNOWN:
        yield Fault(
            RefusalCode.INVENTS_COLOR, rule.id, f"{about}; no issuer stated a color, so none is set"
        )
    elif relaxes and not rule.relaxes:
        yield Fault(
            RefusalCode.MAKES_GREENER, rule.id, f"{about}; that needs to be marked relaxes = true"
        )
    elif relaxes and finding.mandatory and color is Color.GREEN:
        yield Fault(
            RefusalCode.RELAXES_MANDATORY,
            rule.id,
            f"{about}; a mandatory issuer's color is never made green (add mandatory = false)",
        )


def _idle(policy: Policy, reached: set[str], relaxing: set[str]) -> Iterator[Fault]:
    for rule in policy.rules:
        if rule.id not in reached:
            reason = f"rule {rule.id} is never reached: earlier rules decide whatever it asks for"
            yield Fault(RefusalCode.UNREACHABLE, rule.id, reason)
        elif rule.relaxes and rule.id not in relaxing:
            reason = f"rule {rule.id} is marked relaxes = true and makes nothing greener"
            yield Fault(RefusalCode.RELAXES_NOTHING, rule.id, reason)


def describe(finding: Finding) -> str:
    """One representative in words; an official reads it in a refusal."""
    issuer = finding.issuer or "no issuer"
    who = "any issuer that the policy does not name" if issuer == ANOTHER_ISSUER else issuer
    parts = [finding.color.value if finding.cause is None else finding.cause.value, f"from {who}"]
    parts.append("(mandatory)" if finding.mandatory else "(not mandatory)")
    parts += _circumstances(finding) + _statement(finding)
    return " ".join(parts)


def _circumstances(finding: Finding) -> list[str]:
    document = finding.circumstances.document
    kind = "holder unknown" if document is None else document.value
    return [f"for {finding.circumstances.purpose.value}, {kind}"]


def _statement(finding: Finding) -> list[str]:
    code = finding.stated
    if code is None:
        return []
    words = [f", basis {' '.join(basis.value for basis in code.basis) or 'none'}"]
    words.append(f", age {finding.age}, place {code.issuing_place}")
    if finding.since_change is not None:
        words.append(f", changed {finding.since_change} ago")
    if code.previous_color is not None:
        words.append(f", before {code.previous_color.value}")
    if finding.newer_green_from:
        words.append(f", newer green from {' '.join(sorted(finding.newer_green_from))}")
    return words
