"""What an answer rests on, and until when it may be used."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.recognition.conflict import greens
from gateway.recognition.durations import duration
from gateway.recognition.finding import Finding
from gateway.recognition.policy import Policy, Undecided
from gateway.recognition.ruling import Ruled
from schema import Color, Evidence


def rests_on(findings: Sequence[Finding], policy: Policy, *, is_relaxed: bool) -> list[Finding]:
    """The greens without which the answer would not be green: of each mandatory issuer the one
    that holds longest; where none of them knows the holder, the longest-holding of all. Where
    something was relaxed, all of them: any may be the one that stood against a yellow or red."""
    good = greens(findings)
    if is_relaxed:
        return good
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


def valid_until(
    color: Color, support: Sequence[Finding], trace: Sequence[Ruled], policy: Policy, at: datetime
) -> datetime:
    """Never past the policy itself, and a green never past the first of the greens that it rests
    on (invariant 2), nor past a moment in which a rule may begin to see any green otherwise."""
    ends = [at + policy.answer_lifetime, policy.valid_until]
    if color is Color.GREEN:
        ends += [_lapse(finding, policy) for finding in support]
        ends += [end for ruled in trace for end in _turns(ruled, policy) if end >= at]
    return min(ends)


def _turns(ruled: Ruled, policy: Policy) -> list[datetime]:
    """When time may hand the finding to another rule: a green to one of those that speak on
    greens, a yellow or red that a rule relaxed to any."""
    code = ruled.finding.stated
    if code is None:
        return []
    ages, changes, windows = policy.green_ages, policy.green_changes, policy.green_windows
    if ruled.rule.relaxes:
        ages = _lengths(policy, "age_within", "age_over")
        changes = _lengths(policy, "changed_within", "changed_over")
        windows = policy.change_windows
    turns = [code.as_of + limit for limit in ages]
    if code.changed_at is not None:
        turns += [code.changed_at + limit for limit in changes]
    if windows:
        turns += [c.at + window for window in windows for c in ruled.finding.changes]
    return turns


def _lengths(policy: Policy, *keys: str) -> tuple[timedelta, ...]:
    named = (getattr(rule.when, key) for rule in policy.rules for key in keys)
    return tuple(duration(text) for text in named if text is not None)


def weakest_evidence(support: Sequence[Finding]) -> Evidence | None:
    kinds = {finding.evidence for finding in support if finding.stated is not None}
    return Evidence.CHANNEL if Evidence.CHANNEL in kinds else next(iter(kinds), None)


def oldest_state(support: Sequence[Finding]) -> datetime | None:
    states = [finding.stated.as_of for finding in support if finding.stated is not None]
    return min(states, default=None)
