"""Statements of the hub's keys, as all its processes share them, and which process holds which key.

Each statement is the next version of the one before; a second one of the same version is refused,
so that two operators cannot both make the next step. That one lies here gives it no authority: each
process checks who signed it (``keys.hub_keys``). Refuses to know private keys.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from tongxing.gateway.storage.columns import as_written, from_microseconds, microseconds, typed
from tongxing.gateway.storage.database import Database, ReadSession
from tongxing.gateway.storage.news import Topic
from tongxing.gateway.storage.seen_versions import Mark
from tongxing.gateway.storage.taken import taken
from tongxing.gateway.storage.tree import Executes
from tongxing.gateway.storage.writer import UnitOfWork, Work
from tongxing.schema.audit_words import PublicationAction

_KIND = "hub_keys"

PRESENT_FOR = timedelta(seconds=60)
"""A process that has not said for so long what it holds is taken to have ended."""


class KeyHolder(NamedTuple):
    """A process of the hub: the ids of the private keys that it could sign with."""

    worker: str
    keys: frozenset[str]
    seen_at: datetime


class HubKeyStore:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> str | None:
        """The newest statement, unverified; None if the hub never changed its key."""
        return await self._database.read(_newest)

    async def add(self, version: int, statement: str, at: datetime, along: Work) -> bool:
        """Whether it is the next version; then it is there for all, recorded in the log, with what
        ``along`` writes."""
        row = taken(PublicationAction.HUB_KEYS_CHANGED, _mark(version, statement), at)

        def work(unit: UnitOfWork) -> bool:
            found = unit.execute(_HIGHEST, (_KIND,))
            if (found[0][0] or 0) != version - 1:
                return False
            mark = _mark(version, statement)
            unit.execute(_ADD, (_KIND, version, mark.digest, statement.encode("ascii")))
            along(unit)
            unit.record([row])
            unit.announce(Topic.HUB_KEYS)
            return True

        return await self._database.write(work)

    async def forget(self) -> None:
        """The hub begins anew, with one key (``audit hand-over``)."""
        await self._database.write(lambda unit: unit.execute(_FORGET, (_KIND,)))

    async def tell(self, holder: KeyHolder) -> None:
        """Others learn which keys this process holds; those that have ended are forgotten."""
        row = holder.worker, " ".join(sorted(holder.keys)), microseconds(holder.seen_at)
        ended = microseconds(holder.seen_at - PRESENT_FOR)

        def work(unit: UnitOfWork) -> None:
            unit.execute(_ENDED, (ended,))
            unit.execute(_TELL, row)

        await self._database.write(work)

    async def leave(self, worker: str) -> None:
        await self._database.write(lambda unit: unit.execute(_LEAVE, (worker,)))

    async def holders(self, at: datetime) -> Sequence[KeyHolder]:
        """The processes that run at ``at``."""
        return await self._database.read(partial(_holders, microseconds(at - PRESENT_FOR)))


def _mark(version: int, statement: str) -> Mark:
    return Mark(version, sha256(statement.encode("ascii")).hexdigest())


def _newest(session: Executes) -> str | None:
    rows = session.execute(_NEWEST, (_KIND,))
    with as_written("publications"):
        return typed(rows[0][0], bytes).decode("ascii") if rows else None


def stated_keys(session: Executes) -> str | None:
    """As ``newest``, in a file that may be older than the table of publications."""
    return _newest(session) if session.execute(_IS_THERE) else None


def _holders(since: int, session: ReadSession) -> list[KeyHolder]:
    with as_written("hub_key_holders"):
        return [
            KeyHolder(
                typed(worker, str), frozenset(typed(keys, str).split()), from_microseconds(at)
            )
            for worker, keys, at in session.execute(_HOLDERS, (since,))
        ]


_NEWEST = "SELECT content FROM publications WHERE kind = ? ORDER BY version DESC LIMIT 1"
_IS_THERE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'publications'"
_HIGHEST = "SELECT max(version) FROM publications WHERE kind = ?"
_ADD = """
    INSERT INTO publications (kind, region, version, digest, content) VALUES (?, '', ?, ?, ?)
"""
_FORGET = "DELETE FROM publications WHERE kind = ?"
_TELL = """
    INSERT INTO hub_key_holders (worker, keys, seen_at) VALUES (?, ?, ?)
    ON CONFLICT (worker) DO UPDATE SET keys = excluded.keys, seen_at = excluded.seen_at
"""
_ENDED = "DELETE FROM hub_key_holders WHERE seen_at < ?"
_LEAVE = "DELETE FROM hub_key_holders WHERE worker = ?"
_HOLDERS = "SELECT worker, keys, seen_at FROM hub_key_holders WHERE seen_at >= ? ORDER BY worker"
