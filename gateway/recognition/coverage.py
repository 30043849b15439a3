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
from gateway.recognition.conditions import CONDITIONS
from gateway.recognition.finding import Finding
from gateway.recognition.policy import Policy, Rule, Undecided
from gateway.recognition.refusal import RefusalCode
from schema import Color, HealthCode
from schema.color import RESTRICTIVENESS

Fact = tuple[tuple[str, ...], str]


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
                reason = f"no rule decides on {_in_words(policy, finding)}"
                yield Fault(RefusalCode.UNDECIDED, None, reason)
                continue
            reached.add(rule.id)
            if _makes_greener(policy, finding, rule):
                relaxing.add(rule.id)
            yield from _faults_of(policy, finding, rule, relaxes=rule.id in relaxing)
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
    if not finding.newer_green_from:
        return False
    fewer = (
        _rule_on(policy, replace(finding, newer_green_from=greens))
        for greens in smaller_greens(policy, finding)
    )
    return any(r is not None and mine < RESTRICTIVENESS[r.effect.color] for r in fewer)


def _faults_of(policy: Policy, finding: Finding, rule: Rule, *, relaxes: bool) -> Iterator[Fault]:
    wrong = _wrong(finding, rule, relaxes=relaxes)
    if wrong is not None:
        code, why = wrong
        made = f"{rule.effect.color.value} of {_in_words(policy, finding)}"
        yield Fault(code, rule.id, f"rule {rule.id} makes {made}; {why}")


def _wrong(finding: Finding, rule: Rule, *, relaxes: bool) -> tuple[RefusalCode, str] | None:
    color = rule.effect.color
    if finding.cause is not None and color is not Color.UNKNOWN:
        return RefusalCode.INVENTS_COLOR, "no issuer stated a color, so none is set"
    if relaxes and not rule.relaxes:
        return RefusalCode.MAKES_GREENER, "that has to be marked relaxes = true"
    if relaxes and finding.mandatory and color is Color.GREEN:
        why = "a mandatory issuer's color is never made green (add when.mandatory = false)"
        return RefusalCode.RELAXES_MANDATORY, why
    return None


def _idle(policy: Policy, reached: set[str], relaxing: set[str]) -> Iterator[Fault]:
    for rule in policy.rules:
        if rule.id not in reached:
            reason = f"rule {rule.id} is never reached: earlier rules decide whatever it asks for"
            yield Fault(RefusalCode.UNREACHABLE, rule.id, reason)
        elif rule.relaxes and rule.id not in relaxing:
            reason = f"rule {rule.id} is marked relaxes = true and makes nothing greener"
            yield Fault(RefusalCode.RELAXES_NOTHING, rule.id, reason)


def _in_words(policy: Policy, finding: Finding) -> str:
    """One representative, told by what the rules look at; an official reads it in a refusal."""
    asked = {key for rule in policy.rules for key in CONDITIONS if getattr(rule.when, key)}
    told = [words for keys, words in _facts(finding) if words and not asked.isdisjoint(keys)]
    what = finding.color.value if finding.cause is None else finding.cause.value
    return ", ".join([f"{what} from {_who(finding)}", *told])


def _who(finding: Finding) -> str:
    if finding.issuer is None:
        return "no issuer"
    named = finding.issuer != ANOTHER_ISSUER
    who = finding.issuer if named else "any issuer that the policy does not name"
    return f"{who} ({'mandatory' if finding.mandatory else 'not mandatory'})"


def _facts(finding: Finding) -> list[Fact]:
    """Each with the conditions that ask for it."""
    document = finding.circumstances.document
    facts: list[Fact] = [
        (("purpose",), f"purpose {finding.circumstances.purpose.value}"),
        (("document",), f"document {document.value if document else 'unknown'}"),
    ]
    return facts if finding.stated is None else facts + _stated_facts(finding, finding.stated)


def _stated_facts(finding: Finding, code: HealthCode) -> list[Fact]:
    previous, newer = code.previous_color, sorted(finding.newer_green_from)
    changed = finding.since_change
    return [
        (("evidence",), f"evidence {finding.evidence.value if finding.evidence else 'none'}"),
        (("basis", "basis_only"), f"basis {' '.join(b.value for b in code.basis) or 'none'}"),
        (("age_within", "age_over"), f"age {finding.age}"),
        (("previous_color",), f"before {previous.value if previous else 'nothing known'}"),
        (
            ("changed_within", "changed_over"),
            "never changed" if changed is None else f"changed {changed} ago",
        ),
        (("changes_over",), f"{len(finding.changes)} changes of the color"),
        (("place", "place_outside"), f"place {code.issuing_place}"),
        (("newer_green_from",), f"newer green from {' '.join(newer) or 'nobody'}"),
    ]
