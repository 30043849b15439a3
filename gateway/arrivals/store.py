"""The seam of the arrivals: what the hub asks of whatever keeps them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import strawberry

from keys import base64url
from schema import RegionCode
from schema.arrival import Arrival

KEPT_FOR = timedelta(days=14)
"""The incubation that every rule of 2020 counted with (domain.md §3). After it nothing of an
arrival is shown, and soon nothing is left."""

PAGE_MAX_ARRIVALS = 1_000

_CURSOR = re.compile(r"a1:(?P<number>[0-9]{1,16})")


class InvalidCursor(ValueError):
    """A cursor that did not come from these arrivals."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """``number`` rises with every arrival and is never given twice."""

    number: int
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class ArrivalPage:
    arrivals: Sequence[Numbered]
    has_next: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: a client, by which request, and for which regions it may."""

    client_id: str
    request_id: str
    regions: tuple[RegionCode, ...]


class ArrivalStore(Protocol):
    """What changes is in the audit log by the same COMMIT. All raise StorageUnavailable."""

    async def record(self, arrival: Arrival, *, request_id: str) -> Arrival:
        """The arrival as it is kept: ``arrival``, or the one that its recognition made before."""
        ...

    async def acknowledge(
        self, arrival_id: strawberry.ID, reader: Reader, *, at: datetime
    ) -> Arrival | None:
        """The arrival, acknowledged by ``reader`` or by whoever was first; None where there is
        none of that id within its regions."""
        ...

    async def page(
        self, region: RegionCode, *, notices: bool, first: int, after: int, at: datetime
    ) -> ArrivalPage:
        """Up to ``first`` of those kept at ``at`` within ``region`` whose number is above
        ``after``; with ``notices`` only those that nobody has acknowledged."""
        ...

    async def sweep(self, at: datetime) -> int:
        """Delete what is kept no longer at ``at``; how many there were."""
        ...


def cursor_of(number: int) -> str:
    return base64url.encode(f"a1:{number}".encode())


def number_of(cursor: str | None) -> int:
    """The number in ``cursor``, 0 for none; raises InvalidCursor."""
    if cursor is None:
        return 0
    try:
        found = _CURSOR.fullmatch(base64url.decode(cursor).decode("ascii"))
    except ValueError:
        found = None
    if found is None:
        raise InvalidCursor("the cursor did not come from these arrivals")
    return int(found["number"])
