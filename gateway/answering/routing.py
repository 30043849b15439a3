"""Which of the connected issuers a question goes to, and why it goes to no other.

The circle of a policy decides (``gateway/recognition/circle.py``): the cost of an answer, and who
learns of a traveler, depend on it and not on the size of the federation.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

import strawberry

from tongxing.gateway.recognition.circle import Circle, Speakers, Whereabouts
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys import TrustList
from tongxing.schema import RegionCode, Via
from tongxing.schema.case import Case
from tongxing.schema.not_asked import IssuerNotAsked, NotAskedReason

_CircleKey = tuple[int, int, RegionCode, RegionCode | None]


class Claimant(Protocol):
    def claims(self, code: str) -> bool: ...


def has_form_of_a_code(code: str, links: Mapping[str, Claimant]) -> bool:
    return any(link.claims(code) for link in links.values())


MOST_CIRCLES = 4_096
"""Remembered: one for each home of travelers that come to one place."""


class Connected:
    """The connected issuers, in their order. To put a few of them in this order costs what the few
    cost, however many are connected."""

    def __init__(self, issuers: Iterable[str]) -> None:
        self.all = tuple(issuers)
        self._places = {issuer: place for place, issuer in enumerate(self.all)}
        self._circles: dict[_CircleKey, tuple[Circle, Speakers, tuple[str, ...]]] = {}

    def of_circle(self, circle: Circle, where: Whereabouts, speakers: Speakers) -> tuple[str, ...]:
        """Those that ``circle`` asks. Worked out once for these very objects, which are remembered
        with it, and one home."""
        if circle.everyone:
            return self.all
        key = id(circle), id(speakers), where.receiving, where.home
        known = self._circles.get(key)
        if known is None:
            if len(self._circles) >= MOST_CIRCLES:
                self._circles.clear()
            known = self._circles[key] = (circle, speakers, self.of(circle.asks(where, speakers)))
        return known[-1]

    def of(self, issuers: Iterable[str]) -> tuple[str, ...]:
        """Those of ``issuers`` that are connected."""
        return tuple(
            sorted(filter(self._places.__contains__, issuers), key=self._places.__getitem__)
        )


class Concerned(NamedTuple):
    """``issuers`` are asked. ``unknown`` are those of the circle whose filter says that they do not
    know the holder; those of them that the policy names are asked all the same. ``until`` is when
    the filters stop to count; None if none was looked at."""

    issuers: tuple[str, ...]
    unknown: frozenset[str] = frozenset()
    until: datetime | None = None


def issuers_of_code(
    code: str, links: Mapping[str, Claimant], prefixes: "Prefixes"
) -> tuple[str, ...]:
    """The issuer whose codes look like ``code``, and begin as the trust list says; at most one,
    because no two prefixes of a list fit one code. Two systems may number their codes alike, and
    the second would answer about another person (docs/invariants.md §6)."""
    issuer = prefixes.issuer_of(code)
    link = None if issuer is None else links.get(issuer)
    return () if issuer is None or link is None or not link.claims(code) else (issuer,)


class Prefixes:
    """The code prefixes of one trust list. Looking one up costs next to nothing, however many there
    are."""

    def __init__(self, trust_list: TrustList) -> None:
        listed = sorted((each.code_prefix, issuer) for issuer, each in trust_list.issuers.items())
        self._prefixes = [prefix for prefix, _ in listed]
        self._issuers = [issuer for _, issuer in listed]

    def issuer_of(self, code: str) -> str | None:
        """No prefix begins with another, so the one that ``code`` begins with is the last that is
        not greater."""
        place = bisect_right(self._prefixes, code) - 1
        fits = place >= 0 and code.startswith(self._prefixes[place])
        return self._issuers[place] if fits else None


def issuers_of_document(
    connected: Connected, policy: Policy, where: Whereabouts, speakers: Speakers
) -> tuple[str, ...]:
    """Those of the circle of ``policy``, in the order of the connected ones."""
    return connected.of_circle(policy.circle, where, speakers)


def without_unknowing(
    circle: tuple[str, ...], unknown: frozenset[str], policy: Policy, until: datetime
) -> Concerned:
    """``circle`` without those of ``unknown`` that ``policy`` does not name: whoever it relies on
    is asked whatever a filter says (docs/invariants.md §3)."""
    left = unknown - policy.circle.named - policy.issuers.mandatory
    asked = tuple(issuer for issuer in circle if issuer not in left) if left else circle
    return Concerned(asked, unknown, until)


def not_asked(
    connected: Connected,
    case: Case,
    policy: Policy,
    where: Whereabouts,
    speakers: Speakers,
    *,
    unknown: frozenset[str],
) -> list[IssuerNotAsked]:
    """The connected issuers that none of the sources of ``case`` is of, and those that ``policy``
    names and nobody connected, each with its reason under ``policy``; ``unknown`` are those that
    did not know the holder by their filters."""
    asked = {source.issuer for source in case.sources if source.via is Via.LIVE}
    wanted = frozenset(issuers_of_document(connected, policy, where, speakers))
    is_known = case.circumstances.document is not None

    def reason(issuer: str) -> NotAskedReason:
        if is_known and issuer in unknown:
            return NotAskedReason.HOLDER_NOT_IN_FILTER
        may_be_wanted = issuer in wanted or policy.circle.may_be_home(issuer, speakers)
        if not is_known and may_be_wanted:
            return NotAskedReason.HOLDER_UNKNOWN
        return NotAskedReason.POLICY_CHANGED if issuer in wanted else NotAskedReason.NOT_IN_CIRCLE

    left = [(issuer, reason(issuer)) for issuer in connected.all if issuer not in asked]
    missing = sorted(policy.circle.named.difference(connected.all))
    left += [(issuer, NotAskedReason.NOT_CONNECTED) for issuer in missing]
    return [IssuerNotAsked(issuer=strawberry.ID(issuer), reason=why) for issuer, why in left]


class KnownSpeakers:
    """The speakers and the code prefixes of the trust list that was asked for last, made once for
    each list."""

    def __init__(self) -> None:
        self._known: tuple[TrustList, Speakers, Prefixes] | None = None

    def of(self, trust_list: TrustList) -> Speakers:
        return self._made(trust_list)[1]

    def prefixes_of(self, trust_list: TrustList) -> Prefixes:
        return self._made(trust_list)[2]

    def _made(self, trust_list: TrustList) -> tuple[TrustList, Speakers, Prefixes]:
        if self._known is None or self._known[0] is not trust_list:
            self._known = trust_list, Speakers(trust_list.issuers), Prefixes(trust_list)
        return self._known
