"""Which of the connected issuers a question goes to, and why it goes to no other.

The circle of a policy decides (``gateway/recognition/circle.py``): the cost of an answer, and who
learns of a traveler, depend on it and not on the size of the federation.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import strawberry

from tongxing.gateway.recognition.circle import Speakers, Whereabouts
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys import TrustList
from tongxing.schema import Via
from tongxing.schema.case import Case
from tongxing.schema.not_asked import IssuerNotAsked, NotAskedReason


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
    connected: Iterable[str], policy: Policy, where: Whereabouts, speakers: Speakers
) -> tuple[str, ...]:
    """Those of the circle of ``policy``, in the order of the connected ones."""
    circle = policy.circle
    if circle.everyone:
        return tuple(connected)
    asked = circle.asks(where, speakers)
    return tuple(issuer for issuer in connected if issuer in asked)


def not_asked(
    connected: Sequence[str],
    case: Case,
    policy: Policy,
    where: Whereabouts,
    speakers: Speakers,
) -> list[IssuerNotAsked]:
    """The connected issuers that none of the sources of ``case`` is of, and those that ``policy``
    names and nobody connected, each with its reason under ``policy``."""
    asked = {source.issuer for source in case.sources if source.via is Via.LIVE}
    wanted = frozenset(issuers_of_document(connected, policy, where, speakers))
    is_known = case.circumstances.document is not None

    def reason(issuer: str) -> NotAskedReason:
        may_be_wanted = issuer in wanted or policy.circle.may_be_home(issuer, speakers)
        if not is_known and may_be_wanted:
            return NotAskedReason.HOLDER_UNKNOWN
        return NotAskedReason.POLICY_CHANGED if issuer in wanted else NotAskedReason.NOT_IN_CIRCLE

    left = [(issuer, reason(issuer)) for issuer in connected if issuer not in asked]
    missing = sorted(policy.circle.named.difference(connected))
    left += [(issuer, NotAskedReason.NOT_CONNECTED) for issuer in missing]
    return [IssuerNotAsked(issuer=strawberry.ID(issuer), reason=why) for issuer, why in left]


class KnownSpeakers:
    """The speakers of the trust list that was asked for last, made once for each list."""

    def __init__(self) -> None:
        self._known: tuple[TrustList, Speakers] | None = None

    def of(self, trust_list: TrustList) -> Speakers:
        if self._known is None or self._known[0] is not trust_list:
            self._known = trust_list, Speakers(trust_list.issuers)
        return self._known[1]
