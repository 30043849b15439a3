"""One process at a time in a directory.

The lock is on the directory itself: no file is left of it, and it goes with the process, however
that ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NotAlone(Exception):
    """Another process is at work in the directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory} 处正在进行另一项操作，请稍候 another command is at work in this "
            "directory: wait for it"
        )


@contextmanager
def alone_in(directory: Path, *, waits: bool = False) -> Iterator[None]:
    """Raises NotAlone, unless it ``waits``; OSError."""
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(opened, directory, waits=waits)
        yield
    finally:
        os.close(opened)


def _lock(opened: int, directory: Path, *, waits: bool) -> None:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise NotAlone(directory) from None
