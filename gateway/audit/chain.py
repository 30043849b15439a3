"""The hash chain: each entry's hash covers the entry and the hash before it.

Pure. Finds the first entry that is not what was appended, given what is in the table; that the
table itself was cut short or replaced as a whole is found against a mark kept elsewhere: every
receipt carries one, and the head file is one.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, unique

from msgspec import msgpack

from gateway.audit.encoding import Row
from keys import base64url
from schema import AuditIndex

VERSION = 1
GENESIS = hashlib.sha256(b"tongxing audit log, version 1").digest()
"""What stands before the first entry."""


@dataclass(frozen=True, slots=True)
class AuditMark:
    """One entry's place and hash (SHA-256, base64url). It stands for all of the log up to there."""

    index: AuditIndex
    entry_hash: str


@unique
class Damage(StrEnum):
    CHANGED = "CHANGED"
    MISSING = "MISSING"
    UNREADABLE = "UNREADABLE"
    TRUNCATED = "TRUNCATED"
    FORKED = "FORKED"


class AuditDamaged(Exception):
    """The log is not what was written. ``index`` is the first entry that is bad."""

    def __init__(self, index: int, damage: Damage) -> None:
        super().__init__(f"audit entry {index}: {damage.value}")
        self.index = AuditIndex(index)
        self.damage = damage


@dataclass(frozen=True, slots=True)
class Link:
    """An entry's place and hash as the table has them."""

    index: int
    hash: bytes

    def mark(self) -> AuditMark:
        return AuditMark(AuditIndex(self.index), base64url.encode(self.hash))


BEFORE_THE_FIRST = Link(-1, GENESIS)


def next_link(previous: Link, row: Row) -> Link:
    """The link of ``row`` appended after ``previous``."""
    index = previous.index + 1
    entry = msgpack.encode((VERSION, index, *row))
    return Link(index, hashlib.sha256(previous.hash + entry).digest())


def check_links(previous: Link, entries: Iterable[tuple[Link, Row]]) -> Link:
    """Follow the chain from ``previous``; the last link. Raises AuditDamaged."""
    for link, row in entries:
        expected = next_link(previous, row)
        if link.index != expected.index:
            raise AuditDamaged(expected.index, Damage.MISSING)
        if link.hash != expected.hash:
            raise AuditDamaged(expected.index, Damage.CHANGED)
        previous = expected
    return previous
