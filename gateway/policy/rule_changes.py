"""In what one version of a policy differs from the one before, rule by rule, in words of the audit
log."""

from collections.abc import Sequence

from tongxing.gateway.recognition.policy import Policy, Rule
from tongxing.schema.audit_words import PublicationChange


def compared(
    before: Policy | None, now: Policy
) -> tuple[int | None, Sequence[tuple[PublicationChange, str]]]:
    """The version that was held before and the changes since, each kind in the order of ids; None
    if none was held."""
    if before is None:
        return None, ()
    was = {rule.id: rule for rule in before.rules}
    rules = {rule.id: rule for rule in now.rules}
    both = sorted(was.keys() & rules.keys())
    return before.version.version, [
        *((PublicationChange.RULE_ADDED, name) for name in sorted(rules.keys() - was.keys())),
        *((PublicationChange.RULE_REMOVED, name) for name in sorted(was.keys() - rules.keys())),
        *(
            (PublicationChange.RULE_CHANGED, name)
            for name in both
            if _said(was[name]) != _said(rules[name])
        ),
    ]


def _said(rule: Rule) -> tuple[object, ...]:
    """What its author wrote; what is made of that is made anew for each version."""
    return rule.text, rule.when, rule.effect, rule.relaxes
