"""When membership filters are fetched: at the start, at the time that each names for the next, and
again after a failure, ever less often.

A filter that cannot be fetched or is refused makes nobody green and nothing slower than it was
without one: its issuer is asked once the earlier filter is too old.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tongxing.adapters.membership_filter import ReceivedFilter
from tongxing.gateway.answering.list_following import (
    FETCH_SECONDS,
    LOOK_SECONDS,
    RETRY_SECONDS,
    PolicySet,
    TrustInForce,
)
from tongxing.gateway.answering.membership import FilterRefused, FilterWatch, MembershipFilters
from tongxing.keys import TrustListRefused
from tongxing.schema import Outcome

FETCHED_AT_ONCE = 4
"""Filters on their way at the same time: together they may take a gigabyte."""


class Filtering(Protocol):
    async def membership_filter(
        self, after: str | None, *, deadline: float
    ) -> ReceivedFilter | Outcome: ...


async def follow_filters(
    links: Mapping[str, Filtering],
    filters: MembershipFilters,
    *,
    policies: PolicySet,
    trust: TrustInForce,
    watch: FilterWatch,
    clock: Callable[[], datetime],
) -> None:
    """Keep the filters of ``links`` new as long as a policy uses any, for as long as the hub runs.
    ``clock`` gives aware UTC times."""
    turns = asyncio.Semaphore(FETCHED_AT_ONCE)
    rest = (filters, policies, trust, watch, clock, turns)
    async with asyncio.TaskGroup() as group:
        for issuer in filters.issuers:
            group.create_task(FilterFollower(issuer, links[issuer], *rest).follow())


@dataclass(slots=True)
class FilterFollower:
    """Of one issuer."""

    issuer: str
    link: Filtering
    filters: MembershipFilters
    policies: PolicySet
    trust: TrustInForce
    watch: FilterWatch
    clock: Callable[[], datetime]
    turns: asyncio.Semaphore
    failures: int = 0

    async def follow(self) -> None:
        while True:
            seconds = await self.next_in() if self._is_wanted() else LOOK_SECONDS
            await asyncio.sleep(seconds)

    def _is_wanted(self) -> bool:
        return any(policy.filter_age is not None for policy in self.policies.known())

    async def next_in(self) -> float:
        """Fetch the filter, or what came to it; how many seconds until the next attempt."""
        try:
            async with self.turns:
                next_at = await self._fetch()
        except FilterRefused as refused:
            return self._failed(refused.code)
        except TrustListRefused as refused:
            return self._failed(refused.code.value)
        seconds = (next_at - self.clock()).total_seconds()
        if seconds <= 0:
            return self._failed("NOT_RENEWED")
        self.failures = 0
        return seconds

    async def _fetch(self) -> datetime:
        deadline = asyncio.get_running_loop().time() + FETCH_SECONDS
        after = self.filters.follows(self.issuer)
        received = await self.link.membership_filter(after, deadline=deadline)
        if isinstance(received, Outcome):
            raise FilterRefused(received.value)
        at = self.clock()
        head = await self.filters.take(self.issuer, received, self.trust.current(at), at)
        if head.after is None:
            self.watch.filter_taken(self.issuer, head.holders)
        return head.next_at

    def _failed(self, code: str) -> float:
        self.watch.filter_refused(self.issuer, code)
        seconds = RETRY_SECONDS[min(self.failures, len(RETRY_SECONDS) - 1)]
        self.failures += 1
        return seconds
