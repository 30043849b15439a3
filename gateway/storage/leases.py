"""What one of many processes does for all: whoever holds the lease of a name does it.

A lease ends by itself, so that a process that dies leaves its work to another. It spares work and
guards nothing: while clocks differ, or a process is slower than its lease, two may hold one, and
what they do must bear it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.faults import StorageUnavailable

LEASE = timedelta(seconds=12)
"""How long nobody does the work of a process that was killed. A server that fails over, or a
process that is stopped, takes less as a rule."""

BELIEVED = 2 * LEASE
"""A lease that lasts longer than this comes from a clock that is ahead by a lease or more: it does
not count, or the work would wait until that clock's time has come."""


class Lease:
    """Of ``name``; ``holder`` is this process and no other. ``clock`` gives aware UTC times."""

    def __init__(
        self, database: Database, name: str, holder: str, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._name = name
        self._holder = holder
        self._clock = clock
        self._until: datetime | None = None

    async def take(self) -> bool:
        """Take or renew it; whether this process holds it now. While the database cannot be
        reached, one that is held stays so until its end."""
        at = self._clock()
        until = at + LEASE
        row = self._name, self._holder, *map(microseconds, (until, at, at + BELIEVED))
        try:
            taken = await self._database.write(lambda unit: unit.execute(_TAKE, row))
        except StorageUnavailable:
            return self._until is not None and at < self._until
        self._until = until if taken else None
        return bool(taken)

    async def give_back(self) -> None:
        """The next who asks gets it. Raises StorageUnavailable."""
        if self._until is not None:
            row = self._name, self._holder
            self._until = None
            await self._database.write(lambda unit: unit.execute(_GIVE_BACK, row))


class Leases:
    """Those that one process may hold. The parameters are those of ``Lease``."""

    def __init__(self, database: Database, holder: str, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._holder = holder
        self._clock = clock

    def named(self, name: str) -> Lease:
        return Lease(self._database, name, self._holder, self._clock)


_TAKE = """
    INSERT INTO leases (name, holder, until) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE leases.holder = excluded.holder OR leases.until <= ? OR leases.until > ?
    RETURNING 1
"""
_GIVE_BACK = "DELETE FROM leases WHERE name = ? AND holder = ?"
