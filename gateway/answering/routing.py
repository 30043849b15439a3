"""Which of the connected issuers a question goes to.

An answer is to cost what the issuers that may know the holder cost, not what the federation costs.
"""

from collections.abc import Iterable, Mapping

from gateway.answering.inquiry import Inquiry
from gateway.answering.issuer_link import IssuerLink
from gateway.recognition.policy import Policy
from keys import TrustList
from schema import RecognitionMode, RegionCode, contains

NATIONAL = "national"


def issuers_of_code(code: str, links: Mapping[str, IssuerLink]) -> tuple[str, ...]:
    """The issuers whose codes look like ``code``."""
    return tuple(issuer for issuer, link in links.items() if link.claims(code))


def issuers_of_document(
    connected: Iterable[str], policy: Policy, inquiry: Inquiry, trust_list: TrustList
) -> tuple[str, ...]:
    """Under SHARE every issuer may be asked. Under CONVERT and DIRECT (domain.md, section 2) the
    national code stands between the places: it is asked, and with it the issuers of the receiving
    place itself and those that the policy makes mandatory."""
    if policy.mode is RecognitionMode.SHARE:
        return tuple(connected)
    return tuple(
        issuer
        for issuer in connected
        if issuer in policy.issuers.mandatory
        or _speaks_for(issuer, inquiry.receiving_region, trust_list)
    )


def _speaks_for(issuer: str, region: RegionCode, trust_list: TrustList) -> bool:
    listed = trust_list.issuers.get(issuer)
    if listed is None:
        return False
    places = [RegionCode(place) for place in listed.regions]
    return listed.level == NATIONAL or any(
        contains(place, region) or contains(region, place) for place in places
    )
