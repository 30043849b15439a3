"""The head file beside the database: the last checkpoint that the hub has signed.

It finds a database that was put back to an earlier state, cut short or replaced alone. Without the
hub's key nobody can write one that fits a log that was cut or written anew; an older one of the
hub's own can be put back together with an older database, which only what was given out shows:
receipts, proofs and checkpoints.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tongxing.gateway.storage.entries import AuditDamaged, AuditMark, Damage
from tongxing.keys.signed_note import InvalidNote, VerifierKey
from tongxing.keys.tree_head import TreeHead, unverified_tree_head, verify_tree_head
from tongxing.schema import AuditIndex

HEAD_FILE_MODE = 0o600
HEAD_FILE_SUFFIX = ".head"
HEAD_FILE_BYTES = 512
"""One sector, and more than a checkpoint takes (an origin has at most 69 characters)."""

_CHAINED = re.compile(
    rb"tongxing-audit-head-1 (?P<index>[0-9]{16}) (?P<entry_hash>[A-Za-z0-9_-]{43})\n"
)
"""What versions before the tree wrote, unsigned. Its mark must be in the log, as any other; the
first checkpoint takes its place."""

SeenHead = TreeHead | AuditMark


def head_file_of(database: Path) -> Path:
    return database.with_name(database.name + HEAD_FILE_SUFFIX)


class HeadFile:
    """Always one sector, overwritten in place: this needs no new block on a full disk, and a killed
    process leaves either the old checkpoint or the new one. It is on disk before a caller learns
    that its record is, so a loss of power does not take the protection away. Any of ``keys`` counts
    (a log's key changes with the hub's); without one a signature is not checked. What it says must
    hold all the same."""

    def __init__(self, path: Path, *keys: VerifierKey) -> None:
        self._path = path
        self.keys = keys
        self._opened: int | None = None
        self._written = b""

    def read(self) -> SeenHead | None:
        """None if there is no file or no head in it. Raises AuditDamaged for one that this hub has
        not signed, OSError."""
        if not self._path.exists():
            return None
        opened = self._open()
        try:
            with _locked(opened, fcntl.LOCK_SH):
                octets = os.pread(opened, HEAD_FILE_BYTES, 0)
        finally:
            os.close(opened)
        if found := _CHAINED.match(octets):
            index, entry_hash = int(found["index"]), found["entry_hash"].decode("ascii")
            return AuditMark(AuditIndex(index), entry_hash)
        head = _said(octets)
        if head is not None and not self._is_ours(octets):
            raise AuditDamaged(head.size, Damage.FORGED)
        return head

    def reserve(self) -> None:
        """Make the file with room for a checkpoint, so that ``advance`` has nothing left to fail at
        but the disk itself; it stays open. Raises OSError."""
        if self._opened is None or not self._is_there(self._opened):
            self.close()
            self._opened = self._open()
        if os.fstat(self._opened).st_size < HEAD_FILE_BYTES:
            with _locked(self._opened, fcntl.LOCK_EX):
                os.posix_fallocate(self._opened, 0, HEAD_FILE_BYTES)
            self._sync_directory()

    def advance(self, size: int, checkpoint: str) -> None:
        """Write ``checkpoint`` where room was made, unless another process has written one of a
        larger tree, with a key that counts. Raises OSError."""
        if self._opened is None:
            raise RuntimeError("no room was made for a checkpoint")
        with _locked(self._opened, fcntl.LOCK_EX):
            octets = os.pread(self._opened, HEAD_FILE_BYTES, 0)
            if octets == self._written or self._gives_way(octets, size):
                written = checkpoint.encode().ljust(HEAD_FILE_BYTES, b"\n")
                os.pwrite(self._opened, written, 0)
                os.fdatasync(self._opened)
                self._written = written

    def close(self) -> None:
        """No harm if it is not open."""
        opened, self._opened = self._opened, None
        if opened is not None:
            os.close(opened)

    def _gives_way(self, octets: bytes, size: int) -> bool:
        held = _said(octets)
        return held is None or held.size <= size or not self._is_ours(octets)

    def _is_there(self, opened: int) -> bool:
        """Whether the path still names the file that is open."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(found, os.fstat(opened))

    def _is_ours(self, octets: bytes) -> bool:
        """Whether a head is signed by one of the keys; any is, if there is none to check it
        with."""
        if not self.keys:
            return True
        try:
            verify_tree_head(_text(octets), *self.keys)
        except InvalidNote:
            return False
        return True

    def _sync_directory(self) -> None:
        descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, HEAD_FILE_MODE)


@contextmanager
def _locked(opened: int, how: int) -> Iterator[None]:
    fcntl.flock(opened, how)
    try:
        yield
    finally:
        fcntl.flock(opened, fcntl.LOCK_UN)


def _said(octets: bytes) -> TreeHead | None:
    try:
        return unverified_tree_head(_text(octets))
    except InvalidNote:
        return None


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", errors="replace").rstrip("\n") + "\n"
