"""One entry of the audit log: its columns, and the bytes that are hashed of it.

Version 2 is what is written. What is hashed into the tree is a short line of JSON, the *leaf*: the
version, the index, the kind, the time, a digest of what the client was told, and a digest of the
row. A leaf may be shown to whoever may see that there is such an entry; the row may not.
``docs/audit-log.md`` publishes both, so that anybody can compute a hash again. Entries of version 1
are a chain (``chain``), and their leaf holds the hash that they have there. Refuses to know what
the columns mean.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import NamedTuple

from msgspec import msgpack

from tongxing.keys import base64url
from tongxing.keys.merkle import HASH_BYTES, leaf_hash
from tongxing.schema import AuditIndex

CHAINED, PLANTED = 1, 2
"""The versions: each entry hashed over the one before it; each entry a leaf of the tree."""


class AuditRow(NamedTuple):
    """The columns of ``audit_entries`` behind ``idx`` and ``hash``, in their order. ``claims``: the
    SHA-256 of what the client was told; only in answers, from version 2 on."""

    kind: int
    at: int
    request: str
    client: str
    region: str | None
    holder: bytes | None
    content: bytes
    claims: bytes | None = None


ENTRY_COLUMNS = ", ".join(("idx", "hash", *AuditRow._fields))
LAST_ENTRY = "SELECT idx, hash FROM audit_entries ORDER BY idx DESC LIMIT 1"
LINK_AT = "SELECT idx, hash FROM audit_entries WHERE idx = ?"

_PACKED = 7
"""Columns that a row's digest covers: all but ``claims``, which the leaf holds itself."""


@dataclass(frozen=True, slots=True)
class AuditMark:
    """One entry's place and hash (SHA-256, base64url)."""

    index: AuditIndex
    entry_hash: str


@unique
class Damage(StrEnum):
    CHANGED = "CHANGED"
    MISSING = "MISSING"
    UNREADABLE = "UNREADABLE"
    TRUNCATED = "TRUNCATED"
    FORKED = "FORKED"
    FORGED = "FORGED"


class AuditDamaged(Exception):
    """The log is not what was written. ``index`` is the first entry that is bad; if only a hash
    over several shows it, the first of these."""

    def __init__(self, index: int, damage: Damage) -> None:
        super().__init__(f"audit entry {index}: {damage.value}")
        self.index = AuditIndex(index)
        self.damage = damage


class LogLacking(AuditDamaged):
    """The database that was connected to lacks what this process has signed: it is an earlier
    state, or a standby that was promoted too early. Nothing is read or written there. The log may
    be whole elsewhere; once that database is back, the hub goes on."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry's place and hash as they lie in the table."""

    index: int
    hash: bytes

    def mark(self) -> AuditMark:
        return AuditMark(AuditIndex(self.index), base64url.encode(self.hash))


def written_link(index: object, entry_hash: object) -> Link:
    """Raises AuditDamaged for an entry that was never appended: a column of a table may hold
    anything, whatever its declaration says."""
    if not isinstance(index, int) or index < 0:
        raise AuditDamaged(0, Damage.MISSING)
    if not isinstance(entry_hash, bytes) or len(entry_hash) != HASH_BYTES:
        raise AuditDamaged(index, Damage.CHANGED)
    return Link(index, entry_hash)


def chained_bytes(index: int, row: AuditRow) -> bytes:
    """What the chain of version 1 hashes of an entry."""
    return msgpack.encode((CHAINED, index, *row[:_PACKED]))


def leaf_of_chained(link: Link, row: AuditRow) -> bytes:
    return _leaf(CHAINED, link.index, row, link.hash, chained_bytes(link.index, row))


def leaf_of(index: int, row: AuditRow) -> bytes:
    """Of an entry of version 2; its hash in the table is that of this leaf."""
    return _leaf(PLANTED, index, row, row.claims, msgpack.encode(row[:_PACKED]))


def planted(index: int, row: AuditRow) -> Link:
    return Link(index, leaf_hash(leaf_of(index, row)))


def _leaf(version: int, index: int, row: AuditRow, told: bytes | None, packed: bytes) -> bytes:
    """No text of a row gets into it, so there is nothing to escape."""
    shown = "null" if told is None else f'"{base64url.encode(told)}"'
    digest = base64url.encode(hashlib.sha256(packed).digest())
    return f'[{version},{index},{row.kind},{row.at},{shown},"{digest}"]'.encode()
