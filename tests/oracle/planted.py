"""Bugs that the oracle must see. Each is the hub's own decision over changed inputs, or a changed
answer of it: the product itself is never touched.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from tests.oracle.generated import PLACES
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.policy import (
    ConflictOrder,
    ListUnavailable,
    NotEnrolled,
    OptionalFault,
    Policy,
)
from tongxing.schema import (
    Color,
    Decision,
    Evidence,
    HealthCode,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
    Via,
)
from tongxing.schema.case import Case

Decide = Callable[[Case, Policy], Judgement]
ENDLESS = timedelta(days=3_650)


def as_if_coded(again: Callable[[HealthCode, Case], HealthCode]) -> Decide:
    """What issuers state when they are asked; no list has a green."""

    def coded(source: SourceAnswer, case: Case) -> SourceAnswer:
        is_list = source.via is Via.LIST
        return source if is_list else replace(source, codes=[again(c, case) for c in source.codes])

    def decide(case: Case, policy: Policy) -> Judgement:
        sources = [coded(source, case) for source in case.sources]
        return recognize(replace(case, sources=sources), policy)

    return decide


def as_if_said(again: Callable[[Sequence[SourceAnswer], Policy], Sequence[SourceAnswer]]) -> Decide:
    return lambda case, policy: recognize(
        replace(case, sources=again(case.sources, policy)), policy
    )


def as_if_asked(**circumstances: object) -> Decide:
    def decide(case: Case, policy: Policy) -> Judgement:
        asked = replace(case.circumstances, **circumstances)  # type: ignore[arg-type]
        return recognize(replace(case, circumstances=asked), policy)

    return decide


def as_if_ruled(again: Callable[[Policy], Policy]) -> Decide:
    return lambda case, policy: recognize(case, again(policy))


def as_if_answered(again: Callable[[Judgement, Case, Policy], Judgement]) -> Decide:
    return lambda case, policy: again(recognize(case, policy), case, policy)


def without(*outcomes: Outcome) -> Decide:
    return as_if_said(lambda said, _: [s for s in said if s.outcome not in outcomes])


def _believed_whole_or_not_at_all(
    said: Sequence[SourceAnswer], _: Policy
) -> Sequence[SourceAnswer]:
    in_part = (Outcome.MALFORMED, Outcome.STALE, Outcome.BAD_SIGNATURE)
    return [replace(s, codes=[]) if s.outcome in in_part and s.via is Via.LIVE else s for s in said]


def _fresh(code: HealthCode, case: Case) -> HealthCode:
    return replace(code, as_of=case.at) if code.color is Color.GREEN else code


def _here_if_ahead(code: HealthCode, case: Case) -> HealthCode:
    return replace(code, as_of=min(code.as_of, case.at))


def _only_young(code: HealthCode, case: Case) -> HealthCode:
    is_old = code.color.is_restrictive and case.at - code.as_of > timedelta(hours=24)
    return replace(code, color=Color.GREEN, as_of=case.at) if is_old else code


def _known(code: HealthCode, _: Case) -> HealthCode:
    return replace(code, color=Color.GREEN) if code.color is Color.UNKNOWN else code


def _signed(said: Sequence[SourceAnswer], _: Policy) -> Sequence[SourceAnswer]:
    return [s if s.evidence is None else replace(s, evidence=Evidence.SIGNED) for s in said]


def _first_codes(said: Sequence[SourceAnswer], _: Policy) -> Sequence[SourceAnswer]:
    return [replace(s, codes=s.codes[:1]) for s in said]


def _mandatory_only(said: Sequence[SourceAnswer], policy: Policy) -> Sequence[SourceAnswer]:
    return [s for s in said if s.issuer in policy.issuers.mandatory]


def _no_list(said: Sequence[SourceAnswer], _: Policy) -> Sequence[SourceAnswer]:
    return [s for s in said if s.via is Via.LIVE]


def _one_less(policy: Policy) -> Policy:
    issuers = policy.issuers
    fewer = frozenset(sorted(issuers.mandatory)[1:])
    return replace(policy, issuers=replace(issuers, mandatory=fewer))


def _not_missing(case: Case, policy: Policy) -> Judgement:
    silent = {s.issuer for s in case.sources if s.outcome in (Outcome.TIMED_OUT, Outcome.BUSY)}
    named = policy.issuers.mandatory - silent
    fewer = replace(policy, issuers=replace(policy.issuers, mandatory=named))
    return recognize(replace(case, sources=[s for s in case.sources if s.codes]), fewer)


def _accepting(policy: Policy) -> Policy:
    return replace(policy, issuers=replace(policy.issuers, not_enrolled=NotEnrolled.ACCEPTED))


def _faults(mean: OptionalFault | None) -> Callable[[Policy], Policy]:
    return lambda policy: replace(policy, issuers=replace(policy.issuers, optional_fault=mean))


def _longer(policy: Policy) -> Policy:
    return replace(policy, maximum_age={**policy.maximum_age, Color.GREEN: ENDLESS})


def _last_rule_first(policy: Policy) -> Policy:
    return replace(policy, rules=policy.rules[::-1])


def _mildest(judgement: Judgement, _: Case, __: Policy) -> Judgement:
    least = judgement.trace[-1].rule.effect
    return replace(judgement, color=least.color, decision=least.decision)


def _by_color(judgement: Judgement, _: Case, __: Policy) -> Judgement:
    admits = judgement.color is Color.GREEN
    return replace(judgement, decision=Decision.ADMIT) if admits else judgement


def _green_by_default(judgement: Judgement, _: Case, __: Policy) -> Judgement:
    if judgement.color is not Color.UNKNOWN:
        return judgement
    return replace(judgement, color=Color.GREEN, decision=Decision.ADMIT)


def _whole_lifetime(judgement: Judgement, case: Case, policy: Policy) -> Judgement:
    return replace(judgement, valid_until=min(case.at + policy.answer_lifetime, policy.valid_until))


def _past_the_policy(judgement: Judgement, case: Case, policy: Policy) -> Judgement:
    ends_with_policy = judgement.valid_until == policy.valid_until
    end = case.at + policy.answer_lifetime
    return replace(judgement, valid_until=end) if ends_with_policy else judgement


def _scanned_alone(case: Case, policy: Policy) -> Judgement:
    asked = case.circumstances
    if asked.document is not None or asked.code_issuer is None:
        return recognize(case, policy)
    alone = replace(policy.issuers, mandatory=frozenset({asked.code_issuer}))
    return recognize(case, replace(policy, issuers=alone))


def _only_outcomes(said: Sequence[SourceAnswer], _: Policy) -> Sequence[SourceAnswer]:
    spoken = (Outcome.VERIFIED, Outcome.UNMAPPED_VALUE)
    return [s if s.outcome in spoken else replace(s, codes=[]) for s in said]


def _unlapsed(code: HealthCode, case: Case) -> HealthCode:
    """An old green loses what rules could hold against it."""
    is_old = code.color is Color.GREEN and case.at - code.as_of >= timedelta(hours=36)
    return replace(code, previous_color=None, changed_at=None) if is_old else code


def _anywhere(policy: Policy) -> Policy:
    named = {"national": frozenset(RegionCode(place) for place in PLACES)}
    return replace(policy, issuers=replace(policy.issuers, green_from=named))


@dataclass
class Swapped:
    """Each answer goes to the traveler before."""

    before: Judgement | None = None

    def __call__(self, case: Case, policy: Policy) -> Judgement:
        mine = recognize(case, policy)
        self.before, given = mine, self.before or mine
        return given


PLANTED: Mapping[str, Callable[[], Decide]] = {
    "the age of a green is not looked at": lambda: as_if_coded(_fresh),
    "the policy's age limit is forgotten": lambda: as_if_ruled(_longer),
    "the end that an issuer states is ignored": lambda: as_if_coded(
        lambda code, _: replace(code, valid_until=None)
    ),
    "a green ahead of the clock is believed": lambda: as_if_coded(_here_if_ahead),
    "the clock is a second behind": lambda: (
        lambda case, policy: recognize(replace(case, at=case.at - timedelta(seconds=1)), policy)
    ),
    "what is not known is green": lambda: as_if_answered(_green_by_default),
    "a value in no table is green": lambda: as_if_coded(_known),
    "a red that is old is over": lambda: as_if_coded(_only_young),
    "two travelers get each other's answer": Swapped,
    "the mildest finding decides": lambda: as_if_answered(_mildest),
    "whoever is green is admitted": lambda: as_if_answered(_by_color),
    "the last rule that fits decides": lambda: as_if_ruled(_last_rule_first),
    "one mandatory issuer is dropped": lambda: as_if_ruled(_one_less),
    "an issuer that does not know the holder is accepted": lambda: as_if_ruled(_accepting),
    "a silent issuer is not missed": lambda: _not_missing,
    "a signature that does not verify is passed over": lambda: without(Outcome.BAD_SIGNATURE),
    "another holder's record is passed over": lambda: without(Outcome.WRONG_HOLDER),
    "a red counts only in a statement that is believed as a whole": lambda: as_if_said(
        _believed_whole_or_not_at_all
    ),
    "a replay is passed over": lambda: without(Outcome.STALE),
    "faults of others are passed over everywhere": lambda: as_if_ruled(
        _faults(OptionalFault.ACCEPTED)
    ),
    "faults of others turn everybody away": lambda: as_if_ruled(_faults(OptionalFault.UNKNOWN)),
    "files that say it are read as those that do not": lambda: as_if_ruled(_faults(None)),
    "what must be declared again is passed over": lambda: without(Outcome.MUST_UPDATE),
    "what nobody signed counts as signed": lambda: as_if_said(_signed),
    "only the first of several codes is heard": lambda: as_if_said(_first_codes),
    "optional issuers are not heard": lambda: as_if_said(_mandatory_only),
    "the daily list is not looked at": lambda: as_if_said(_no_list),
    "a missing list is not missed": lambda: as_if_ruled(
        lambda policy: replace(policy, list_unavailable=ListUnavailable.ACCEPTED)
    ),
    "a scan takes its own issuer alone": lambda: _scanned_alone,
    "a red beside an outcome is lifted": lambda: as_if_said(_only_outcomes),
    "an old green holds nothing against its holder": lambda: as_if_coded(_unlapsed),
    "any province stands for the nation": lambda: as_if_ruled(_anywhere),
    "the freshest word counts everywhere": lambda: as_if_ruled(
        lambda policy: replace(policy, conflict_order=ConflictOrder.FRESHEST)
    ),
    "the most restrictive word counts even where a place relaxes": lambda: as_if_ruled(
        lambda policy: replace(policy, conflict_order=ConflictOrder.MOST_RESTRICTIVE)
    ),
    "the places of codes are forgotten": lambda: as_if_coded(
        lambda code, _: replace(code, issuing_place=RegionCode("000000"))
    ),
    "the basis is forgotten": lambda: as_if_coded(lambda code, _: replace(code, basis=[])),
    "the color before is forgotten": lambda: as_if_coded(
        lambda code, _: replace(code, previous_color=None)
    ),
    "the time of the change is forgotten": lambda: as_if_coded(
        lambda code, _: replace(code, changed_at=None)
    ),
    "the history is forgotten": lambda: as_if_asked(changes=()),
    "every question is one of entry": lambda: as_if_asked(purpose=Purpose.ENTRY),
    "the issuer of a scanned code need not answer": lambda: as_if_asked(code_issuer=None),
    "an answer holds for its whole lifetime": lambda: as_if_answered(_whole_lifetime),
    "an answer outlives its policy": lambda: as_if_answered(_past_the_policy),
    "a relaxation is not told": lambda: as_if_answered(
        lambda judgement, _, __: replace(judgement, relaxed=False)
    ),
    "the channel is called a signature": lambda: as_if_answered(
        lambda judgement, _, __: replace(judgement, evidence=Evidence.SIGNED)
    ),
    "nobody is alarmed": lambda: as_if_answered(
        lambda judgement, _, __: replace(judgement, integrity_alarms=())
    ),
    "the wrong rule is named": lambda: as_if_answered(
        lambda judgement, _, __: replace(judgement, rule=judgement.trace[-1].rule.id)
    ),
}
