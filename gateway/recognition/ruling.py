"""Which findings contradict each other, which the policy puts behind, and which rule fits each.

Refuses to hide a conflict: a finding that is put behind another is handed back to be named.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.gateway.recognition.hearing import Hearing
from tongxing.gateway.recognition.policy import ChannelEvidence, ConflictOrder, Policy, Rule
from tongxing.schema import Color, Decision, Evidence, HealthCode, Via

Order = Callable[[Finding, Finding, str | None], bool]


def supporting(findings: Sequence[Finding]) -> list[Finding]:
    """The greens that a pass can rest on."""
    return [finding for finding in findings if finding.color is Color.GREEN and finding.carries]


def contradict(findings: Sequence[Finding]) -> list[Finding]:
    """The same findings; each yellow and red knows which issuers state a later green that a pass
    could rest on."""
    good = supporting(findings)
    return [_contradicted(finding, good) for finding in findings]


def overrule(findings: Sequence[Finding], policy: Policy) -> tuple[list[Finding], list[Finding]]:
    """The findings that stay, and those that the policy's conflict order puts behind another color.

    A mandatory issuer's color is never put behind another's (docs/invariants.md §3): an order
    can only choose among what the others say. What is of another time, or may be of somebody else,
    goes before nothing: whoever can bring it can as well bring silence.
    """
    if policy.conflict_order is ConflictOrder.MOST_RESTRICTIVE:
        return list(findings), []
    goes_before = _ORDERS[policy.conflict_order]
    stated = [f for f in findings if f.cause is None and f.carries and f.is_whole]
    staying: list[Finding] = []
    behind: list[Finding] = []
    for finding in findings:
        optional = not finding.mandatory and finding.color.is_restrictive
        home = policy.issuers.home
        beaten = optional and any(goes_before(other, finding, home) for other in stated)
        (behind if beaten else staying).append(finding)
    return staying, behind


def contested(mine: HealthCode, via: Via, findings: Sequence[Finding]) -> HealthCode | None:
    """The latest green that another issuer, or another place of the same, states beside ``mine``, a
    yellow or red, or that the issuer of a list states when asked; None if no green that a pass
    could rest on contradicts it."""
    others = [f.stated for f in supporting(findings) if f.stated is not None]
    elsewhere = [
        code
        for code in others
        if via is Via.LIST or (code.issuer, code.issuing_place) != (mine.issuer, mine.issuing_place)
    ]
    return max(elsewhere, key=lambda c: (c.as_of, c.issuer, c.issuing_place), default=None)


def _contradicted(finding: Finding, good: Sequence[Finding]) -> Finding:
    if not finding.color.is_restrictive:
        return finding
    newer = frozenset(
        green.issuer
        for green in good
        if green.issuer is not None and green.issuer != finding.issuer and _later(green, finding)
    )
    return replace(finding, newer_green_from=newer)


def _later(finding: Finding, other: Finding) -> bool:
    mine, theirs = finding.stated, other.stated
    return mine is not None and theirs is not None and mine.as_of > theirs.as_of


_ORDERS: Mapping[ConflictOrder, Order] = {
    ConflictOrder.FRESHEST: lambda other, finding, _home: _later(other, finding),
    ConflictOrder.HOME_ISSUER_FIRST: lambda other, finding, home: (
        other.issuer == home and finding.issuer != home
    ),
}


_JUST_UNDER = timedelta(microseconds=1)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_CAUSE_ORDER = {cause: order for order, cause in enumerate(Cause)}


@dataclass(frozen=True, slots=True)
class Ruling:
    """One finding and the first rule that fits it."""

    finding: Finding
    rule: Rule


def rule_on(staying: Sequence[Finding], hearing: Hearing) -> tuple[Ruling, ...]:
    """Rule on each finding. A pass needs a stated green: if nothing blocks it and no issuer states
    one either, what was set aside is ruled on as well."""
    policy = hearing.policy
    ruled = [Ruling(finding, policy.rule_on(finding)) for finding in staying]
    if not supporting(staying) and all(r.rule.effect.color is Color.GREEN for r in ruled):
        ruled += [Ruling(f, policy.rule_on(f)) for f in hearing.without_support()]
    against = [Ruling(f, policy.rule_on(_as_it_held(f, policy))) for f in hearing.lapsed]
    ruled += [each for each in against if each.rule.effect.decision is not Decision.ADMIT]
    may_be_alike = len({each.finding.issuer for each in ruled}) < len(ruled)
    if may_be_alike and len(set(map(_weight, ruled))) < len(ruled):
        ruled.sort(key=_details)
    ruled.sort(key=_weight)
    return tuple(ruled)


def _as_it_held(lapsed: Finding, policy: Policy) -> Finding:
    """A green that lapsed, is unsigned or is ahead of the clock, as rules see a green that is
    believed: no older than a green may be. Its own end makes no answer milder."""
    code = lapsed.stated
    if code is None:
        return lapsed
    youngest, oldest = lapsed.at, lapsed.at - policy.maximum_green_age + _JUST_UNDER
    held = replace(code, as_of=max(min(code.as_of, youngest), oldest))
    believed = policy.channel_evidence is ChannelEvidence.GREEN
    return replace(lapsed, stated=held, evidence=lapsed.evidence if believed else Evidence.SIGNED)


def _weight(ruled: Ruling) -> tuple[int, int, int, bool, datetime, str, str, str]:
    """The deciding finding first. Everything that tells the findings of two issuers apart is part
    of the key, so the order in which issuers answered cannot show."""
    finding, effect = ruled.finding, ruled.rule.effect
    code = finding.stated or finding.behind
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


def _details(ruled: Ruling) -> tuple[str, ...]:
    """What else tells two findings of one issuer apart, so that their order cannot show either."""
    finding = ruled.finding
    code = finding.stated or finding.behind
    told = (finding.outcome, finding.via, finding.evidence)
    return (*map(str, told), repr(code))
