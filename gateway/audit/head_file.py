"""The head of the log in a file beside the database, written after each commit group.

It finds a database that was put back to an earlier state or replaced alone. Who changes both
files leaves no trace here: that is what the marks in receipts are for.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.audit.chain import AuditMark, Link
from keys import base64url
from schema import AuditIndex

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
