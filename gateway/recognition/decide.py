"""The decision: what one receiving place makes of what the issuers stated, and until when it holds.

A pure function of a case and a policy. Each finding is ruled on by itself and the most restrictive
ruling holds, so the order of the sources cannot matter, and without a relaxation one more source
cannot make a YELLOW or RED greener. An answer can turn greener from UNKNOWN, if the source is one
whose silence counted: a mandatory issuer, or the issuer of a missing list. Refuses to ask, verify,
log or sign anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tongxing.gateway.recognition.finding import Finding
from tongxing.gateway.recognition.hearing import Hearing, hear
from tongxing.gateway.recognition.holding import rule_moments
from tongxing.gateway.recognition.policy import Effect, Policy, Undecided
from tongxing.gateway.recognition.reasons import justify
from tongxing.gateway.recognition.ruling import (
    Ruling,
    contradict,
    overrule,
    rule_on,
    supporting,
)
from tongxing.schema import Color, Decision, Evidence, Reason, most_restrictive
from tongxing.schema.case import Case
from tongxing.schema.color import RESTRICTIVENESS


def rests_on(findings: Sequence[Finding], hearing: Hearing, *, is_relaxed: bool) -> list[Finding]:
    """The greens without which the answer would not be green: for each mandatory issuer the one
    that holds longest; if no mandatory issuer knows the holder, the longest-holding of all; and
    for each issuer whose missing list it makes up for. If something was relaxed, all that a pass
    can rest on: any may be the one that outweighed a yellow or red. Of two that end together the
    older state stands, and of two of one time the unsigned one."""
    good = supporting(findings)
    if is_relaxed:
        return good
    good.sort(key=lambda finding: _hold(finding, hearing.policy))
    longest = {finding.issuer: finding for finding in good}.values()
    needed = [finding for finding in longest if finding.mandatory] or good[-1:]
    return needed + [f for f in longest if f.issuer in hearing.spared]


def _hold(finding: Finding, policy: Policy) -> tuple[datetime, timedelta | None, bool]:
    return _lapse(finding, policy), finding.age, finding.evidence is Evidence.CHANNEL


def _lapse(finding: Finding, policy: Policy) -> datetime:
    """The moment at which a stated green ends."""
    code = finding.stated
    if code is None:
        raise Undecided("an answer rests on a finding that states nothing")
    end_of_age = code.as_of + policy.maximum_green_age
    return end_of_age if code.valid_until is None else min(end_of_age, code.valid_until)


def end_of(
    color: Color, support: Sequence[Finding], trace: Sequence[Ruling], hearing: Hearing
) -> datetime:
    """Never past the end of the policy. A green ends with the first of the greens that it rests on
    (docs/invariants.md §2), at the first moment at which another rule may fit any green, also one
    that lapsed, or when a green that is ahead of the clock begins to count."""
    policy, at = hearing.policy, hearing.case.at
    ends = [policy.valid_until]
    if color is Color.GREEN:
        ends += [_lapse(finding, policy) for finding in support]
        seen = [(ruled.finding, ruled.rule.relaxes) for ruled in trace]
        seen += [(finding, False) for finding in hearing.lapsed]
        turns = (_turns(finding, policy, is_relaxed=relaxed) for finding, relaxed in seen)
        ends += [end for each in turns for end in each if end >= at]
        ends += [begin for begin in hearing.beginnings() if begin > at]
    return min(ends)


def _turns(finding: Finding, policy: Policy, *, is_relaxed: bool) -> Iterable[datetime]:
    """The moments at which another rule may fit the finding: for a green one of the rules on
    greens, for a yellow or red that was relaxed any rule."""
    code = finding.stated
    if code is None:
        return ()
    lengths = (policy.green_ages, policy.green_changes, policy.green_windows)
    if is_relaxed:
        lengths = (policy.rule_ages, policy.rule_changes, policy.change_windows)
    return rule_moments(code, finding.changes, *lengths)


_WEAKEST_FIRST = (Evidence.CHANNEL, Evidence.RELAYED, Evidence.SIGNED)


def weakest_evidence(support: Sequence[Finding]) -> Evidence | None:
    kinds = {finding.evidence for finding in support if finding.stated is not None}
    return next((kind for kind in _WEAKEST_FIRST if kind in kinds), None)


def oldest_state(support: Sequence[Finding]) -> datetime | None:
    states = [finding.stated.as_of for finding in support if finding.stated is not None]
    return min(states, default=None)


@dataclass(frozen=True, slots=True)
class Judgement:
    """``trace`` holds every finding that counted with its rule, the deciding one first;
    ``integrity_alarms`` the issuers whose evidence was forged, foreign or replayed. ``end`` is the
    part of ``valid_until`` that does not move with the time of the case."""

    color: Color
    decision: Decision
    reasons: tuple[Reason, ...]
    decided_by: str | None
    rule: str
    relaxed: bool
    evidence: Evidence | None
    as_of: datetime | None
    valid_until: datetime
    end: datetime
    integrity_alarms: tuple[str, ...]
    trace: tuple[Ruling, ...]

    def no_longer_than(self, end: datetime) -> "Judgement":
        return replace(self, valid_until=min(self.valid_until, end), end=min(self.end, end))

    def given_at(self, at: datetime, policy: Policy) -> "Judgement":
        """What ``recognize`` gives at ``at``, before the judgement turns (``holding``). The trace
        still shows the time of the first case."""
        return replace(self, valid_until=self.ends_at(at, policy))

    def ends_at(self, at: datetime, policy: Policy) -> datetime:
        """Until when the answer holds that is given at ``at``."""
        return min(at + policy.answer_lifetime, self.end)


def recognize(case: Case, policy: Policy) -> Judgement:
    """Judge ``case`` under ``policy``, which is in force at the moment of the case or being tried.

    Raises InconsistentSources and Undecided if the hub contradicts itself; never for anything that
    an issuer can say.
    """
    hearing, staying, behind, trace = _ruled(case, policy)
    color = color_of(trace)
    relaxing = bool(behind) or any(ruled.rule.relaxes for ruled in trace)
    support = [trace[0].finding]
    if color is Color.GREEN:
        support = rests_on(staying, hearing, is_relaxed=relaxing)
    end = end_of(color, support, trace, hearing)
    return Judgement(
        color=color,
        decision=trace[0].rule.effect.decision,
        reasons=justify(trace, behind, hearing),
        decided_by=trace[0].finding.issuer,
        rule=trace[0].rule.id,
        relaxed=relaxing and _is_relaxed(color, trace, behind, policy),
        evidence=weakest_evidence(support),
        as_of=oldest_state(support),
        valid_until=min(case.at + policy.answer_lifetime, end),
        end=end,
        integrity_alarms=tuple(sorted(hearing.alarms)),
        trace=trace,
    )


def trace_of(case: Case, policy: Policy) -> tuple[Ruling, ...]:
    """The rulings of ``recognize`` alone, for a search that judges many cases."""
    *_, trace = _ruled(case, policy)
    return trace


def color_of(trace: Sequence[Ruling]) -> Color:
    return max((ruled.rule.effect for ruled in trace), key=_restrictiveness).color


def _ruled(
    case: Case, policy: Policy
) -> tuple[Hearing, list[Finding], list[Finding], tuple[Ruling, ...]]:
    """The hearing, the findings that stay, those put behind them, and the rulings."""
    hearing = hear(case, policy)
    staying, behind = overrule(contradict(hearing.standing), policy)
    return hearing, staying, behind, rule_on(staying, hearing)


def _restrictiveness(effect: Effect) -> int:
    return effect.restrictiveness


def _is_relaxed(
    color: Color, trace: Sequence[Ruling], behind: Sequence[Finding], policy: Policy
) -> bool:
    """Whether the answer would be more restrictive if no rule and no order relaxed anything."""
    plain = [_without_relaxing(ruled.finding, policy) for ruled in trace]
    plain += [_without_relaxing(finding, policy) for finding in behind]
    return RESTRICTIVENESS[color] < RESTRICTIVENESS[most_restrictive(plain)]


def _without_relaxing(finding: Finding, policy: Policy) -> Color:
    """The color by the rules that relax nothing, and never greener than stated."""
    plain = replace(finding, newer_green_from=frozenset())
    strict = (rule for rule in policy.rules if not rule.relaxes and rule.speaks_on(plain))
    rule = next(strict, None)
    return most_restrictive([finding.color] + ([] if rule is None else [rule.effect.color]))
