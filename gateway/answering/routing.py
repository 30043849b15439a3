"""Which of the connected issuers a question goes to.

The cost of an answer should depend on the issuers that may know the holder, not on the size of the
federation.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from tongxing.gateway.answering.inquiry import Inquiry
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys import TrustList
from tongxing.schema import RecognitionMode, RegionCode, contains

NATIONAL = "national"


class Claimant(Protocol):
    def claims(self, code: str) -> bool: ...


def has_form_of_a_code(code: str, links: Mapping[str, Claimant]) -> bool:
    return any(link.claims(code) for link in links.values())


def issuers_of_code(
    code: str, links: Mapping[str, Claimant], trust_list: TrustList
) -> tuple[str, ...]:
    """The issuer whose codes look like ``code``, and begin as the trust list says; at most one,
    because no two prefixes of a list fit one code. Two systems may number their codes alike, and
    the second would answer about another person (docs/invariants.md §6)."""
    return tuple(
        issuer
        for issuer, link in links.items()
        if link.claims(code) and _bears_prefix(code, issuer, trust_list)
    )


def _bears_prefix(code: str, issuer: str, trust_list: TrustList) -> bool:
    listed = trust_list.issuers.get(issuer)
    return listed is not None and code.startswith(listed.code_prefix)


def issuers_of_document(
    connected: Iterable[str], policy: Policy, inquiry: Inquiry, trust_list: TrustList
) -> tuple[str, ...]:
    """Under SHARE every issuer may be asked. Under CONVERT and DIRECT (docs/facts.md §2.1) the
    national code is the intermediary: it is asked, and so are the receiving place's own issuers
    and those that the policy makes mandatory."""
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
