"""The fewest things that would have to change for a milder decision.

Found by judging again with one issuer's statement changed, then with two, and so on, now and at the
moments at which time mends something: never by a second account of the rules that could drift from
the first. An offer is made only if it comes out the same in every way in which its words can come
true.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

from tongxing.gateway.recognition.decide import Judgement, color_of, trace_of
from tongxing.gateway.recognition.facts import DECISION_NAMES
from tongxing.gateway.recognition.new_statements import Way
from tongxing.gateway.recognition.policy import STRICTNESS, Policy
from tongxing.gateway.recognition.remedies import Remedy, remedies
from tongxing.gateway.recognition.ruling import Ruling
from tongxing.gateway.recognition.waiting import NOTHING_ELSE, later_cases, moments, waiting_needs
from tongxing.schema import Color, Decision, Text
from tongxing.schema.case import Case
from tongxing.schema.explanation import Need, SmallestChange

ISSUERS_LIMIT = 6
"""The most issuers whose change is tried: at most 64 sets of them."""

JUDGEMENTS_LIMIT = 200
"""The most judgements made in search of a change: some ten milliseconds."""

Blocking = Mapping[str, Sequence[Ruling]]


def smallest_change(judgement: Judgement, case: Case, policy: Policy) -> SmallestChange | None:
    """What would make ``judgement``, which was made of ``case``, milder. None if the decision is
    already the mildest, if no issuer could change it (nobody can be asked whose code it is), or if
    the search limit is reached."""
    if judgement.decision is Decision.ADMIT:
        return None
    search = _Search(judgement, case, policy)
    try:
        return search.found()
    except _LimitReached:
        return None


class _LimitReached(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Moment:
    """``after`` is None now; ``cases`` is what is judged then, before anything is remedied, and
    ``remedies`` what helps most, by issuer."""

    after: datetime | None
    cases: Sequence[Case]
    remedies: Mapping[str, Remedy]


@dataclass(slots=True)
class _Search:
    judgement: Judgement
    case: Case
    policy: Policy
    judged: dict[tuple[datetime, bool, tuple[Way, ...]], tuple[Ruling, ...]] = field(
        default_factory=dict
    )

    def found(self) -> SmallestChange | None:
        """Rather now than later, and then with as few issuers as can be."""
        blocking = _blocking(self.judgement, self.policy, self.case)
        rulings = [ruled for each in blocking.values() for ruled in each]
        for after in (None, *moments(rulings, self.case, self.policy)):
            moment = self._moment(after, blocking)
            for size in range(len(moment.remedies) + 1):
                offers = list(self._offers(size, moment))
                if offers:
                    return min(offers, key=lambda offer: STRICTNESS[offer.decision])
        return None

    def _moment(self, after: datetime | None, blocking: Blocking) -> _Moment:
        cases = [self.case] if after is None else later_cases(self.case, after)
        helping = {
            issuer: self._most_helpful(issuer, ruled, cases[0])
            for issuer, ruled in blocking.items()
        }
        found = {issuer: remedy for issuer, remedy in helping.items() if remedy is not None}
        return _Moment(after, cases, found)

    def _most_helpful(self, issuer: str, ruled: Sequence[Ruling], case: Case) -> Remedy | None:
        """The first remedy after which nothing about the issuer blocks; else the mildest."""
        mildest, best = max((r.rule.effect.strictness for r in ruled), default=1), None
        for remedy in remedies(issuer, ruled, self.case, case.at, self.policy):
            left = self._strictness(issuer, case, remedy)
            if left is not None and left < mildest:
                mildest, best = left, remedy
                if not mildest:
                    break
        return best

    def _strictness(self, issuer: str, case: Case, remedy: Remedy) -> int | None:
        """What still blocks about ``issuer``; None if that depends on how the words come true."""
        found = None
        for way in remedy.ways:
            trace = self._after(case, (way,))
            about = (r.rule.effect.strictness for r in trace if r.finding.issuer == issuer)
            left = max(about, default=0)
            if found not in (None, left):
                return None
            found = left
        return found

    def _offers(self, size: int, moment: _Moment) -> Iterator[SmallestChange]:
        for issuers in combinations(moment.remedies, size):
            chosen = [moment.remedies[issuer] for issuer in issuers]
            promised = self._promise(chosen, moment)
            if promised is not None:
                needs = [need for remedy in chosen for need in remedy.needs]
                waiting = self._waiting(chosen, moment)
                if waiting or (needs and moment.after is None):
                    yield _change([*needs, *waiting], *promised, waits=bool(waiting))

    def _promise(self, chosen: Sequence[Remedy], moment: _Moment) -> tuple[Color, Decision] | None:
        """What comes of ``chosen`` if it is milder and the same in every way."""
        found = None
        for case in moment.cases:
            for ways in _ways(chosen):
                new = self._after(case, tuple(ways), is_first=case is moment.cases[0])
                come = color_of(new), new[0].rule.effect.decision
                if come != (found or come) or not self._is_milder(come[1]):
                    return None
                found = come
        return found

    def _waiting(self, chosen: Sequence[Remedy], moment: _Moment) -> list[Need]:
        """What would block today, with all of ``chosen`` stated, and then does less or not."""
        if moment.after is None:
            return []
        ways = tuple(remedy.ways[-1] for remedy in chosen)
        then: dict[object, int] = {}
        for ruled in self._after(moment.cases[0], ways):
            then[_about(ruled)] = max(then.get(_about(ruled), 0), ruled.rule.effect.strictness)
        today = self._after(self.case, ways)
        passing = [r for r in today if r.rule.effect.strictness > then.get(_about(r), 0)]
        return waiting_needs(passing, moment.after, self.policy)

    def _is_milder(self, decision: Decision) -> bool:
        return STRICTNESS[decision] < STRICTNESS[self.judgement.decision]

    def _after(
        self, case: Case, ways: tuple[Way, ...], *, is_first: bool = True
    ) -> tuple[Ruling, ...]:
        """The rulings once ``ways`` came true; made once for each of them and each case, of which
        a moment has one or two."""
        key = case.at, is_first, ways
        if key not in self.judged:
            if len(self.judged) == JUDGEMENTS_LIMIT:
                raise _LimitReached
            self.judged[key] = trace_of(_applied(ways, case), self.policy)
        return self.judged[key]


def _blocking(judgement: Judgement, policy: Policy, case: Case) -> Blocking:
    """The issuers behind the rulings that do not admit; if there are none, the mandatory ones."""
    against = [ruled for ruled in judgement.trace if _blocks(ruled)]
    named = (ruled.finding.issuer for ruled in against)
    issuers = {issuer for issuer in named if issuer is not None}
    if not issuers:
        issuers = set(policy.mandatory_in(case.circumstances))
    return {
        issuer: [ruled for ruled in against if ruled.finding.issuer == issuer]
        for issuer in sorted(issuers)[:ISSUERS_LIMIT]
    }


def _blocks(ruled: Ruling) -> bool:
    return ruled.rule.effect.decision is not Decision.ADMIT


def _about(ruled: Ruling) -> tuple[str | None, str | None]:
    code = ruled.finding.stated
    return ruled.finding.issuer, None if code is None else code.issuing_place


def _ways(chosen: Sequence[Remedy]) -> Iterator[Sequence[Way]]:
    """All at their oldest, all at their newest, and each in every way beside the oldest of the
    others. That is enough: each finding is ruled on alone, and only how new a green is touches what
    another issuer states."""
    oldest = [remedy.ways[0] for remedy in chosen]
    yield oldest
    yield [remedy.ways[-1] for remedy in chosen]
    for number, remedy in enumerate(chosen):
        for way in remedy.ways[1:]:
            yield [*oldest[:number], way, *oldest[number + 1 :]]


def _applied(ways: Sequence[Way], case: Case) -> Case:
    for way in ways:
        case = way(case)
    return case


def _change(
    needs: Sequence[Need], color: Color, decision: Decision, *, waits: bool
) -> SmallestChange:
    outcome = DECISION_NAMES[decision]
    becomes = "可放行" if decision is Decision.ADMIT else f"改为{outcome.zh}"
    zh, en = ("，且".join(n.text.zh for n in needs), " and ".join(n.text.en for n in needs))
    meanwhile = NOTHING_ELSE if waits else Text(zh="", en="")
    return SmallestChange(
        needs=list(needs),
        color=color,
        decision=decision,
        text=Text(
            zh=f"{zh}后{meanwhile.zh}，{becomes}",
            en=f"{outcome.en.capitalize()} once {en}{meanwhile.en}",
        ),
    )
