"""Which of one issuer's reports may carry its green: a province does not stand for the nation.

Refuses to look at colors. A yellow or red counts whatever place reports it.
"""

from collections.abc import Sequence

from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import COUNTRY, HealthCode, RegionCode, contains


def carrying(codes: Sequence[HealthCode], policy: Policy) -> frozenset[RegionCode]:
    """The places of ``codes``, all of one issuer, whose green may be that issuer's green.

    They are those that the policy names for the issuer. By default they are the widest places that
    it reports on (the nation, if it does), and any in the receiving place's own province.
    """
    places = frozenset(code.issuing_place for code in codes)
    named = policy.issuers.green_from.get(codes[0].issuer)
    if named is not None:
        return places & named
    if len(places) == 1:
        return places
    return frozenset(p for p in places if _is_widest(p, places) or _is_own(p, policy.region))


def _is_widest(place: RegionCode, places: frozenset[RegionCode]) -> bool:
    return not any(other != place and contains(other, place) for other in places)


def _is_own(place: RegionCode, receiving: RegionCode) -> bool:
    """Whether ``place`` lies in the province of the receiving place, which may be the nation."""
    return receiving != COUNTRY and contains(RegionCode(f"{receiving[:2]}0000"), place)
