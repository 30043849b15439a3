"""Daily lists in SQLite, each holder under a keyed digest of the digest that the issuer wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tongxing.adapters.signed_list import ListEntry
from tongxing.gateway.storage import Database, Transaction
from tongxing.gateway.storage.columns import from_microseconds, microseconds
from tongxing.schema import Basis, Color, RegionCode

FORGOTTEN_AT_ONCE = 2_000
"""Entries of lists that no longer count, removed in one piece of work: a few milliseconds."""

Row = tuple[bytes, str, str, str, int | None]
"""An entry as the table holds it, the key first. Of nothing but plain values: a million of them
cost the garbage collector nothing."""


@dataclass(frozen=True, slots=True)
class KeptList:
    """``head`` as the issuer signed it, to be verified at each use."""

    number: int
    head: bytes
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    color: Color
    basis: tuple[Basis, ...]
    place: RegionCode
    changed_at: datetime | None


class SqliteListStore:
    """Every method raises StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def current(self) -> Mapping[str, KeptList]:
        """The list that counts, by issuer."""
        rows = await self._database.read(lambda connection: connection.execute(_CURRENT).fetchall())
        return {
            issuer: KeptList(number, head, from_microseconds(as_of))
            for issuer, number, head, as_of in rows
        }

    async def begin(self, issuer: str, head: bytes, as_of: datetime) -> int:
        """The number of a new list, which does not count before it is complete."""
        row = (issuer, microseconds(as_of), head)

        def work(transaction: Transaction) -> int:
            return int(transaction.execute(_BEGIN, row)[0][0])

        return await self._database.write(work)

    async def add(self, number: int, entries: Sequence[Row]) -> None:
        """Some entries; in ascending order of the key each lands beside the one before."""
        rows = [(number, *entry) for entry in entries]
        await self._database.write(lambda transaction: transaction.execute_many(_ADD, rows))

    async def complete(self, number: int) -> None:
        """From now on the list counts instead of its issuer's earlier one."""
        await self._database.write(lambda transaction: transaction.execute(_COMPLETE, (number,)))

    async def find(self, number: int, keys: Sequence[bytes]) -> Mapping[bytes, Listed] | None:
        """Who of ``keys`` is on the list; None where the list counts no longer. One query, so that
        nobody is missed on a list that is being forgotten."""
        sql = _FIND.format(places=", ".join("?" * len(keys)))
        rows = await self._database.read(
            lambda connection: connection.execute(sql, (*keys, number)).fetchall()
        )
        if not rows:
            return None
        return {holder: _listed(*row) for holder, *row in rows if holder is not None}

    async def forget_before(self, issuer: str, kept: int) -> None:
        """Remove the lists of ``issuer`` before the one numbered ``kept``, piece by piece; none of
        them counts from the first piece on, and one that is still being written never will."""
        rows = await self._database.write(
            lambda transaction: transaction.execute(_RETIRE, (issuer, kept))
        )
        for (number,) in rows:
            while await self._database.write(partial(_forget_some, number)):
                pass


def _forget_some(number: int, transaction: Transaction) -> bool:
    """Whether there may be more; the list itself goes with the last of its entries."""
    if transaction.execute(_FORGET, (number, FORGOTTEN_AT_ONCE)):
        return True
    transaction.execute(_FORGET_HEAD, (number,))
    return False


_CURRENT = """
    SELECT issuer, max(number), head, as_of FROM lists WHERE complete = 1 GROUP BY issuer
"""
_BEGIN = "INSERT INTO lists (issuer, as_of, head, complete) VALUES (?, ?, ?, 0) RETURNING number"
_ADD = "INSERT INTO list_entries VALUES (?, ?, ?, ?, ?, ?)"
_COMPLETE = "UPDATE lists SET complete = 1 WHERE number = ? AND complete = 0"
_FIND = """
    SELECT entry.holder, color, basis, place, changed_at FROM lists
    LEFT JOIN list_entries AS entry ON entry.list = lists.number AND entry.holder IN ({places})
    WHERE lists.number = ? AND lists.complete = 1
"""
_RETIRE = "UPDATE lists SET complete = -1 WHERE issuer = ? AND number < ? RETURNING number"
_FORGET = """
    DELETE FROM list_entries WHERE (list, holder) IN
        (SELECT list, holder FROM list_entries WHERE list = ? LIMIT ?)
    RETURNING 1
"""
_FORGET_HEAD = "DELETE FROM lists WHERE number = ?"


def row_of(key: bytes, entry: ListEntry) -> Row:
    return (
        key,
        entry.color.value,
        " ".join(basis.value for basis in entry.basis),
        entry.place,
        None if entry.changed_at is None else microseconds(entry.changed_at),
    )


def _listed(*row: Any) -> Listed:
    color, basis, place, changed_at = row
    return Listed(
        Color(color),
        tuple(Basis(name) for name in basis.split()),
        RegionCode(place),
        None if changed_at is None else from_microseconds(changed_at),
    )
