"""What an answer rests on, and until when it may be used."""

from collections.abc import Sequence
from datetime import datetime

from gateway.recognition.conflict import greens
from gateway.recognition.finding import Finding
from gateway.recognition.policy import Policy, Undecided
from gateway.recognition.ruling import Ruled
from schema import Color, Evidence


def rests_on(findings: Sequence[Finding], policy: Policy) -> list[Finding]:
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


def valid_until(
    color: Color, support: Sequence[Finding], trace: Sequence[Ruled], policy: Policy, at: datetime
) -> datetime:
    """Never past the policy itself, and a green never past the first of the greens that it rests
    on (invariant 2), nor past a moment in which a rule may begin to see any green otherwise."""
    ends = [at + policy.answer_lifetime, policy.valid_until]
    if color is Color.GREEN:
        ends += [_lapse(finding, policy) for finding in support]
        if policy.green_ages or policy.green_changes or policy.green_windows:
            ends += [end for ruled in trace for end in _turns(ruled.finding, policy) if end >= at]
    return min(ends)


def _turns(finding: Finding, policy: Policy) -> list[datetime]:
    code = finding.stated
    if code is None:
        return []
    turns = [code.as_of + limit for limit in policy.green_ages]
    if code.changed_at is not None:
        turns += [code.changed_at + limit for limit in policy.green_changes]
    turns += [c.at + window for window in policy.green_windows for c in finding.changes]
    return turns


def weakest_evidence(support: Sequence[Finding]) -> Evidence | None:
    kinds = {finding.evidence for finding in support if finding.stated is not None}
    return Evidence.CHANNEL if Evidence.CHANNEL in kinds else next(iter(kinds), None)


def oldest_state(support: Sequence[Finding]) -> datetime | None:
    states = [finding.stated.as_of for finding in support if finding.stated is not None]
    return min(states, default=None)
