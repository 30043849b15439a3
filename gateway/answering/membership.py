"""The membership filters that count, and which issuers need not be asked about a holder.

Responsible for the one thing that a filter can do: let an issuer be left unasked for a short while,
under a policy that says for how long (``filter_age``). Refuses to conclude anything else from one.
It makes nobody green, it is no statement, and whatever is wrong with it, missing, old or revoked,
the issuer is asked (docs/decisions/0036-membership-filters.md).
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from tongxing.adapters.dialect import Unusable
from tongxing.adapters.membership_filter import (
    FilterHead,
    Membership,
    ReceivedFilter,
    filter_head,
    leaving_out,
    subject_of,
)
from tongxing.keys import TrustList
from tongxing.keys.envelope import MalformedEnvelope
from tongxing.keys.filter_key import FilterKey
from tongxing.keys.verification import VerificationFailed
from tongxing.schema import HealthCode, TravelDocument

SHRINKS_TO = 0.5
"""A whole filter with less than this part of the holders of the one before is not taken: a system
that lost its register would hide every red of it. Refused as SHRUNK; the issuer is asked, until the
filter before has ended."""


class FilterRefused(Exception):
    """A filter that is not taken. ``code``: BAD_SIGNATURE, MALFORMED, EXPIRED, OLDER, MISFIT (a
    delta that follows another head), SHRUNK, EMPTY or NO_ROOM."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class FilterWatch(Protocol):
    def filter_taken(self, issuer: str, holders: int) -> None: ...

    def filter_refused(self, issuer: str, code: str) -> None: ...


class Unknown(NamedTuple):
    """``issuers`` do not know the holder by their filters, which count until before ``until``."""

    issuers: frozenset[str]
    until: datetime


@dataclass(frozen=True, slots=True)
class _Held:
    head: FilterHead
    membership: Membership


@dataclass(frozen=True, slots=True)
class _Standing:
    """The filters that ``trust_list`` lets count from ``since`` until before ``until``."""

    trust_list: TrustList
    since: datetime
    until: datetime
    held: dict[str, _Held]
    oldest: datetime

    def is_of(self, trust_list: TrustList, at: datetime) -> bool:
        return trust_list is self.trust_list and self.since <= at < self.until


class MembershipFilters:
    """``keys`` by issuer: only they are asked for a filter. All filters together take at most
    ``room`` bytes. They are kept in memory alone."""

    def __init__(self, keys: Mapping[str, FilterKey], *, room: int, watch: FilterWatch) -> None:
        self._keys = dict(keys)
        self._room = room
        self._watch = watch
        self._held: dict[str, _Held] = {}
        self.epoch = 0
        """How often a filter was dropped: what was concluded from one before is not used again."""
        self._standing: _Standing | None = None

    @property
    def issuers(self) -> Iterable[str]:
        """Those whose filters may be asked for."""
        return self._keys.keys()

    def follows(self, issuer: str) -> str | None:
        """The digest of the head that a delta has to follow; None if only a whole filter helps."""
        held = self._held.get(issuer)
        return None if held is None else held.head.digest

    def replace_key(self, issuer: str, key: FilterKey) -> None:
        """The filter in use was made with the key before, and so may be what comes next. No delta
        by one key may be put on a filter by another: until a whole one comes, the issuer is
        asked."""
        self._keys[issuer] = key
        self._forget(issuer)

    async def take(
        self, issuer: str, received: ReceivedFilter, trust_list: TrustList, at: datetime
    ) -> FilterHead:
        """Use ``received`` from now on; what is in use already is not an error. Raises
        FilterRefused; then the one before stays in use until its end, but after a delta that does
        not fit it is dropped."""
        head = _checked(received.head, issuer, trust_list, at)
        held = self._held.get(issuer)
        if held is not None and head.as_of <= held.head.as_of:
            if head.digest == held.head.digest:
                return held.head
            raise FilterRefused("OLDER")
        try:
            membership = await self._taken(issuer, received, head, at)
        except Unusable:
            raise FilterRefused("MALFORMED") from None
        self._keep(issuer, _Held(head, membership), trust_list, at)
        return head

    def unknown_to(
        self,
        issuers: Iterable[str],
        document: TravelDocument,
        oldest: timedelta,
        trust_list: TrustList,
        at: datetime,
    ) -> "Unknown":
        """Those of ``issuers`` whose filter says now that they do not know the holder, and is not
        older than ``oldest``."""
        standing, since = self._counting(trust_list, at), at - oldest
        counting = standing.held
        until = standing.oldest + oldest
        if standing.oldest <= since:
            counting = {name: each for name, each in counting.items() if each.head.as_of > since}
            until = min((each.head.as_of for each in counting.values()), default=at) + oldest
        pairs = ((name, counting[name].membership) for name in issuers if name in counting)
        left_out = leaving_out(pairs, subject_of(document)) if counting else ()
        return Unknown(frozenset(left_out), min(until, standing.until))

    def contradicted(
        self, issuer: str, document: TravelDocument, codes: Iterable[HealthCode]
    ) -> None:
        """``issuer`` has stated ``codes`` of the holder of ``document``. If one of them is older
        than its filter, and the filter leaves the holder out, the filter is wrong: it is dropped,
        and operators are told. What was left out a moment ago may be in it by now."""
        held = self._held.get(issuer)
        if held is None or not any(code.as_of < held.head.as_of for code in codes):
            return
        if not held.membership.may_hold(subject_of(document)):
            self._forget(issuer)
            self._watch.filter_refused(issuer, "CONTRADICTED")

    async def _taken(
        self, issuer: str, received: ReceivedFilter, head: FilterHead, at: datetime
    ) -> Membership:
        """Off the event loop: a large filter takes a second. Raises FilterRefused, Unusable."""
        held = self._held.get(issuer)
        if head.after is None:
            _require_kept_size(head, held, at)
            self._require_room(issuer, len(received.octets))
            key = self._keys[issuer].again()
            return await asyncio.to_thread(Membership.whole, received.octets, head, key)
        if held is None or held.head.digest != head.after or held.head.hashes != head.hashes:
            self._forget(issuer)
            raise FilterRefused("MISFIT")
        more = await asyncio.to_thread(held.membership.with_more, received.octets, head)
        if self._held.get(issuer) is not held:  # It was contradicted meanwhile.
            raise FilterRefused("MISFIT")
        return more

    def _require_room(self, issuer: str, size: int) -> None:
        others = (each.membership.size for name, each in self._held.items() if name != issuer)
        if sum(others) + size > self._room:
            self._forget(issuer)
            raise FilterRefused("NO_ROOM")

    def _keep(self, issuer: str, held: _Held, trust_list: TrustList, at: datetime) -> None:
        """Trust in the others need not be asked again."""
        self._held[issuer] = held
        standing = self._standing
        if standing is not None and standing.is_of(trust_list, at):
            standing.held.pop(issuer, None)
            turn = _next_turn(held.head, at)
            self._standing = replace(standing, until=min(standing.until, turn))
            if _is_believed(issuer, held.head, trust_list, at):
                standing.held[issuer] = held
                oldest = _oldest(standing.held, at)
                self._standing = replace(self._standing, oldest=oldest)

    def _forget(self, issuer: str) -> None:
        self._held.pop(issuer, None)
        self.epoch += 1
        if self._standing is not None:
            self._standing.held.pop(issuer, None)

    def _counting(self, trust_list: TrustList, at: datetime) -> _Standing:
        """Trust is asked anew whenever the list is another one, a key of it turns or a filter
        ends."""
        standing = self._standing
        if standing is None or not standing.is_of(trust_list, at):
            standing = self._standing = self._stand(trust_list, at)
        return standing

    def _stand(self, trust_list: TrustList, at: datetime) -> _Standing:
        held = {
            issuer: each
            for issuer, each in self._held.items()
            if _is_believed(issuer, each.head, trust_list, at)
        }
        turns = [_next_turn(each.head, at) for each in self._held.values()]
        until = min([trust_list.next_turn(at), *turns])
        return _Standing(trust_list, at, until, held, _oldest(held, at))


def _oldest(held: Mapping[str, _Held], at: datetime) -> datetime:
    return min((each.head.as_of for each in held.values()), default=at)


def _next_turn(head: FilterHead, at: datetime) -> datetime:
    """The clock of an issuer may be a little ahead: such a filter begins to count."""
    return head.as_of if head.as_of > at else max(head.valid_until, at)


def _require_kept_size(head: FilterHead, held: _Held | None, at: datetime) -> None:
    """Raises FilterRefused."""
    if not head.holders:
        raise FilterRefused("EMPTY")
    is_compared = held is not None and held.head.valid_until > at
    if held is not None and is_compared and head.holders < held.head.holders * SHRINKS_TO:
        raise FilterRefused("SHRUNK")


def _is_believed(issuer: str, head: FilterHead, trust_list: TrustList, at: datetime) -> bool:
    if not head.as_of <= at < head.valid_until:
        return False
    try:
        head.evidence.verify(issuer=issuer, trust_list=trust_list, at=at)
    except VerificationFailed:
        return False
    return True


def _checked(head: bytes, issuer: str, trust_list: TrustList, at: datetime) -> FilterHead:
    try:
        checked = filter_head(head, issuer=issuer, trust_list=trust_list, at=at)
    except (MalformedEnvelope, VerificationFailed):
        raise FilterRefused("BAD_SIGNATURE") from None
    except Unusable as unusable:
        raise FilterRefused(unusable.outcome.value) from None
    if checked.valid_until <= at:
        raise FilterRefused("EXPIRED")
    return checked
