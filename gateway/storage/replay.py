"""What may be used once is used once: across threads, processes and restarts.

An entry is durable before ``first_use`` returns True. If the list cannot be read, ``first_use``
raises: never open.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.gateway.storage.version_marks import Fact
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys.client_tokens import ASSERTION_LIFETIME_MAX_SECONDS
from tongxing.keys.token_check import LEEWAY_SECONDS

KEPT_AFTER_EXPIRY = timedelta(minutes=5)
"""Longer than any leeway with which an expiry is judged, so that no entry is forgotten while it
would still be accepted."""

USABLE_FOR = timedelta(seconds=ASSERTION_LIFETIME_MAX_SECONDS + 2 * LEEWAY_SECONDS)
"""How long after a moment what was accepted before it may still be accepted, with the leeway at
both ends."""

SWEPT_WITH_EACH_USE = 64
"""Expired entries removed with each new one: more than come in, so the list stays short."""


class ReplayList:
    """``utc_clock`` says which entries have expired."""

    def __init__(self, database: Database, utc_clock: Callable[[], datetime]) -> None:
        self._database = database
        self._utc_clock = utc_clock

    async def first_use(self, jti_key: str, expires_at: datetime) -> bool:
        """True for one caller, ever; False for all others, and for what has long expired. Raises
        StorageUnavailable if it cannot know."""
        forgotten_before = microseconds(self._utc_clock() - KEPT_AFTER_EXPIRY)
        expires = microseconds(expires_at)
        if expires < forgotten_before:
            return False
        digest = hashlib.sha256(jti_key.encode()).digest()

        def work(unit: UnitOfWork) -> bool:
            unit.execute(_SWEEP, (forgotten_before, SWEPT_WITH_EACH_USE))
            ((in_doubt,),) = unit.read_once(_IN_DOUBT, (Fact.USES_UNKNOWN.value,))
            if expires <= in_doubt:
                return False
            return bool(unit.execute(_USE, (digest, expires)))

        return await self._database.write(work)

    async def sweep(self, at: datetime) -> int:
        """Delete the entries that have expired for long at ``at``; their number. Raises
        StorageUnavailable."""
        before = microseconds(at - KEPT_AFTER_EXPIRY)
        return await sweep_in_pieces(self._database, _SWEEP, before)


def doubt_uses_before(at: datetime, unit: UnitOfWork) -> None:
    """The database was put back: what was used before ``at`` may not be in the list. So whatever
    could have been accepted by then is refused, for the six minutes in which it still could be."""
    until = microseconds(at + USABLE_FOR)
    unit.execute(_DOUBT, (Fact.USES_UNKNOWN.value, until, ""))


_IN_DOUBT = "SELECT coalesce(max(version), 0) FROM facts WHERE name = ?"
_DOUBT = """
    INSERT INTO facts (name, version, digest) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version
"""
_SWEEP = """
    DELETE FROM used_once WHERE digest IN
        (SELECT digest FROM used_once WHERE expires_at < ? ORDER BY expires_at LIMIT ?)
    RETURNING 1
"""
_USE = """
    INSERT INTO used_once (digest, expires_at) VALUES (?, ?)
    ON CONFLICT (digest) DO NOTHING RETURNING 1
"""
