"""The status lists at rest: what the next state of each is made from, and what is handed out.

All processes hand out the same texts, and of two that publish at once one is first: a state follows
exactly the one that it was made from, or it is dropped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.gateway.storage.columns import microseconds
from tongxing.keys.passes import PassStatus

DELTAS_KEPT_FOR = timedelta(hours=1)
"""A gate that was away for longer takes the snapshot."""

ENDED_KEPT_FOR = timedelta(hours=1)
"""A pass keeps its place for so long after its end: until then a slow clock may believe it."""

ENDED_AT_ONCE = 1_000
"""Passes that one state lets go of; their deletion takes some milliseconds."""

GREEN = int(PassStatus.GREEN)


@dataclass(frozen=True, slots=True)
class ListedNow:
    """``head`` and ``octets`` are those of the last state, None before the first. ``changed`` and
    ``ended`` are by index: what has another status than the last state says, and the places of
    passes that have ended."""

    number: int
    log: str
    entries: int
    state: int
    head: str | None
    octets: bytes | None
    serials: int
    changed: Mapping[int, int]
    ended: Sequence[int]
    is_closed: bool


class NewState(NamedTuple):
    """``follows`` is the number of the state that it was made from."""

    number: int
    follows: int
    head: str
    octets: bytes
    snapshot: str
    delta: str | None
    changed: Mapping[int, int]
    ended: Sequence[int]


class StatusListStore:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def numbers(self) -> Sequence[int]:
        return [number for (number,) in await self._database.fetch(_NUMBERS)]

    async def published(self) -> Sequence[int]:
        """Those of which there is a state."""
        return [number for (number,) in await self._database.fetch(_PUBLISHED_NUMBERS)]

    async def listed(self, number: int, at: datetime) -> ListedNow | None:
        """What is to be published of the list now. The count of passes is read before the passes,
        so that none is counted whose color was not read."""
        rows = await self._database.fetch(_LIST, (number,))
        if not rows:
            return None
        log, entries, state, head, octets, serials, closed_at = rows[0]
        changed = await self._database.fetch(_CHANGED, (number,))
        over = microseconds(at - ENDED_KEPT_FOR)
        ended = await self._database.fetch(_ENDED, (number, over, ENDED_AT_ONCE))
        cleared = {index: GREEN for index, published in ended if published != GREEN}
        return ListedNow(
            number=number,
            log=log,
            entries=entries,
            state=state,
            head=head,
            octets=None if octets is None else bytes(octets),
            serials=serials,
            changed={**dict(changed), **cleared},
            ended=[index for index, _ in ended],
            is_closed=closed_at is not None,
        )

    async def publish(self, new: NewState, at: datetime) -> bool:
        """Whether it follows the last state; else another process was first."""
        return await self._database.write(partial(_publish, new, at))

    async def close(self, number: int, at: datetime) -> None:
        """Nobody knows all passes of the list: those that are known are withdrawn."""
        await self._database.write(partial(_close, number, at))

    async def forget_closed(self, before: datetime) -> None:
        """Delete the lists that were closed before then, with their passes."""
        for (number,) in await self._database.fetch(_CLOSED, (microseconds(before),)):
            await self._database.write(partial(_forget, number))

    async def snapshot(self, number: int) -> str | None:
        """The text of the last state; None if there is none."""
        rows = await self._database.fetch(_SNAPSHOT, (number,))
        return rows[0][0] if rows else None

    async def delta(self, number: int, after: int) -> str | None:
        """What leads from the state ``after`` to the next; None if it is not kept, or not made."""
        rows = await self._database.fetch(_DELTA, (number, after + 1))
        return rows[0][0] if rows else None


def _publish(new: NewState, at: datetime, unit: UnitOfWork) -> bool:
    row = (new.follows + 1, new.head, new.octets, new.snapshot, len(new.ended))
    if not unit.execute(_ADVANCE, (*row, new.number, new.follows)):
        return False
    published = [(value, new.number, index) for index, value in new.changed.items()]
    unit.execute_many(_PUBLISHED, published)
    ended = [(new.number, index) for index in new.ended]
    unit.execute_many(_REMOVE, ended)
    unit.execute_many(_REMOVE_LISTINGS, ended)
    if new.delta is not None:
        made = (new.number, new.follows + 1, microseconds(at), new.delta)
        unit.execute(_ADD_DELTA, made)
    unit.execute(_OLD_DELTAS, (new.number, microseconds(at - DELTAS_KEPT_FOR)))
    return True


def _close(number: int, at: datetime, unit: UnitOfWork) -> None:
    unit.execute(_CLOSE, (microseconds(at), number))
    unit.execute(_WITHDRAW_ALL, (int(PassStatus.WITHDRAWN), number))


def _forget(number: int, unit: UnitOfWork) -> None:
    for statement in _FORGET:
        unit.execute(statement, (number,))


_NUMBERS = "SELECT number FROM status_lists ORDER BY number"
_PUBLISHED_NUMBERS = "SELECT number FROM status_lists WHERE snapshot IS NOT NULL ORDER BY number"
_LIST = """
    SELECT log, entries, state, head, octets, serials, closed_at FROM status_lists WHERE number = ?
"""
_CHANGED = "SELECT idx, status FROM passes WHERE list = ? AND status <> published"
_ENDED = "SELECT idx, published FROM passes WHERE list = ? AND ends_at <= ? LIMIT ?"
_ADVANCE = """
    UPDATE status_lists SET state = ?, head = ?, octets = ?, snapshot = ?, live = live - ?
    WHERE number = ? AND state = ? RETURNING 1
"""
_PUBLISHED = "UPDATE passes SET published = ? WHERE list = ? AND idx = ?"
_REMOVE = "DELETE FROM passes WHERE list = ? AND idx = ?"
_REMOVE_LISTINGS = "DELETE FROM pass_listings WHERE list = ? AND idx = ?"
_ADD_DELTA = "INSERT INTO status_deltas (list, number, made_at, delta) VALUES (?, ?, ?, ?)"
_OLD_DELTAS = "DELETE FROM status_deltas WHERE list = ? AND made_at <= ?"
_CLOSE = "UPDATE status_lists SET closed_at = ? WHERE number = ? AND closed_at IS NULL"
_WITHDRAW_ALL = "UPDATE passes SET status = ? WHERE list = ?"
_CLOSED = "SELECT number FROM status_lists WHERE closed_at <= ?"
_FORGET = (
    "DELETE FROM passes WHERE list = ?",
    "DELETE FROM pass_listings WHERE list = ?",
    "DELETE FROM status_deltas WHERE list = ?",
    "DELETE FROM status_lists WHERE number = ?",
)
_SNAPSHOT = "SELECT snapshot FROM status_lists WHERE number = ? AND snapshot IS NOT NULL"
_DELTA = "SELECT delta FROM status_deltas WHERE list = ? AND number = ?"
