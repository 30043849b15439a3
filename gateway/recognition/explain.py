"""Why the answer is what it is, and what would have to change for another.

Responsible for the two questions that an answer leaves open: which rules looked at a finding and
passed, and the fewest issuers that would have to say something else. Found by judging again with
one thing changed, never by a second account of the rules that could drift from the first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

import strawberry

from gateway.recognition.circumstances import Circumstances
from gateway.recognition.decide import Judgement, recognize
from gateway.recognition.finding import Finding
from gateway.recognition.policy import STRICTNESS, Policy
from gateway.recognition.reasons import clock
from schema import (
    COUNTRY,
    Basis,
    Color,
    Decision,
    Evidence,
    HealthCode,
    Outcome,
    RegionCode,
    SourceAnswer,
    Text,
)

ISSUERS_LIMIT = 6
"""The most issuers whose change of mind is tried: at most 63 judgements, some milliseconds."""

DECISION_NAMES = {
    Decision.ADMIT: Text(zh="放行", en="admitted"),
    Decision.INSPECT: Text(zh="核查", en="inspected"),
}


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A rule that looked at a finding and did not speak, with the first condition that failed."""

    rule: str
    condition: str


@dataclass(frozen=True, slots=True)
class Change:
    """The fewest issuers that, once each states a green as of now, make the decision milder."""

    issuers: tuple[str, ...]
    decision: Decision
    text: Text


def passed_over(policy: Policy, finding: Finding) -> tuple[PassedOver, ...]:
    """The rules before the one that speaks on ``finding``, in their order."""
    return tuple(_passed_over(policy, finding))


def smallest_change(
    sources: Sequence[SourceAnswer], policy: Policy, circumstances: Circumstances, at: datetime
) -> Change | None:
    """What would make the decision milder; None where it is the mildest, or where no issuer's green
    could (a code that no issuer claims)."""
    judgement = recognize(sources, policy, circumstances, at)
    blocking = _blocking(judgement, policy, circumstances)
    for size in range(1, len(blocking) + 1):
        tried = [
            _changed(chosen, sources, policy, circumstances, at)
            for chosen in combinations(blocking, size)
        ]
        milder = [new for new in tried if _is_milder(new[1], judgement)]
        if milder:
            issuers, found = min(milder, key=lambda new: STRICTNESS[new[1].decision])
            text = _text(issuers, found.decision, judgement, policy)
            return Change(issuers, found.decision, text)
    return None


def _passed_over(policy: Policy, finding: Finding) -> Iterator[PassedOver]:
    for rule in policy.rules:
        failed = next((c.key for c in rule.conditions if not c.holds(finding)), None)
        if failed is None:
            return
        yield PassedOver(rule.id, failed)


def _blocking(
    judgement: Judgement, policy: Policy, circumstances: Circumstances
) -> tuple[str, ...]:
    """The issuers behind whatever does not admit; where that is nobody, the mandatory ones."""
    found = {
        ruled.finding.issuer
        for ruled in judgement.trace
        if ruled.rule.effect.decision is not Decision.ADMIT and ruled.finding.issuer is not None
    }
    against = any(r.rule.effect.decision is not Decision.ADMIT for r in judgement.trace)
    if against and not found:
        found = set(policy.mandatory_in(circumstances))
    return tuple(sorted(found))[:ISSUERS_LIMIT]


def _changed(
    issuers: tuple[str, ...],
    sources: Sequence[SourceAnswer],
    policy: Policy,
    circumstances: Circumstances,
    at: datetime,
) -> tuple[tuple[str, ...], Judgement]:
    kept = [source for source in sources if source.issuer not in issuers]
    greens = [_green(issuer, sources, at) for issuer in issuers]
    return issuers, recognize([*kept, *greens], policy, circumstances, at)


def _green(issuer: str, sources: Sequence[SourceAnswer], at: datetime) -> SourceAnswer:
    """The green that the issuer would state of the same places, signed and as of ``at``."""
    said = [code for source in sources if source.issuer == issuer for code in source.codes]
    places = dict.fromkeys(code.issuing_place for code in said) or {COUNTRY: None}
    return SourceAnswer(
        issuer=strawberry.ID(issuer),
        outcome=Outcome.VERIFIED,
        evidence=Evidence.SIGNED,
        codes=[_green_code(issuer, place, at) for place in places],
    )


def _green_code(issuer: str, place: RegionCode, at: datetime) -> HealthCode:
    return HealthCode(
        color=Color.GREEN,
        raw_value=Color.GREEN.value,
        issuer=strawberry.ID(issuer),
        issuing_place=place,
        basis=[Basis.DATA_NORMAL],
        as_of=at,
    )


def _is_milder(new: Judgement, judgement: Judgement) -> bool:
    return STRICTNESS[new.decision] < STRICTNESS[judgement.decision]


def _text(
    issuers: tuple[str, ...], decision: Decision, judgement: Judgement, policy: Policy
) -> Text:
    conditions = [_condition(issuer, judgement, policy) for issuer in issuers]
    outcome = DECISION_NAMES[decision]
    return Text(
        zh=f"待{'、'.join(c.zh for c in conditions)}后{outcome.zh}",
        en=f"{outcome.en.capitalize()} once {' and '.join(c.en for c in conditions)}",
    )


def _condition(issuer: str, judgement: Judgement, policy: Policy) -> Text:
    """A new statement has to be later than the one that stands in the way."""
    name = policy.issuers.name(issuer)
    codes = [ruled.finding.code for ruled in judgement.trace if ruled.finding.issuer == issuer]
    latest = max((code.as_of for code in codes if code is not None), default=None)
    if latest is None:
        return Text(zh=f"{name.zh}给出绿码", en=f"{name.en} states GREEN")
    return Text(
        zh=f"{name.zh}给出{clock(latest)}之后的绿码",
        en=f"{name.en} states GREEN as of later than {clock(latest)}",
    )
