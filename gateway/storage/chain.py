"""The hash chain of the audit log: each entry's hash covers the entry and the hash before it.

Finds the first entry that differs from what was appended. A table that was cut short or replaced
as a whole is found against a mark kept elsewhere: every receipt carries one, and the head file
beside the database is one. The head file finds a database that was put back to an earlier state or
replaced alone; if both files are changed, only the marks in receipts show it. Refuses to know what
the columns of an entry mean.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import msgpack

from tongxing.keys import base64url
from tongxing.schema import AuditIndex

VERSION = 1
GENESIS = hashlib.sha256(b"tongxing audit log, version 1").digest()
"""The hash before the first entry."""


class AuditRow(NamedTuple):
    """The columns of ``audit_entries`` behind ``idx`` and ``hash``, in their order."""

    kind: int
    at: int
    request: str
    client: str
    region: str | None
    holder: bytes | None
    content: bytes


ENTRY_COLUMNS = ", ".join(("idx", "hash", *AuditRow._fields))
LAST_ENTRY = "SELECT idx, hash FROM audit_entries ORDER BY idx DESC LIMIT 1"

LINK_AT = "SELECT idx, hash FROM audit_entries WHERE idx = ?"


@dataclass(frozen=True, slots=True)
class AuditMark:
    """One entry's place and hash (SHA-256, base64url), which fix all of the log up to there."""

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
    """An entry's place and hash as they lie in the table."""

    index: int
    hash: bytes

    def mark(self) -> AuditMark:
        return AuditMark(AuditIndex(self.index), base64url.encode(self.hash))


BEFORE_THE_FIRST = Link(-1, GENESIS)


def link_in(rows: Sequence[tuple[Any, Any]]) -> Link:
    """The link that a query for one entry found; BEFORE_THE_FIRST if it found no entry. Raises
    AuditDamaged for an entry that was never appended: a column of a table may hold anything,
    whatever its declaration says."""
    return written_link(*rows[0]) if rows else BEFORE_THE_FIRST


def written_link(index: object, entry_hash: object) -> Link:
    """Raises AuditDamaged."""
    if not isinstance(index, int) or index < 0:
        raise AuditDamaged(0, Damage.MISSING)
    if not isinstance(entry_hash, bytes) or len(entry_hash) != len(GENESIS):
        raise AuditDamaged(index, Damage.CHANGED)
    return Link(index, entry_hash)


def links_after(previous: Link, rows: Iterable[AuditRow]) -> Iterator[Link]:
    """The link of each of ``rows``, appended one after the other."""
    for row in rows:
        previous = next_link(previous, row)
        yield previous


def next_link(previous: Link, row: AuditRow) -> Link:
    index = previous.index + 1
    entry = msgpack.encode((VERSION, index, *row))
    return Link(index, hashlib.sha256(previous.hash + entry).digest())


def check_links(previous: Link, entries: Iterable[tuple[Link, AuditRow]]) -> Link:
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
    """Always one line of the same length, overwritten in place: this needs no new block on a full
    disk, and a killed process leaves either the old line or the new one. It is on disk before a
    caller learns that its record is, so a loss of power does not take the protection away."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> AuditMark | None:
        """The mark in the file; None if there is no file or no mark in it."""
        if not self._path.exists():
            return None
        with self._locked(fcntl.LOCK_SH) as descriptor:
            return _parse(os.pread(descriptor, _LINE_BYTES, 0))

    def reserve(self) -> None:
        """Make the file with room for its line, so that ``advance`` has nothing left to fail at but
        the disk itself. Raises OSError."""
        with self._locked(fcntl.LOCK_EX) as descriptor:
            if os.fstat(descriptor).st_size < _LINE_BYTES:
                os.posix_fallocate(descriptor, 0, _LINE_BYTES)
                self._sync_directory()

    def advance(self, head: Link) -> None:
        """Write ``head`` unless another process has written a later one. Raises OSError."""
        with self._locked(fcntl.LOCK_EX) as descriptor:
            held = _parse(os.pread(descriptor, _LINE_BYTES, 0))
            if held is None or held.index < head.index:
                line = _LINE.format(index=head.index, entry_hash=base64url.encode(head.hash))
                os.pwrite(descriptor, line.encode(), 0)
                os.fdatasync(descriptor)

    def _sync_directory(self) -> None:
        descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

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
