"""All the reasons of one answer, the deciding one first and none twice."""

from collections.abc import Sequence

from gateway.recognition.conflict import contested
from gateway.recognition.finding import Finding
from gateway.recognition.hearing import Hearing
from gateway.recognition.policy import Policy
from gateway.recognition.reasons import (
    cause_reason,
    conflict_reason,
    old_but_counts_reason,
    overruled_reason,
    rule_reason,
)
from gateway.recognition.ruling import Ruled
from schema import Color, Decision, Reason


def justify(
    trace: Sequence[Ruled], behind: Sequence[Finding], hearing: Hearing
) -> tuple[Reason, ...]:
    policy = hearing.policy
    reasons = [reason for ruled in _told(trace) for reason in _reasons_of(ruled, policy)]
    findings = [ruled.finding for ruled in trace]
    for finding in (*findings, *behind):
        if finding.color in (Color.YELLOW, Color.RED):
            reasons += _doubts(finding, findings, policy)
    reasons += [overruled_reason(f.code, policy) for f in behind if f.code is not None]
    return _once(reasons + _aside(hearing, findings))


def _told(trace: Sequence[Ruled]) -> Sequence[Ruled]:
    """Why somebody may pass is no reason for an answer that stops him, and is said once where he
    may, not once for each green; what relaxes is said in any case."""
    against = [ruled for ruled in trace if ruled.rule.effect.decision is not Decision.ADMIT]
    relaxing = [ruled for ruled in trace if ruled.rule.relaxes and ruled not in against]
    if against:
        return [*against, *relaxing]
    once: dict[str, Ruled] = {}
    for ruled in trace:
        once.setdefault(ruled.rule.id, ruled)
    return list(once.values())


def _aside(hearing: Hearing, findings: Sequence[Finding]) -> list[Reason]:
    """What was set aside is mentioned, unless it has been ruled on after all."""
    if not hearing.aside:
        return []
    ruled_on = {id(finding) for finding in findings}
    return [
        cause_reason(finding, finding.cause, hearing.policy, None)
        for finding in hearing.aside
        if finding.cause is not None and id(finding) not in ruled_on
    ]


def _reasons_of(ruled: Ruled, policy: Policy) -> list[Reason]:
    finding, rule = ruled.finding, ruled.rule
    if finding.cause is None:
        return [rule_reason(finding, rule)]
    return [cause_reason(finding, finding.cause, policy, rule), rule_reason(finding, rule)]


def _doubts(finding: Finding, findings: Sequence[Finding], policy: Policy) -> list[Reason]:
    """What an official should know of a yellow or red: who contradicts it, and how old it is."""
    code = finding.stated
    if code is None:
        return []
    doubts = []
    green = contested(finding, findings)
    if green is not None:
        doubts.append(conflict_reason(code, green, policy))
    if finding.at - code.as_of > policy.maximum_age[code.color]:
        doubts.append(old_but_counts_reason(code, policy))
    return doubts


def _once(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple({(r.code, r.rule, r.issuer, r.text.en): r for r in reasons}.values())
