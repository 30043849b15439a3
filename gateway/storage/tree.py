"""The Merkle tree over all entries, as it lies in the database.

The leaves' hashes are in ``audit_entries``; ``audit_nodes`` keeps a row for each 256 of them, one
for each 256 of those, and so on (C2SP tlog-tiles): level *n* there is level 8·*n* of the tree.
Everything between is hashed again when it is needed. Entries before ``first_planted`` are of
version 1 and their leaves are computed from their rows. Of entries before ``forgotten`` nothing is
left but their leaves' hashes, in ``audit_leaves``, a row for each 256. What cannot be found where
it must be is damage. Refuses to write anything: the writer does, and ``adoption`` once.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from tongxing.gateway.storage.chain import BEFORE_THE_FIRST, link_in
from tongxing.gateway.storage.entries import (
    ENTRY_COLUMNS,
    LAST_ENTRY,
    LINK_AT,
    AuditDamaged,
    AuditMark,
    AuditRow,
    Damage,
    Link,
    leaf_of_chained,
    written_link,
)
from tongxing.gateway.storage.head_file import SeenHead
from tongxing.keys.merkle import (
    HASH_BYTES,
    Frontier,
    consistency_path,
    frontier_of,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_of,
)
from tongxing.keys.tree_head import TreeHead

TILE_LEVELS = 8
TILE = 1 << TILE_LEVELS
"""Hashes that one row of ``audit_nodes`` stands for, as in tlog-tiles."""


class Executes(Protocol):
    """A session of a reader, or the unit of work."""

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]: ...


Tile = Sequence[Sequence[bytes]]
"""The nodes over up to 256 hashes, level by level, as far as they are complete."""

Tiles = dict[tuple[int, int], Tile]
"""By stored level and number."""


class StoredTree:
    """What one session sees of the tree. Tiles that were read are kept in ``tiles``: they stay true
    for every tree that is no larger than the one they were first read for."""

    first_planted: int
    forgotten: int

    def __init__(self, session: Executes, tiles: Tiles | None = None) -> None:
        self._session = session
        self._tiles = {} if tiles is None else tiles
        ((self.first_planted, self.forgotten),) = session.execute(_BEGINNINGS)

    def size(self) -> int:
        """The number of entries. Raises AuditDamaged."""
        return link_in(self._session.execute(LAST_ENTRY)).index + 1

    def root(self, size: int) -> bytes:
        return root_of(size, self.find)

    def frontier(self, size: int) -> Frontier:
        return frontier_of(size, self.find)

    def inclusion_path(self, index: int, size: int) -> list[bytes]:
        return inclusion_path(index, size, self.find)

    def consistency_path(self, old: int, new: int) -> list[bytes]:
        return consistency_path(old, new, self.find)

    def find(self, level: int, number: int) -> bytes:
        """Raises AuditDamaged if it is not there."""
        stored, above = divmod(level, TILE_LEVELS)
        tile, place = divmod(number << above, TILE)
        found = self._tile(stored, tile)[above][place >> above :][:1]
        if not found:
            raise AuditDamaged(number << level, Damage.MISSING)
        return found[0]

    def _tile(self, level: int, number: int) -> Tile:
        held = self._tiles.get((level, number))
        if held is None:
            held = nodes_over(list(self._read(level, number * TILE)))
            self._tiles[level, number] = held
        return held

    def leaves(self, begin: int, end: int) -> Iterator[bytes]:
        """The hashes of the leaves from ``begin`` up to ``end``, as far as they are there."""
        for expected, (index, found) in enumerate(self._leaves(begin, end), begin):
            if index != expected:
                raise AuditDamaged(expected, Damage.MISSING)
            yield found

    def _leaves(self, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        if begin < self.forgotten:
            yield from self._kept(begin, min(end, self.forgotten))
            begin = self.forgotten
        border = min(end, self.first_planted)
        if begin < border:
            for index, entry_hash, *row in self._session.execute(_CHAINED, (begin, border)):
                link = written_link(index, entry_hash)
                yield index, leaf_hash(leaf_of_chained(link, AuditRow(*row)))
        planted = (max(begin, self.first_planted), end)
        for index, entry_hash in self._session.execute(_LEAVES, planted):
            yield index, written_link(index, entry_hash).hash

    def _kept(self, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Of entries that are forgotten."""
        for number, hashes in self._session.execute(_KEPT, (begin // TILE, -(-end // TILE))):
            if not isinstance(hashes, bytes) or len(hashes) != TILE * HASH_BYTES:
                raise AuditDamaged(number * TILE, Damage.CHANGED)
            for index in range(max(begin, number * TILE), min(end, (number + 1) * TILE)):
                place = index % TILE * HASH_BYTES
                yield index, hashes[place : place + HASH_BYTES]

    def check(self, seen: SeenHead | None) -> None:
        """The log holds what was seen of it. Raises AuditDamaged."""
        if isinstance(seen, TreeHead):
            if seen.size > (size := self.size()):
                raise AuditDamaged(size, Damage.TRUNCATED)
            if self.root(seen.size) != seen.root:
                raise AuditDamaged(seen.size - 1, Damage.FORKED)
        elif isinstance(seen, AuditMark) and not self._is_gone_with_its_chain(seen.index):
            found = self.link(seen.index)
            if found is BEFORE_THE_FIRST:
                raise AuditDamaged(self.size(), Damage.TRUNCATED)
            if found.mark() != seen:
                raise AuditDamaged(seen.index, Damage.FORKED)

    def _is_gone_with_its_chain(self, index: int) -> bool:
        """Its mark is a hash of the chain, which only the rows of the chain could show."""
        return bool(0 <= index < min(self.forgotten, self.first_planted))

    def link(self, index: int) -> Link:
        """Of an entry, forgotten or not; BEFORE_THE_FIRST if there is none. Raises AuditDamaged."""
        if 0 <= index < self.forgotten:
            (leaf,) = self.leaves(index, index + 1)
            return Link(index, leaf)
        return link_in(self._session.execute(LINK_AT, (index,)))

    def keep(self, number: int, leaves: Sequence[bytes]) -> None:
        """These are the hashes of the leaves in this tile."""
        self._tiles[0, number] = nodes_over(leaves)

    def check_tile(self, number: int) -> None:
        """The nodes that were made when this tile of leaves was complete are the right ones. Raises
        AuditDamaged."""
        level, is_complete = 0, True
        while is_complete:
            if self._tile(level, number)[-1] != [self.find((level + 1) * TILE_LEVELS, number)]:
                raise AuditDamaged(number << (level + 1) * TILE_LEVELS, Damage.FORKED)
            is_complete = (number + 1) % TILE == 0
            level, number = level + 1, number // TILE

    def _read(self, level: int, begin: int) -> Iterable[bytes]:
        if level == 0:
            return self.leaves(begin, begin + TILE)
        return self._nodes(level, begin)

    def _nodes(self, level: int, begin: int) -> Iterator[bytes]:
        expected = begin
        for number, found in self._session.execute(_NODES, (level, begin, begin + TILE)):
            if number != expected or not isinstance(found, bytes) or len(found) != HASH_BYTES:
                raise AuditDamaged(expected << (level * TILE_LEVELS), Damage.CHANGED)
            expected += 1
            yield found


def nodes_over(hashes: Sequence[bytes]) -> Tile:
    levels = [hashes]
    for _ in range(TILE_LEVELS):
        below = levels[-1]
        pairs = zip(below[::2], below[1::2], strict=False)
        levels.append([node_hash(left, right) for left, right in pairs])
    return levels


_BEGINNINGS = "SELECT first_planted, forgotten FROM audit_tree"
_KEPT = """
    SELECT number, hashes FROM audit_leaves WHERE number >= ? AND number < ? ORDER BY number
"""
_CHAINED = f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE idx >= ? AND idx < ? ORDER BY idx"  # noqa: S608 - constants
_LEAVES = "SELECT idx, hash FROM audit_entries WHERE idx >= ? AND idx < ? ORDER BY idx"
_NODES = """
    SELECT number, hash FROM audit_nodes
    WHERE level = ? AND number >= ? AND number < ? ORDER BY number
"""
ADD_NODES = "INSERT INTO audit_nodes (level, number, hash) VALUES (?, ?, ?)"
