"""Files that only their owner may read, written whole or not at all."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

OWNER_ONLY_FILE = 0o600
OWNER_ONLY_DIRECTORY = 0o700
PUBLIC_FILE = 0o644


def ensure_directory(directory: Path) -> None:
    directory.mkdir(mode=OWNER_ONLY_DIRECTORY, parents=True, exist_ok=True)


def read_at_most(path: Path, size: int) -> bytes:
    """The content of ``path``; of a longer file its first ``size`` bytes and one more, so that it
    is seen to be too long without being read."""
    with path.open("rb") as file:
        return file.read(size + 1)


def write_new(path: Path, content: bytes, mode: int = OWNER_ONLY_FILE) -> None:
    """Write ``content``, on disk when this returns. Raises FileExistsError: nothing is overwritten.
    Also on a stick, whose file system may have no links."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        _fill(descriptor, content)
    except BaseException:
        path.unlink()
        raise


def put_new(path: Path, content: bytes) -> None:
    """The same where others read: whole or not at all. Of two who come at the same time, one
    raises FileExistsError."""
    with _beside(path, content, OWNER_ONLY_FILE) as beside:
        os.link(beside, path)


def write_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of ``path``, made and written first if the file does not exist. A key is never
    overwritten: what it protects would be lost with it."""
    if not path.exists():
        with suppress(FileExistsError):  # somebody else made it just now
            put_new(path, make())
    return path.read_bytes()


def replace(
    path: Path,
    content: bytes,
    mode: int = OWNER_ONLY_FILE,
    *,
    opener: Callable[[Path, int], int] = os.open,
) -> None:
    """Write ``content`` to a new file and move it to ``path``, so that no reader meets half of
    it. The move is on disk when this returns: no power cut brings the old file back. ``opener``
    opens the directory for that."""
    with _beside(path, content, mode) as beside:
        beside.replace(path)
    _sync_directory(path.parent, opener)


@contextmanager
def _beside(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """A file with ``content`` in the same directory. Nobody can know its name before: two who write
    ``path`` at once never share it, and nobody can have put a link there that leads elsewhere."""
    ensure_directory(path.parent)
    beside = path.with_name(f".{path.name}.{uuid4().hex}.new")
    try:
        write_new(beside, content, mode)
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def _fill(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path, opener: Callable[[Path, int], int]) -> None:
    """A file system that cannot sync a directory, as some of sticks and shares, says EINVAL."""
    descriptor = opener(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)
