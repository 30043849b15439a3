"""The chain of the log's first version: each entry's hash covers the entry and the hash before it.

Read, and no longer written. A receipt of that time carries a hash of the chain, which fixes all
of the log up to its entry.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from tongxing.gateway.storage.entries import (
    AuditRow,
    Link,
    chained_bytes,
    written_link,
)

GENESIS = hashlib.sha256(b"tongxing audit log, version 1").digest()
"""The hash before the first entry."""

BEFORE_THE_FIRST = Link(-1, GENESIS)


def link_in(rows: Sequence[tuple[Any, Any]]) -> Link:
    """The link that a query for one entry found; BEFORE_THE_FIRST if it found no entry. Raises
    AuditDamaged."""
    return written_link(*rows[0]) if rows else BEFORE_THE_FIRST


def next_link(previous: Link, row: AuditRow) -> Link:
    index = previous.index + 1
    return Link(index, hashlib.sha256(previous.hash + chained_bytes(index, row)).digest())
