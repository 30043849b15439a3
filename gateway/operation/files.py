"""Files that only their owner may read, written whole or not at all."""

import os
from collections.abc import Callable
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
    ensure_directory(path.parent)
    beside = path.with_name(f".{path.name}.{uuid4().hex}.new")
    try:
        write_new(beside, content)
        os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def write_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of ``path``, made and written first if the file does not exist. A key is never
    overwritten: what it protects would be lost with it."""
    if not path.exists():
        replace(path, make())
    return path.read_bytes()


def replace(path: Path, content: bytes, mode: int = OWNER_ONLY_FILE) -> None:
    """Write ``content`` to a new file and move it to ``path``, so that no reader meets half of
    it."""
    ensure_directory(path.parent)
    beside = path.with_name(f".{path.name}.new")
    _fill(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), content)
    beside.replace(path)


def _fill(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
