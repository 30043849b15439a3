"""When lists are fetched: at the start, at the time that each list names for the next, and again
after a failure, ever less often. Of all processes of a hub one fetches the list of an issuer, and
all use it.

A list that cannot be fetched or is refused changes nothing: the one that counts stays until its
end.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tongxing.adapters.signed_list import ReceivedList
from tongxing.gateway.answering.daily_lists import DailyLists, ListRefused, ListWatch
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.leases import Lease, Leases
from tongxing.gateway.storage.while_held import while_held
from tongxing.keys import TrustList, TrustListRefused
from tongxing.schema import Outcome

FETCH_SECONDS = 300.0
"""For a whole list: a hundred megabytes at the pace of a slow line."""

RETRY_SECONDS = (5.0, 30.0, 120.0, 600.0, 1_800.0)
"""After the first failure, the second, and so on; the last for all that follow."""

LOOK_SECONDS = 60.0
"""Between two checks whether a policy has begun to name an issuer whose list was not needed."""

REFRESH_SECONDS = 3.0
"""How long a process may not know of a list that another has taken."""


class Lister(Protocol):
    async def daily_list(self, *, deadline: float) -> ReceivedList | Outcome: ...


class PolicySet(Protocol):
    def known(self) -> Iterable[Policy]: ...


class TrustInForce(Protocol):
    def current(self, at: datetime) -> TrustList: ...


async def follow_lists(
    links: Mapping[str, Lister],
    lists: DailyLists,
    *,
    policies: PolicySet,
    trust: TrustInForce,
    watch: ListWatch,
    clock: Callable[[], datetime],
    leases: Leases,
) -> None:
    """Keep the lists of ``links`` that policies ask for, for as long as the hub runs. ``clock``
    gives aware UTC times."""
    rest = (lists, policies, trust, watch, clock)
    async with asyncio.TaskGroup() as group:
        group.create_task(_refresh(lists))
        for issuer, link in links.items():
            follower = Follower(issuer, link, *rest)
            group.create_task(follower.follow(leases.named(f"list/{issuer}")))


async def _refresh(lists: DailyLists) -> None:
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        with suppress(StorageUnavailable):
            await lists.refresh()


@dataclass(slots=True)
class Follower:
    """Of one issuer."""

    issuer: str
    link: Lister
    lists: DailyLists
    policies: PolicySet
    trust: TrustInForce
    watch: ListWatch
    clock: Callable[[], datetime]
    failures: int = 0

    async def follow(self, lease: Lease) -> None:
        while True:
            if self._is_wanted():
                await while_held(lease, self._keep_new)
            await asyncio.sleep(LOOK_SECONDS)

    async def _keep_new(self) -> None:
        while True:
            seconds = await self.next_in() if self._is_wanted() else LOOK_SECONDS
            await asyncio.sleep(seconds)

    def _is_wanted(self) -> bool:
        return any(self.issuer in policy.lists for policy in self.policies.known())

    async def next_in(self) -> float:
        """Fetch the list; how many seconds until the next attempt."""
        try:
            next_at = await self._fetch()
        except ListRefused as refused:
            return self._failed(refused.code)
        except TrustListRefused as refused:
            return self._failed(refused.code.value)
        except StorageUnavailable:
            return self._failed("NOT_RECORDED")
        seconds = (next_at - self.clock()).total_seconds()
        if seconds <= 0:
            return self._failed("NOT_RENEWED")
        self.failures = 0
        return seconds

    async def _fetch(self) -> datetime:
        deadline = asyncio.get_running_loop().time() + FETCH_SECONDS
        received = await self.link.daily_list(deadline=deadline)
        if isinstance(received, Outcome):
            raise ListRefused(received.value)
        at = self.clock()
        head = await self.lists.take(self.issuer, received, self.trust.current(at), at)
        self.watch.list_taken(self.issuer, head.entries)
        return head.next_at

    def _failed(self, code: str) -> float:
        self.watch.list_refused(self.issuer, code)
        seconds = RETRY_SECONDS[min(self.failures, len(RETRY_SECONDS) - 1)]
        self.failures += 1
        return seconds
