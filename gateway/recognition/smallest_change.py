"""The fewest things that would have to change for a milder decision.

Found by judging again with one thing changed, then with two, and so on: never by a second account
of the rules that could drift from the first.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.facts import DECISION_NAMES
from tongxing.gateway.recognition.policy import STRICTNESS, Policy
from tongxing.gateway.recognition.remedies import Remedy, remedies
from tongxing.gateway.recognition.ruling import Ruling
from tongxing.schema import Decision, Text
from tongxing.schema.case import Case
from tongxing.schema.explanation import SmallestChange

ISSUERS_LIMIT = 6
"""The most issuers whose change is tried: at most 63 sets of them."""

JUDGEMENTS_LIMIT = 200
"""The most judgements made in search of a change: some milliseconds."""


def smallest_change(judgement: Judgement, case: Case, policy: Policy) -> SmallestChange | None:
    """What would make ``judgement``, which was made of ``case``, milder. None if the decision is
    already the mildest, if no issuer could change it (a code that no issuer claims), or if the
    search limit is reached."""
    blocking = _blocking(judgement, policy, case)
    options = {issuer: remedies(issuer, ruled, case, policy) for issuer, ruled in blocking.items()}
    left = JUDGEMENTS_LIMIT
    for size in range(1, len(options) + 1):
        tried = list(_chosen(options, size))[:left]
        left -= len(tried)
        milder = list(_milder(tried, judgement, case, policy))
        if milder:
            return min(milder, key=lambda change: STRICTNESS[change.decision])
    return None


def _blocking(judgement: Judgement, policy: Policy, case: Case) -> Mapping[str, Sequence[Ruling]]:
    """The issuers behind the rulings that do not admit; if there are none, the mandatory ones."""
    against = [r for r in judgement.trace if r.rule.effect.decision is not Decision.ADMIT]
    issuers = {ruled.finding.issuer for ruled in against} - {None}
    if against and not issuers:
        issuers = set(policy.mandatory_in(case.circumstances))
    return {
        issuer: [ruled for ruled in against if ruled.finding.issuer == issuer]
        for issuer in sorted(each for each in issuers if each is not None)[:ISSUERS_LIMIT]
    }


def _chosen(options: Mapping[str, Sequence[Remedy]], size: int) -> Iterator[tuple[Remedy, ...]]:
    """Every way to change ``size`` issuers, one remedy for each."""
    for issuers in combinations(options, size):
        yield from product(*(options[issuer] for issuer in issuers))


def _milder(
    tried: Sequence[tuple[Remedy, ...]], judgement: Judgement, case: Case, policy: Policy
) -> Iterator[SmallestChange]:
    for chosen in tried:
        changed = case
        for remedy in chosen:
            changed = remedy.applied(changed)
        new = recognize(changed, policy)
        if STRICTNESS[new.decision] < STRICTNESS[judgement.decision]:
            yield _change(chosen, new)


def _change(chosen: Sequence[Remedy], new: Judgement) -> SmallestChange:
    needs = [need for remedy in chosen for need in remedy.needs]
    outcome = DECISION_NAMES[new.decision]
    return SmallestChange(
        needs=needs,
        color=new.color,
        decision=new.decision,
        text=Text(
            zh=f"待{'，且'.join(need.text.zh for need in needs)}后{outcome.zh}",
            en=f"{outcome.en.capitalize()} once {' and '.join(need.text.en for need in needs)}",
        ),
    )
