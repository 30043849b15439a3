"""Whom a place asks about a traveler: its policy's word, and what a trust list makes of it.

Responsible for the circle of issuers as a policy names it, and for which issuers speak for a place.
Refuses to know which issuers are connected and to ask anybody (``routing``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from tongxing.schema import COUNTRY, RecognitionMode, RegionCode
from tongxing.schema.issuer import IssuerLevel

EVERY_LEVEL = frozenset(IssuerLevel)


class SpeakingIssuer(Protocol):
    """An issuer as a trust list names it: its level, and the places that it may speak for."""

    @property
    def level(self) -> str: ...
    @property
    def regions(self) -> tuple[str, ...]: ...


class Speakers:
    """The issuers of one trust list by the places that they speak for. Asking costs the same
    whether the list names three issuers or four hundred."""

    def __init__(self, issuers: Mapping[str, SpeakingIssuer]) -> None:
        self.levels = {issuer: IssuerLevel(each.level) for issuer, each in issuers.items()}
        self._of_place: defaultdict[str, set[str]] = defaultdict(set)
        self._of_part: defaultdict[str, set[str]] = defaultdict(set)
        for issuer, each in issuers.items():
            is_national = self.levels[issuer] is IssuerLevel.NATIONAL
            for region in (COUNTRY,) if is_national else each.regions:
                whole, *parts = _around(region)
                self._of_place[whole].add(issuer)
                for part in parts:
                    self._of_part[part].add(issuer)

    def of_whole(self, place: RegionCode) -> frozenset[str]:
        """Those that speak for all of ``place``: its own, its province's, the national one."""
        return frozenset().union(*(self._of_place.get(each, ()) for each in _around(place)))

    def of_any_part(self, place: RegionCode) -> frozenset[str]:
        """Those that speak for all of ``place`` or for a part of it."""
        return self.of_whole(place).union(self._of_part.get(next(_around(place)), ()))

    def at(self, levels: frozenset[IssuerLevel], issuers: Iterable[str]) -> frozenset[str]:
        return frozenset(issuer for issuer in issuers if self.levels[issuer] in levels)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """``receiving`` is the place that asks; ``home`` the division that a resident ID number begins
    with, None for other documents and for a scan that has not revealed its holder."""

    receiving: RegionCode
    home: RegionCode | None


@dataclass(frozen=True, slots=True)
class Circle:
    """``everyone`` stands for all connected issuers, if a file says nothing in mode SHARE.
    ``named`` are asked by name; ``parties`` are the places of an agreement, each asked by the
    issuers that speak for all of it. Of the holder's home and of the receiving place, by division
    code, the issuers of these levels are asked."""

    everyone: bool
    named: frozenset[str]
    parties: frozenset[RegionCode]
    holder_home: frozenset[IssuerLevel]
    receiving_place: frozenset[IssuerLevel]

    @classmethod
    def unsaid(cls, mode: RecognitionMode, named: frozenset[str]) -> "Circle":
        """Of a policy file without ``asked``: what its mode meant before there was the key, so that
        no signed file asks fewer than its signers knew."""
        everyone = mode is RecognitionMode.SHARE
        return cls(everyone, named, frozenset(), frozenset(), EVERY_LEVEL)

    def asks(self, where: Whereabouts, speakers: Speakers) -> frozenset[str]:
        """The issuers that are asked about a holder; meaningless for ``everyone``."""
        return self.whoever(where.receiving, speakers) | self.at_home(where.home, speakers)

    def whoever(self, receiving: RegionCode, speakers: Speakers) -> frozenset[str]:
        """The issuers that are asked whoever the holder is."""
        place = speakers.at(self.receiving_place, speakers.of_any_part(receiving))
        of_parties = frozenset().union(*(speakers.of_whole(party) for party in self.parties))
        parties = speakers.at(EVERY_LEVEL - {IssuerLevel.NATIONAL}, of_parties)
        return self.named | place | parties

    def at_home(self, home: RegionCode | None, speakers: Speakers) -> frozenset[str]:
        """The issuers that are asked because they speak for the holder's home."""
        if home is None or not self.holder_home:
            return frozenset()
        return speakers.at(self.holder_home, speakers.of_whole(home))

    def may_be_home(self, issuer: str, speakers: Speakers) -> bool:
        """Whether it is asked about some holders, for their home."""
        return speakers.levels.get(issuer) in self.holder_home


def _around(place: str) -> Iterator[str]:
    """What the codes of all places in ``place`` begin with, and in the places around it: 3211, 32
    and nothing for 321100."""
    stem = place
    while stem.endswith("00"):
        stem = stem[:-2]
    while stem:
        yield stem
        stem = stem[:-2]
    yield ""
