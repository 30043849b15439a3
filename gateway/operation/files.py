"""Files that only their owner may read, written whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

OWNER_ONLY_FILE = 0o600
OWNER_ONLY_DIRECTORY = 0o700


def ensure_directory(directory: Path) -> None:
    directory.mkdir(mode=OWNER_ONLY_DIRECTORY, parents=True, exist_ok=True)


def write_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of ``path``, made and written first if the file does not exist. A key is never
    overwritten: what it protects would be lost with it."""
    if not path.exists():
        replace(path, make())
    return path.read_bytes()


def replace(path: Path, content: bytes) -> None:
    """Write ``content`` to a new file and move it to ``path``, so that no reader meets half of
    it."""
    ensure_directory(path.parent)
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
