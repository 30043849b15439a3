"""Whether a run of entries is what was appended: each by its own hash, and all by the nodes above.

Pure over what a session reads. Refuses to know of heads, files and time: ``AuditLog`` goes through
the log with it, piece by piece.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tongxing.gateway.storage.chain import BEFORE_THE_FIRST, next_link
from tongxing.gateway.storage.entries import (
    ENTRY_COLUMNS,
    AuditDamaged,
    AuditRow,
    Damage,
    Link,
    leaf_of_chained,
    planted,
)
from tongxing.gateway.storage.kept_apart import check_kept
from tongxing.gateway.storage.tree import TILE, Executes, StoredTree
from tongxing.keys.merkle import leaf_hash

LOWEST_INDEX = -(2**63)
"""Finds also entries that were put before the first one."""


def check_piece(previous: Link, most: int, session: Executes) -> Link:
    """Check up to ``most`` entries behind ``previous``, at least one; the last that was checked. Of
    forgotten ones, their leaves, and what is kept of them. Raises AuditDamaged."""
    first = previous.index + 1
    lowest = LOWEST_INDEX if previous is BEFORE_THE_FIRST else first
    rows = session.execute(_FOLLOWING, (lowest, most))
    tree = StoredTree(session)  # read behind the rows, which may be forgotten meanwhile
    if first < tree.forgotten:
        return _check_forgotten(tree, first, most, session)
    if not rows:
        raise AuditDamaged(first, Damage.MISSING)
    leaves: list[bytes] = []
    for link, leaf in checked(previous, rows, tree.first_planted):
        previous = link
        leaves.append(leaf)
    for number in range(first // TILE, (previous.index + 1) // TILE):
        begin = number * TILE - first
        if begin >= 0:
            tree.keep(number, leaves[begin : begin + TILE])
        tree.check_tile(number)
    return previous


def _check_forgotten(tree: StoredTree, first: int, most: int, session: Executes) -> Link:
    number = first // TILE
    until = min(number + max(1, most // TILE), tree.forgotten // TILE)
    for tile in range(number, until):
        tree.check_tile(tile)
    check_kept(number * TILE, until * TILE, tree, session)
    return tree.link(until * TILE - 1)


def checked(
    previous: Link, rows: Iterable[Sequence[Any]], first_planted: int
) -> Iterator[tuple[Link, bytes]]:
    """The link and the leaf hash of each of ``rows``, which follow ``previous`` and begin with
    their index and their hash. Raises AuditDamaged at the first that is not what was written."""
    for index, entry_hash, *columns in rows:
        row = AuditRow(*columns)
        previous = _link(previous, index, row, first_planted)
        if previous.hash != entry_hash:
            raise AuditDamaged(previous.index, Damage.CHANGED)
        yield previous, _leaf_hash(previous, row, first_planted)


def _link(previous: Link, index: object, row: AuditRow, first_planted: int) -> Link:
    expected = previous.index + 1
    if index != expected:
        raise AuditDamaged(expected, Damage.MISSING)
    is_chained = expected < first_planted
    if not isinstance(row.claims, bytes | None) or (is_chained and row.claims is not None):
        raise AuditDamaged(expected, Damage.CHANGED)
    return next_link(previous, row) if is_chained else planted(expected, row)


def _leaf_hash(link: Link, row: AuditRow, first_planted: int) -> bytes:
    if link.index < first_planted:
        return leaf_hash(leaf_of_chained(link, row))
    return link.hash


_FOLLOWING = f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE idx >= ? ORDER BY idx LIMIT ?"  # noqa: S608 - constants
