"""The decision: what one receiving place makes of what the issuers stated.

A pure function of the sources, the policy, the circumstances and a time. Each finding is ruled on
by itself and the most restrictive ruling holds, so the order of the sources cannot matter and one
more source cannot make an answer greener than it was.
Refuses to ask, verify, log or sign anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.recognition.circumstances import Circumstances
from gateway.recognition.conflict import contradict, overrule
from gateway.recognition.finding import Finding
from gateway.recognition.hearing import hear
from gateway.recognition.justification import justify
from gateway.recognition.policy import Effect, Policy
from gateway.recognition.ruling import Ruled, rule_on
from gateway.recognition.validity import oldest_state, rests_on, valid_until, weakest_evidence
from schema import Color, Decision, Evidence, Reason, SourceAnswer, most_restrictive
from schema.color import RESTRICTIVENESS


@dataclass(frozen=True, slots=True)
class Judgement:
    """``trace`` holds every finding that counted with its rule, the deciding one first;
    ``integrity_alarms`` the issuers whose evidence was forged, foreign or replayed."""

    color: Color
    decision: Decision
    reasons: tuple[Reason, ...]
    decided_by: str | None
    rule: str
    relaxed: bool
    evidence: Evidence | None
    as_of: datetime | None
    valid_until: datetime
    integrity_alarms: tuple[str, ...]
    trace: tuple[Ruled, ...]


def recognize(
    sources: Iterable[SourceAnswer], policy: Policy, circumstances: Circumstances, at: datetime
) -> Judgement:
    """Judge ``sources`` as of ``at`` (aware UTC) under ``policy``, which is in force then.

    Raises InconsistentSources and Undecided where the hub contradicts itself; never for anything
    that an issuer can say.
    """
    hearing = hear(sources, policy, circumstances, at)
    staying, behind = overrule(contradict(hearing.standing), policy)
    trace = rule_on(staying, hearing)
    color = max((ruled.rule.effect for ruled in trace), key=_restrictiveness).color
    relaxing = bool(behind) or any(ruled.rule.relaxes for ruled in trace)
    support = [trace[0].finding]
    if color is Color.GREEN:
        support = rests_on(staying, policy, is_relaxed=relaxing)
    return Judgement(
        color=color,
        decision=trace[0].rule.effect.decision,
        reasons=justify(trace, behind, hearing),
        decided_by=trace[0].finding.issuer,
        rule=trace[0].rule.id,
        relaxed=relaxing and _is_relaxed(color, trace, behind, policy),
        evidence=weakest_evidence(support),
        as_of=oldest_state(support),
        valid_until=valid_until(color, support, trace, policy, at),
        integrity_alarms=tuple(sorted(hearing.alarms)),
        trace=trace,
    )


def _restrictiveness(effect: Effect) -> int:
    return effect.restrictiveness


def _is_relaxed(
    color: Color, trace: Sequence[Ruled], behind: Sequence[Finding], policy: Policy
) -> bool:
    """Whether the answer would be more restrictive if no rule and no order relaxed anything."""
    plain = [_without_relaxing(ruled.finding, policy) for ruled in trace]
    plain += [_without_relaxing(finding, policy) for finding in behind]
    return RESTRICTIVENESS[color] < RESTRICTIVENESS[most_restrictive(plain)]


def _without_relaxing(finding: Finding, policy: Policy) -> Color:
    """The color that the rules which relax nothing give, and never a greener one than stated."""
    plain = replace(finding, newer_green_from=frozenset())
    strict = (rule for rule in policy.rules if not rule.relaxes and rule.speaks_on(plain))
    rule = next(strict, None)
    return most_restrictive([finding.color] + ([] if rule is None else [rule.effect.color]))
