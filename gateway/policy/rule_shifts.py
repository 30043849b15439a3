"""Which way the findings go that another rule decides on in a new version of a policy.

Every class of findings that either version can tell apart is ruled on by both
(``finding_classes``), so no second account of the rules is needed. Refuses to put the differences
into words (``differences``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tongxing.gateway.policy.finding_classes import TooManyClasses, common_classes
from tongxing.gateway.recognition.finding import Finding
from tongxing.gateway.recognition.policy import Policy, Rule, Undecided
from tongxing.schema.announced_policy import PolicyDirection

Sides = Mapping[str, frozenset[PolicyDirection]]


@dataclass(frozen=True, slots=True)
class RuleShifts:
    """``left`` says of each rule of the old version where the findings went that it no longer
    decides on, ``come`` of each rule of the new one where those came from that it decides on now,
    ``between`` where those went that changed between rules of both."""

    left: Sides
    come: Sides
    between: frozenset[PolicyDirection]

    def of_lost(self, rule: Rule) -> PolicyDirection:
        return _one(self.left.get(rule.id, frozenset()))

    def of_new(self, rule: Rule) -> PolicyDirection:
        return _one(self.come.get(rule.id, frozenset()))

    def of_changed(self, rule: Rule) -> PolicyDirection:
        here = self.left.get(rule.id, frozenset()) | self.come.get(rule.id, frozenset())
        return _one(here)

    def of_order(self) -> PolicyDirection:
        return _one(self.between)


NOT_KNOWN = RuleShifts({}, {}, frozenset())
"""The two versions tell too many classes apart to be compared: nothing is said of the direction."""


def rule_shifts(old: Policy, new: Policy) -> RuleShifts:
    try:
        return _shifts(old, new)
    except TooManyClasses:
        return NOT_KNOWN


def _shifts(old: Policy, new: Policy) -> RuleShifts:
    left: dict[str, set[PolicyDirection]] = defaultdict(set)
    come: dict[str, set[PolicyDirection]] = defaultdict(set)
    between: set[PolicyDirection] = set()
    both = {rule.id for rule in old.rules} & {rule.id for rule in new.rules}
    for before, after in common_classes(old, new):
        was, now = _rule_on(old, before), _rule_on(new, after)
        if was is None or now is None or was.id == now.id:
            continue
        direction = effect_direction(was, now)
        left[was.id].add(direction)
        come[now.id].add(direction)
        if {was.id, now.id} <= both:
            between.add(direction)
    return RuleShifts(_frozen(left), _frozen(come), frozenset(between))


def effect_direction(was: Rule, now: Rule) -> PolicyDirection:
    before, after = _strictness(was), _strictness(now)
    if before == after:
        return PolicyDirection.OTHER
    return PolicyDirection.LAXER if after < before else PolicyDirection.STRICTER


def _strictness(rule: Rule) -> tuple[int, int]:
    return rule.effect.strictness, rule.effect.restrictiveness


def _rule_on(policy: Policy, finding: Finding) -> Rule | None:
    """None for a draft that leaves something undecided: it is refused for that elsewhere."""
    try:
        return policy.rule_on(finding)
    except Undecided:
        return None


def _frozen(found: Mapping[str, Iterable[PolicyDirection]]) -> Sides:
    return {rule: frozenset(directions) for rule, directions in found.items()}


def _one(directions: frozenset[PolicyDirection]) -> PolicyDirection:
    """The direction of all of them; OTHER if some go one way and some the other."""
    told = directions - {PolicyDirection.OTHER}
    return next(iter(told)) if len(told) == 1 else PolicyDirection.OTHER
