"""The hash chain: each entry's hash covers the entry and the hash before it.

Finds the first entry that differs from what was appended. A table that was cut short or replaced
as a whole is found against a mark kept elsewhere: every receipt carries one, and the head file
beside the database is one. The head file finds a database that was put back to an earlier state or
replaced alone; if both files are changed, only the marks in receipts show it.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path

from msgspec import msgpack

from tongxing.gateway.storage.audit.encoding import Row
from tongxing.keys import base64url
from tongxing.schema import AuditIndex

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


HEAD_FILE_MODE = 0o600
HEAD_FILE_SUFFIX = ".head"
_LINE = "tongxing-audit-head-1 {index:016d} {entry_hash}\n"
_FORM = re.compile(
    r"tongxing-audit-head-1 (?P<index>[0-9]{16}) (?P<entry_hash>[A-Za-z0-9_-]{43})\n"
)
_LINE_BYTES = 22 + 16 + 1 + 43 + 1


def head_file_of(database: Path) -> Path:
    return database.with_name(database.name + HEAD_FILE_SUFFIX)


class HeadFile:
    """Always one line of one length, overwritten in place: that needs no new block on a full
    disk, and a killed process leaves the old line or the new one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> AuditMark | None:
        """The mark that the file holds; None where there is none that can be read."""
        if not self._path.exists():
            return None
        with self._locked(fcntl.LOCK_SH) as descriptor:
            return _parse(os.pread(descriptor, _LINE_BYTES, 0))

    def advance(self, head: Link) -> None:
        """Write ``head`` unless another process has written a later one. Raises OSError."""
        with self._locked(fcntl.LOCK_EX) as descriptor:
            held = _parse(os.pread(descriptor, _LINE_BYTES, 0))
            if held is None or held.index < head.index:
                line = _LINE.format(index=head.index, entry_hash=base64url.encode(head.hash))
                os.pwrite(descriptor, line.encode(), 0)

    @contextmanager
    def _locked(self, how: int) -> Iterator[int]:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, HEAD_FILE_MODE)
        try:
            fcntl.flock(descriptor, how)
            yield descriptor
        finally:
            os.close(descriptor)


def _parse(line: bytes) -> AuditMark | None:
    found = _FORM.fullmatch(line.decode("ascii", errors="replace"))
    if found is None:
        return None
    return AuditMark(AuditIndex(int(found["index"])), found["entry_hash"])
