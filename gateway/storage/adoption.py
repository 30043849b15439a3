"""A log that an earlier version wrote becomes the beginning of the tree.

Its chain is checked from the first entry to the last, and stays as it is; the entries become leaves
and the nodes over them are written down. All of it in the transaction that migrates the file, so
that there is a whole tree or the old file. Some 100,000 entries a second, once.
"""

from collections.abc import Iterator

from tongxing.gateway.storage.chain import BEFORE_THE_FIRST, next_link
from tongxing.gateway.storage.entries import (
    AuditDamaged,
    AuditRow,
    Damage,
    leaf_of_chained,
    written_link,
)
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.tree import ADD_NODES, TILE, nodes_over
from tongxing.keys.merkle import leaf_hash

Node = tuple[int, int, bytes]


def adopt_chain(connection: sqlite3.Connection) -> None:
    """Raises AuditDamaged, which names the first entry that is not what was written."""
    connection.executemany(ADD_NODES, nodes_of(_leaves(connection)))


def _leaves(connection: sqlite3.Connection) -> Iterator[bytes]:
    previous = BEFORE_THE_FIRST
    for index, entry_hash, *columns in connection.execute(_CHAINED):
        link, row = written_link(index, entry_hash), AuditRow(*columns)
        previous = next_link(previous, row)
        if link.index != previous.index:
            raise AuditDamaged(previous.index, Damage.MISSING)
        if link != previous:
            raise AuditDamaged(link.index, Damage.CHANGED)
        yield leaf_hash(leaf_of_chained(link, row))


def nodes_of(leaves: Iterator[bytes]) -> Iterator[Node]:
    """The rows of ``audit_nodes`` over all leaves of a tree."""
    waiting: dict[int, list[bytes]] = {}
    made: dict[int, int] = {}

    def add(level: int, found: bytes) -> Iterator[Node]:
        hashes = waiting.setdefault(level, [])
        hashes.append(found)
        if len(hashes) == TILE:
            (node,), number = nodes_over(hashes)[-1], made.get(level, 0)
            waiting[level], made[level] = [], number + 1
            yield level + 1, number, node
            yield from add(level + 1, node)

    for leaf in leaves:
        yield from add(0, leaf)


_CHAINED = """
    SELECT idx, hash, kind, at, request, client, region, holder, content FROM audit_entries
    ORDER BY idx
"""
