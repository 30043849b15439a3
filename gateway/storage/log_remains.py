"""What stays of a part of the log that is to be forgotten, and for how long.

Written before the part goes, in pieces beside the writer: the hash of each leaf, and the entries of
the kinds that are kept for longer. Refuses to take a part away: a server drops whole partitions
(``postgres/log_partitions``), a file deletes rows (``log_beginning``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.database import Database, ReadSession
from tongxing.gateway.storage.entries import ENTRY_COLUMNS
from tongxing.gateway.storage.forgotten import forgotten_until, sign_forgotten
from tongxing.gateway.storage.kept_apart import KEPT_TABLE, number_kept
from tongxing.gateway.storage.tree import TILE, StoredTree
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys.signed_note import NoteSigner

TILES_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class LogTerms:
    """How long entries are kept, at least; None: for ever. ``kept_kinds`` are the numbers of the
    kinds that are kept for ``kept``, which is the longer one."""

    entries: timedelta | None = None
    kept: timedelta | None = None
    kept_kinds: tuple[int, ...] = ()


async def keep_remains(database: Database, begin: int, until: int, kinds: Sequence[int]) -> None:
    """Of the entries from ``begin`` up to ``until``, whole tiles. What is there already stays.
    Raises StorageUnavailable, and AuditDamaged for what is not what was written."""
    for first in range(begin // TILE, until // TILE, TILES_AT_ONCE):
        tiles = range(first, min(first + TILES_AT_ONCE, until // TILE))
        rows = await database.read(partial(_leaves, tiles))
        await database.write(partial(_keep, rows, tiles, kinds))


async def forget_kept(database: Database, terms: LogTerms, at: datetime, signer: NoteSigner) -> int:
    """What was kept apart and is past its own time; the number of entries. Raises
    StorageUnavailable."""
    if terms.kept is None:
        return 0
    return await database.write(partial(_forget_kept, microseconds(at - terms.kept), signer))


def note_forgotten(until: int, signer: NoteSigner, unit: UnitOfWork) -> None:
    """All before ``until`` is forgotten from this COMMIT on."""
    note = sign_forgotten(until, number_kept(until, unit), signer)
    unit.execute("UPDATE audit_tree SET forgotten = ?, note = ?", (until, note))


def _leaves(tiles: range, session: ReadSession) -> list[tuple[int, bytes]]:
    """Raises AuditDamaged."""
    tree = StoredTree(session)
    for number in tiles:
        tree.check_tile(number)
    return [(number, b"".join(tree.leaves(number * TILE, (number + 1) * TILE))) for number in tiles]


def _keep(
    rows: Sequence[tuple[int, bytes]], tiles: range, kinds: Sequence[int], unit: UnitOfWork
) -> None:
    unit.execute_many(_KEEP_LEAVES, rows)
    for kind in kinds:
        unit.execute(_KEEP_ENTRIES, (tiles.start * TILE, tiles.stop * TILE, kind))


def _forget_kept(before: int, signer: NoteSigner, unit: UnitOfWork) -> int:
    until = forgotten_until(unit)
    gone = len(unit.execute(_FORGET_KEPT, (until, before)))
    if gone:
        note_forgotten(until, signer, unit)
    return gone


_KEEP_LEAVES = (
    "INSERT INTO audit_leaves (number, hashes) VALUES (?, ?) ON CONFLICT (number) DO NOTHING"
)
_KEEP_ENTRIES = f"""
    INSERT INTO {KEPT_TABLE} ({ENTRY_COLUMNS}) SELECT {ENTRY_COLUMNS} FROM audit_entries
        WHERE idx >= ? AND idx < ? AND kind = ?
    ON CONFLICT (idx) DO NOTHING
"""  # noqa: S608 - constants
_FORGET_KEPT = f"DELETE FROM {KEPT_TABLE} WHERE idx < ? AND at < ? RETURNING 1"  # noqa: S608 - constants
