"""Whom a question went to a moment ago, so that hundreds of filters are not looked up again for the
same traveler.

A route is used again while everything that it rests on is the same: the trust list and what it
believes, the policy, and filters that are not too old for it; and no longer than a statement is
kept. It is each client's own: a route that another client's question left behind would be found
sooner, and would show that it asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from tongxing.gateway.answering.routing import Concerned
from tongxing.gateway.memory import PartedMemory
from tongxing.keys import TrustList
from tongxing.schema import PolicyVersion, RegionCode

ROOM_OF_CLIENT = 8_000_000
ROOM = 64_000_000
"""Bytes."""

ROUTE_BYTES = 700
"""What a route takes, without the names of issuers that it shares with no other."""

NAME_BYTES = 100


class RouteKey(NamedTuple):
    """``ref`` is the keyed digest of a question about a document."""

    ref: str
    policy: PolicyVersion
    receiving: RegionCode


@dataclass(frozen=True, slots=True)
class Route:
    """``concerned`` is true by ``trust_list``, from ``since`` until before ``until``, as long as
    no filter is dropped: ``epoch`` counts that."""

    concerned: Concerned
    trust_list: TrustList
    since: datetime
    until: datetime
    epoch: int


class RememberedRoutes:
    """``clock`` is monotonic, in seconds."""

    def __init__(self, *, lifetime_seconds: float, clock: Callable[[], float]) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock
        self._routes: PartedMemory[str, RouteKey, Route]
        self._routes = PartedMemory(ROOM_OF_CLIENT, ROOM, clock)
        self._common = frozenset[str]()

    def find(
        self, client_id: str, key: RouteKey, trust_list: TrustList, at: datetime, epoch: int
    ) -> Concerned | None:
        route = self._routes.get(client_id, key)
        if route is None or route.trust_list is not trust_list or route.epoch != epoch:
            return None
        return route.concerned if route.since <= at < route.until else None

    def keep(self, client_id: str, key: RouteKey, route: Route) -> None:
        """Most travelers are unknown to the same issuers; those names are kept once."""
        unknown, size = route.concerned.unknown, ROUTE_BYTES
        if unknown == self._common:
            route = replace(route, concerned=route.concerned._replace(unknown=self._common))
        else:
            size += NAME_BYTES * len(unknown)
            self._common = unknown
        self._routes.put(
            client_id, key, route, size=size, ends=self._clock() + self._lifetime_seconds
        )

    @property
    def taken(self) -> int:
        """Bytes, as PartedMemory counts them."""
        return self._routes.taken

    def tidy(self) -> bool:
        """As PartedMemory.tidy."""
        return self._routes.tidy()
