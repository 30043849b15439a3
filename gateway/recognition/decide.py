"""The decision: what one receiving place makes of what the issuers stated.

A pure function of the sources, the policy, the circumstances and a time. Each finding is ruled on
by itself and the most restrictive ruling holds, so the order of the sources cannot matter and one
more source cannot make an answer greener than it was.
Refuses to ask, verify, log or sign anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway.recognition.circumstances import Circumstances
from gateway.recognition.conflict import contested, contradict, greens, overrule
from gateway.recognition.finding import Cause, Finding
from gateway.recognition.hearing import Hearing, hear
from gateway.recognition.policy import Effect, Policy, Rule, Undecided
from gateway.recognition.reasons import (
    cause_reason,
    conflict_reason,
    old_but_counts_reason,
    overruled_reason,
    rule_reason,
)
from schema import Color, Decision, Evidence, Reason, SourceAnswer, most_restrictive
from schema.color import RESTRICTIVENESS

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_CAUSE_ORDER = {cause: order for order, cause in enumerate(Cause)}


@dataclass(frozen=True, slots=True)
class Ruled:
    """One finding and the first rule that spoke on it."""

    finding: Finding
    rule: Rule


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
    trace = _rule_on(staying, hearing)
    color = max((ruled.rule.effect for ruled in trace), key=_restrictiveness).color
    support = _rests_on(staying, policy) if color is Color.GREEN else [trace[0].finding]
    return Judgement(
        color=color,
        decision=trace[0].rule.effect.decision,
        reasons=_reasons(trace, behind, hearing),
        decided_by=trace[0].finding.issuer,
        rule=trace[0].rule.id,
        relaxed=_is_relaxed(color, trace, behind, policy),
        evidence=_weakest_evidence(support),
        as_of=_oldest_state(support),
        valid_until=_valid_until(color, support, trace, policy, at),
        integrity_alarms=tuple(sorted(hearing.alarms)),
        trace=trace,
    )


def _restrictiveness(effect: Effect) -> int:
    return effect.restrictiveness


def _rule_on(staying: Sequence[Finding], hearing: Hearing) -> tuple[Ruled, ...]:
    """Rule on each finding. A pass needs somebody's word: where nothing stands against one and
    nobody states a green either, what was set aside is ruled on as well."""
    policy = hearing.policy
    ruled = [Ruled(finding, policy.rule_on(finding)) for finding in staying]
    if not greens(staying) and all(r.rule.effect.color is Color.GREEN for r in ruled):
        ruled += [Ruled(f, policy.rule_on(f)) for f in hearing.without_support()]
    ruled.sort(key=_weight)
    return tuple(ruled)


def _weight(ruled: Ruled) -> tuple[int, int, int, bool, datetime, str, str, str]:
    """The deciding finding first. All that tells two findings apart is part of the key, so that
    the order in which issuers happened to answer is not."""
    finding, effect, code = ruled.finding, ruled.rule.effect, ruled.finding.code
    return (
        -effect.strictness,
        -effect.restrictiveness,
        0 if finding.cause is None else _CAUSE_ORDER[finding.cause],
        not finding.mandatory,
        _BEFORE_ALL if code is None else code.as_of,
        finding.issuer or "",
        "" if code is None else code.issuing_place,
        ruled.rule.id,
    )


def _reasons(
    trace: Sequence[Ruled], behind: Sequence[Finding], hearing: Hearing
) -> tuple[Reason, ...]:
    policy = hearing.policy
    reasons = [reason for ruled in trace for reason in _reasons_of(ruled, policy)]
    findings = [ruled.finding for ruled in trace]
    for finding in (*findings, *behind):
        if finding.color in (Color.YELLOW, Color.RED):
            reasons += _doubts(finding, findings, policy)
    reasons += [overruled_reason(f.code, policy) for f in behind if f.code is not None]
    return _once(reasons + _aside(hearing, findings))


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


def _rests_on(findings: Sequence[Finding], policy: Policy) -> list[Finding]:
    """The greens without which the answer would not be green: of each mandatory issuer the one
    that holds longest; where none of them knows the holder, the longest-holding of all."""
    good = greens(findings)
    if len(good) > 1:
        good.sort(key=lambda finding: _lapse(finding, policy))
    longest = {finding.issuer: finding for finding in good}
    return [finding for finding in longest.values() if finding.mandatory] or good[-1:]


def _lapse(finding: Finding, policy: Policy) -> datetime:
    """When a stated green stops being one."""
    code = finding.stated
    if code is None:
        raise Undecided("an answer rests on a finding that states nothing")
    end_of_age = code.as_of + policy.maximum_green_age
    return end_of_age if code.valid_until is None else min(end_of_age, code.valid_until)


def _valid_until(
    color: Color, support: Sequence[Finding], trace: Sequence[Ruled], policy: Policy, at: datetime
) -> datetime:
    """Never past the policy itself, and a green never past the first of the greens that it rests
    on (invariant 2), nor past a moment in which a rule may begin to see any green otherwise."""
    ends = [at + policy.answer_lifetime, policy.valid_until]
    if color is Color.GREEN:
        ends += [_lapse(finding, policy) for finding in support]
        if policy.green_ages or policy.green_changes:
            ends += [end for ruled in trace for end in _turns(ruled.finding, policy) if end >= at]
    return min(ends)


def _turns(finding: Finding, policy: Policy) -> list[datetime]:
    code = finding.stated
    if code is None:
        return []
    turns = [code.as_of + limit for limit in policy.green_ages]
    if code.changed_at is not None:
        turns += [code.changed_at + limit for limit in policy.green_changes]
    return turns


def _weakest_evidence(support: Sequence[Finding]) -> Evidence | None:
    kinds = {finding.evidence for finding in support if finding.stated is not None}
    return Evidence.CHANNEL if Evidence.CHANNEL in kinds else next(iter(kinds), None)


def _oldest_state(support: Sequence[Finding]) -> datetime | None:
    states = [finding.stated.as_of for finding in support if finding.stated is not None]
    return min(states, default=None)


def _is_relaxed(
    color: Color, trace: Sequence[Ruled], behind: Sequence[Finding], policy: Policy
) -> bool:
    """Whether the answer would be more restrictive if no rule and no order relaxed anything."""
    if not behind and not any(ruled.rule.relaxes for ruled in trace):
        return False
    plain = [_without_relaxing(ruled.finding, policy) for ruled in trace]
    plain += [_without_relaxing(finding, policy) for finding in behind]
    return RESTRICTIVENESS[color] < RESTRICTIVENESS[most_restrictive(plain)]


def _without_relaxing(finding: Finding, policy: Policy) -> Color:
    """The color that the rules which relax nothing give, and never a greener one than stated."""
    plain = replace(finding, newer_green_from=frozenset())
    strict = (rule for rule in policy.rules if not rule.relaxes and rule.speaks_on(plain))
    rule = next(strict, None)
    return most_restrictive([finding.color] + ([] if rule is None else [rule.effect.color]))
