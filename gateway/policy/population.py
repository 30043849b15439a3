"""Invented travelers, to try a draft on while there are no records yet.

The shares below are guesses of the right order, not statistics: most are green, a few in a hundred
are yellow or red, one answer in fifty is late or missing. Rare cases are frequent enough to be seen
among a thousand travelers. The same seed gives the same population on every machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple, TypeVar

import strawberry

from tongxing.gateway.policy.self_tests import not_listed
from tongxing.gateway.recognition.circle import Speakers, Whereabouts
from tongxing.gateway.recognition.conditions import When
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import (
    COUNTRY,
    Basis,
    Color,
    DocumentKind,
    Evidence,
    HealthCode,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
)
from tongxing.schema.case import Case, Circumstances

T = TypeVar("T")
Shares = Mapping[T, int]

COLORS: Shares[Color] = {Color.GREEN: 930, Color.YELLOW: 40, Color.RED: 30}
PURPOSES: Shares[Purpose] = {
    Purpose.ENTRY: 50,
    Purpose.TRANSPORT: 25,
    Purpose.VENUE: 15,
    Purpose.WORK: 10,
}
DOCUMENTS: Shares[DocumentKind] = {
    DocumentKind.RESIDENT_ID: 960,
    DocumentKind.PASSPORT: 20,
    DocumentKind.HK_MACAO_PERMIT: 10,
    DocumentKind.TAIWAN_PERMIT: 5,
    DocumentKind.FOREIGN_PERMANENT_RESIDENCE: 5,
}
OUTCOMES: Mapping[bool, Shares[Outcome]] = {
    True: {
        Outcome.VERIFIED: 965,
        Outcome.NOT_ENROLLED: 15,
        Outcome.TIMED_OUT: 10,
        Outcome.MUST_UPDATE: 5,
        Outcome.CODE_EXPIRED: 3,
        Outcome.BAD_SIGNATURE: 2,
    },
    False: {
        Outcome.VERIFIED: 400,
        Outcome.NOT_ENROLLED: 580,
        Outcome.TIMED_OUT: 14,
        Outcome.UNMAPPED_VALUE: 4,
        Outcome.BAD_SIGNATURE: 2,
    },
}
"""By whether the issuer has to know every traveler. A city's code knows few of those who come."""

BASES: Mapping[Color, Shares[Basis]] = {
    Color.GREEN: {Basis.DATA_NORMAL: 70, Basis.DECLARED: 25, Basis.CONVERTED: 5},
    Color.YELLOW: {
        Basis.SYMPTOMS: 30,
        Basis.MEDIUM_RISK_AREA: 30,
        Basis.ARRIVED_WITHIN_14_DAYS: 20,
        Basis.ON_SITE_TEMPERATURE: 20,
    },
    Color.RED: {
        Basis.HIGH_RISK_AREA: 50,
        Basis.ISOLATION_NOT_ENDED: 20,
        Basis.CLOSE_CONTACT: 10,
        Basis.CROSS_CHECK: 10,
        Basis.FALSE_DECLARATION: 5,
        Basis.CONFIRMED_OR_SUSPECTED: 5,
    },
}
EVIDENCE: Shares[Evidence] = {Evidence.SIGNED: 98, Evidence.CHANNEL: 2}
AGREES: Shares[bool] = {True: 97, False: 3}
"""Whether an issuer states what is true of the traveler, or what was true before."""

CHANGED_LATELY: Mapping[Color, Shares[bool]] = {
    Color.GREEN: {True: 6, False: 94},
    Color.YELLOW: {True: 80, False: 20},
    Color.RED: {True: 80, False: 20},
}
LATELY = timedelta(days=21)
FRESH: Mapping[Color, timedelta] = {
    Color.GREEN: timedelta(hours=4),
    Color.YELLOW: timedelta(days=5),
    Color.RED: timedelta(days=8),
}
"""The mean age of a state. A few are much older, so that some greens are past any limit."""

SCANNED: Shares[bool] = {True: 3, False: 7}
HOLDER_REVEALED: Shares[bool] = {True: 6, False: 4}
PROVINCES = ("310000", "320000", "330000", "340000", "370000", "420000", "440000", "510000")


class Invented(NamedTuple):
    """A traveler, and what every issuer says that any of the policies may ask about them."""

    case: Case
    where: Whereabouts


def population(
    policies: Sequence[Policy], size: int, seed: int, speakers: Speakers | None = None
) -> Iterator[Invented]:
    """``size`` travelers in the region of the last of ``policies``, at its first moment. The
    issuers are those that ``policies`` name, and those of ``speakers`` that any of them asks."""
    maker = _Maker.of(policies, seed, speakers)
    return (maker.invented() for _ in range(size))


@dataclass(frozen=True, slots=True)
class _Maker:
    issuers: Sequence[str]
    mandatory: frozenset[str]
    lists: Sequence[str]
    places: Sequence[RegionCode]
    at: datetime
    random: Random
    homes: Random
    policies: Sequence[Policy]
    speakers: Speakers | None

    @classmethod
    def of(cls, policies: Sequence[Policy], seed: int, speakers: Speakers | None) -> "_Maker":
        issuers = dict.fromkeys(issuer for each in policies for issuer in each.issuers.known)
        named = [p for each in policies for rule in each.rules for p in _places(each, rule.when)]
        return cls(
            issuers=tuple(issuers),
            mandatory=frozenset().union(*(each.issuers.mandatory for each in policies)),
            lists=sorted(frozenset().union(*(each.lists for each in policies))),
            places=[RegionCode(place) for place in dict.fromkeys([*named, *PROVINCES])],
            at=policies[-1].valid_from,
            random=Random(seed),  # noqa: S311 - repeatable, not secret
            homes=Random(f"homes of {seed}"),  # noqa: S311 - repeatable, not secret
            policies=policies,
            speakers=speakers,
        )

    def invented(self) -> Invented:
        """The homes have draws of their own, so that a trust list with the same issuers as the
        policies name leaves the same travelers."""
        home = RegionCode(self.homes.choice(PROVINCES))
        where = Whereabouts(self.policies[-1].region, home)
        case = self.case(where)
        is_resident = case.circumstances.document is DocumentKind.RESIDENT_ID
        return Invented(case, where if is_resident else replace(where, home=None))

    def asked(self, where: Whereabouts) -> Sequence[str]:
        """The issuers that the policies name, and the others that one of them asks."""
        if self.speakers is None:
            return self.issuers
        asked = set[str]()
        for policy in self.policies:
            everyone = policy.circle.everyone
            asked |= (
                self.speakers.levels.keys()
                if everyone
                else policy.circle.asks(where, self.speakers)
            )
        return [*self.issuers, *sorted(asked.difference(self.issuers))]

    def case(self, where: Whereabouts) -> Case:
        truth, scanned = self.drawn(COLORS), self.drawn(SCANNED)
        shown = self.random.choice(self.issuers) if scanned else None
        revealed = shown is None or self.drawn(HOLDER_REVEALED)
        place = self.random.choice(self.places)
        asked = self.asked(where) if revealed else [shown]
        sources = [self.answer(str(issuer), truth, place, issuer == shown) for issuer in asked]
        listed = [not_listed(issuer) for issuer in self.lists if revealed]
        return Case(
            sources=[*sources, *listed],
            circumstances=Circumstances(
                purpose=self.drawn(PURPOSES),
                document=self.drawn(DOCUMENTS) if revealed else None,
                code_issuer=shown,
            ),
            at=self.at,
        )

    def answer(self, issuer: str, truth: Color, place: RegionCode, is_shown: bool) -> SourceAnswer:  # noqa: FBT001 - a fact, not a switch
        outcome = self.drawn(OUTCOMES[is_shown or issuer in self.mandatory])
        if outcome is not Outcome.VERIFIED:
            return SourceAnswer(issuer=strawberry.ID(issuer), outcome=outcome)
        color = truth if self.drawn(AGREES) else self.drawn(COLORS)
        return SourceAnswer(
            issuer=strawberry.ID(issuer),
            outcome=outcome,
            evidence=self.drawn(EVIDENCE),
            codes=[self.code(issuer, color, place)],
        )

    def code(self, issuer: str, color: Color, place: RegionCode) -> HealthCode:
        changed = self.drawn(CHANGED_LATELY[color])
        ago = LATELY * self.random.random()
        as_of = self.at - FRESH[color] * self.random.expovariate(1)
        return HealthCode(
            color=color,
            raw_value=color.value,
            issuer=strawberry.ID(issuer),
            issuing_place=place if self.drawn(AGREES) else COUNTRY,
            basis=[self.drawn(BASES[color])],
            as_of=max(as_of, self.at - ago) if changed else as_of,
            previous_color=self.drawn(_before(color)) if changed else None,
            changed_at=self.at - ago if changed else None,
        )

    def drawn(self, shares: Shares[T]) -> T:
        return self.random.choices(list(shares), weights=list(shares.values()))[0]


def _before(color: Color) -> Shares[Color]:
    return {other: share for other, share in _BEFORE.items() if other is not color}


_BEFORE: Shares[Color] = {Color.GREEN: 70, Color.YELLOW: 20, Color.RED: 10}


def _places(policy: Policy, when: When) -> list[str]:
    return [policy.region, *(when.place or ()), *(when.place_outside or ())]
