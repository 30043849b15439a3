"""Which of one issuer's reports may carry its green: a province does not stand for the nation.

Refuses to look at colors. A yellow or red counts whatever place reports it.
"""

from collections.abc import Sequence

from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import COUNTRY, HealthCode, RegionCode, contains


def carrying(codes: Sequence[HealthCode], policy: Policy) -> frozenset[RegionCode]:
    """The places of ``codes``, all of one issuer, whose green may be that issuer's green.

    They are those that the policy names for the issuer. By default they are any in the receiving
    place's own province; of an issuer that reports on the nation, the nation; and of one that
    reports on a single province, the widest places in it. If it reports on several provinces and
    not on the nation, no other province's green stands for it.
    """
    places = frozenset(code.issuing_place for code in codes)
    named = policy.issuers.green_from.get(codes[0].issuer)
    if named is not None:
        return places & named
    if len(places) == 1:
        return places
    return _widest(places) | _own(places, policy.region)


def _widest(places: frozenset[RegionCode]) -> frozenset[RegionCode]:
    if COUNTRY in places:
        return frozenset((COUNTRY,))
    if len({place[:2] for place in places}) > 1:
        return frozenset()
    return frozenset(
        place
        for place in places
        if not any(other != place and contains(other, place) for other in places)
    )


def _own(places: frozenset[RegionCode], receiving: RegionCode) -> frozenset[RegionCode]:
    """Those in the province of the receiving place: the first two digits (GB/T 2260). In that of
    the nation lies only the nation."""
    return frozenset(place for place in places if place[:2] == receiving[:2])
