"""Daily lists at rest, each holder under a keyed digest of the digest that the issuer wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tongxing.adapters.signed_list import ListEntry
from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.gateway.storage.columns import (
    as_written,
    from_microseconds,
    from_words,
    microseconds,
    or_none,
    places,
    typed,
    words,
)
from tongxing.schema import Basis, Color, RegionCode

FORGOTTEN_AT_ONCE = 2_000
"""Entries of outdated lists removed in one transaction: a few milliseconds."""

ListRow = tuple[bytes, str, str, str, int | None]
"""An entry as the table holds it, the key first. Plain values only: a million of them cost the
garbage collector nothing."""


@dataclass(frozen=True, slots=True)
class KeptList:
    """``head`` is what the issuer signed, to be verified at each use; ``epoch`` is that of the
    holder key under which its entries lie."""

    number: int
    epoch: int
    head: bytes
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    color: Color
    basis: tuple[Basis, ...]
    place: RegionCode
    changed_at: datetime | None


class Overtaken(Exception):
    """Another process of this hub has taken a list of the same issuer meanwhile."""


class ListStore:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def current(self) -> Mapping[str, KeptList]:
        """The list that counts, by issuer."""
        with as_written("lists"):
            return {
                typed(issuer, str): _kept_list(*row)
                for issuer, *row in await self._database.fetch(_CURRENT)
            }

    async def begin(self, issuer: str, head: bytes, as_of: datetime, epoch: int) -> int:
        """The number of a new list, which does not count before it is complete."""
        row = (issuer, microseconds(as_of), head, epoch)
        ((number,),) = await self._database.write(lambda unit: unit.execute(_BEGIN, row))
        return int(number)

    async def add(self, number: int, entries: Sequence[ListRow]) -> None:
        """Add some entries. In ascending order of the key each lands beside the one before. Raises
        Overtaken: nothing is added to a list that is being deleted, or it would stay for ever."""
        rows = [(number, *entry) for entry in entries]

        def work(unit: UnitOfWork) -> bool:
            is_open = bool(unit.execute(_IS_OPEN, (number,)))
            if is_open:
                unit.execute_many(_ADD, rows)
            return is_open

        if not await self._database.write(work):
            raise Overtaken

    async def complete(self, number: int) -> None:
        """From now on the list counts, and its issuer's earlier one does not. Raises Overtaken if
        that one is not earlier."""
        if not await self._database.write(lambda unit: unit.execute(_COMPLETE, (number,))):
            raise Overtaken

    async def refused(self) -> Mapping[str, KeptList]:
        """Of each issuer the last list that was refused since one was taken, with its readable
        entries."""
        with as_written("lists"):
            return {
                typed(issuer, str): _kept_list(*row)
                for issuer, *row in await self._database.fetch(_REFUSED)
            }

    async def keep_refused(self, issuer: str, number: int) -> None:
        """From now on the yellows and reds of this list count as well, and those of an earlier
        refused one do not: it is deleted, piece by piece."""

        def work(unit: UnitOfWork) -> list[tuple[int]]:
            dropped = unit.execute(_DROP_REFUSED, (issuer,))
            unit.execute(_KEEP_REFUSED, (number,))
            return dropped

        for (earlier,) in await self._database.write(work):
            await self._forget(earlier)

    async def find(self, number: int, keys: Sequence[bytes]) -> Mapping[bytes, Listed] | None:
        """The entries of ``keys`` on the list; None if the list does not count any more. One query,
        so that no holder is missed on a list that is being deleted."""
        sql = _FIND.format(places=places(keys))
        rows = await self._database.fetch(sql, (*keys, number))
        if not rows:
            return None
        return {holder: listed_entry(*row) for holder, *row in rows if holder is not None}

    async def forget_before(self, issuer: str, kept: int) -> None:
        """Delete the lists of ``issuer`` before the number ``kept``, piece by piece. From the first
        piece on they do not count, and one that is still being written never will."""
        rows = await self._database.write(lambda unit: unit.execute(_RETIRE, (issuer, kept)))
        for (number,) in rows:
            await self._forget(number)

    async def _forget(self, number: int) -> None:
        while await self._database.write(partial(_forget_some, number)):
            pass


def _forget_some(number: int, unit: UnitOfWork) -> bool:
    """Whether entries may be left; the list itself is deleted after its last entry."""
    if unit.execute(_FORGET, (number, FORGOTTEN_AT_ONCE)):
        return True
    unit.execute(_FORGET_HEAD, (number,))
    return False


_CURRENT = """
    SELECT issuer, number, epoch, head, as_of FROM lists
    WHERE number IN (SELECT max(number) FROM lists WHERE complete = 1 GROUP BY issuer)
"""
_BEGIN = """
    INSERT INTO lists (issuer, as_of, head, epoch, complete) VALUES (?, ?, ?, ?, 0)
    RETURNING number
"""
_ADD = "INSERT INTO list_entries VALUES (?, ?, ?, ?, ?, ?)"
_IS_OPEN = "SELECT 1 FROM lists WHERE number = ? AND complete = 0"
_COMPLETE = """
    UPDATE lists SET complete = 1 WHERE number = ? AND complete = 0 AND NOT EXISTS (
        SELECT 1 FROM lists AS taken WHERE taken.issuer = lists.issuer AND taken.complete = 1
        AND (taken.as_of >= lists.as_of OR taken.number > lists.number)
    )
    RETURNING 1
"""
_FIND = """
    SELECT entry.holder, color, basis, place, changed_at FROM lists
    LEFT JOIN list_entries AS entry ON entry.list = lists.number AND entry.holder IN ({places})
    WHERE lists.number = ? AND lists.complete > 0
"""
_REFUSED = """
    SELECT issuer, number, epoch, head, as_of FROM lists WHERE number IN (
        SELECT max(number) FROM lists AS refused
        WHERE complete = 2 AND NOT EXISTS (
            SELECT 1 FROM lists WHERE issuer = refused.issuer AND complete = 1
            AND number > refused.number
        )
        GROUP BY issuer
    )
"""
_KEEP_REFUSED = "UPDATE lists SET complete = 2 WHERE number = ? AND complete = 0"
_DROP_REFUSED = "UPDATE lists SET complete = -1 WHERE issuer = ? AND complete = 2 RETURNING number"
_RETIRE = "UPDATE lists SET complete = -1 WHERE issuer = ? AND number < ? RETURNING number"
_FORGET = """
    DELETE FROM list_entries WHERE (list, holder) IN
        (SELECT list, holder FROM list_entries WHERE list = ? LIMIT ?)
    RETURNING 1
"""
_FORGET_HEAD = "DELETE FROM lists WHERE number = ?"


def row_of(key: bytes, entry: ListEntry) -> ListRow:
    return (
        key,
        entry.color.value,
        words(entry.basis),
        entry.place,
        or_none(microseconds, entry.changed_at),
    )


def _kept_list(number: int, epoch: int, head: object, as_of: int) -> KeptList:
    return KeptList(number, epoch, typed(head, bytes), from_microseconds(as_of))


def listed_entry(*row: Any) -> Listed:
    """From the columns of an entry behind its holder."""
    color, basis, place, changed_at = row
    with as_written("list_entries"):
        return Listed(
            Color(color),
            tuple(from_words(Basis, typed(basis, str))),
            RegionCode(typed(place, str)),
            or_none(from_microseconds, changed_at),
        )
