"""Entries that stay when the part of the log in which they lay is forgotten.

What the log says of people leaves it first. Who was registered, what was published and who did that
is kept for longer, and is little: these entries are copied to a table of their own before their
part goes. Their leaves stay where they were, so each is proved as before. How many there are stands
in what the hub signs of the forgotten part (``forgotten``): none is taken away unseen. Refuses to
say which entries these are (``log_remains``).
"""

from collections.abc import Sequence
from typing import Any

from tongxing.gateway.storage.entries import (
    ENTRY_COLUMNS,
    AuditDamaged,
    AuditRow,
    Damage,
    leaf_of_chained,
    planted,
    written_link,
)
from tongxing.gateway.storage.tree import Executes, StoredTree
from tongxing.keys.merkle import leaf_hash

KEPT_TABLE = "audit_kept"


def kept_entry(index: int, session: Executes) -> list[Any]:
    """Its row in the order of ENTRY_COLUMNS, or none."""
    return session.execute(_AT, (index,))


def number_kept(until: int, session: Executes) -> int:
    """Of the entries before ``until``."""
    ((number,),) = session.execute(_NUMBER, (until,))
    return int(number)


def first_shown(forgotten: int, session: Executes) -> int:
    """The first index that there is anything to show of, if all before ``forgotten`` is."""
    ((first,),) = session.execute(_FIRST, (forgotten,))
    return forgotten if first is None else int(first)


def check_kept(begin: int, until: int, tree: StoredTree, session: Executes) -> None:
    """Each of these is the entry whose leaf the tree holds. Raises AuditDamaged."""
    for columns in session.execute(_BETWEEN, (begin, until)):
        _check(columns, tree)


def _check(columns: Sequence[Any], tree: StoredTree) -> None:
    link, row = written_link(*columns[:2]), AuditRow(*columns[2:])
    if link.index < tree.first_planted:
        found = leaf_hash(leaf_of_chained(link, row))
    else:
        found = planted(link.index, row).hash
        if found != link.hash:
            raise AuditDamaged(link.index, Damage.CHANGED)
    if [found] != list(tree.leaves(link.index, link.index + 1)):
        raise AuditDamaged(link.index, Damage.CHANGED)


_AT = f"SELECT {ENTRY_COLUMNS} FROM {KEPT_TABLE} WHERE idx = ?"  # noqa: S608 - constants
_BETWEEN = f"SELECT {ENTRY_COLUMNS} FROM {KEPT_TABLE} WHERE idx >= ? AND idx < ? ORDER BY idx"  # noqa: S608 - constants
_NUMBER = f"SELECT count(*) FROM {KEPT_TABLE} WHERE idx < ?"  # noqa: S608 - constants
_FIRST = f"SELECT min(idx) FROM {KEPT_TABLE} WHERE idx < ?"  # noqa: S608 - constants
