"""The commands ``backup`` and ``restore``, killed at the n-th change that they make on the disk, or
without room on it."""

import contextlib
import io
import os
import resource
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection

from tongxing.gateway.cli import backup, restore
from tongxing.gateway.cli.main import run

LOADED = (backup, restore)
"""By the process that the others are forked from, so that each of them need not."""

_CHANGES = frozenset(
    {"os.rename", "os.link", "os.mkdir", "os.rmdir", "os.remove", "os.chmod", "shutil.copyfile"}
)
_WRITES = os.O_WRONLY | os.O_RDWR


def run_until(number: int, arguments: Sequence[str], done: Connection) -> None:
    """Says how many changes there were, if it lives to the end; 0 lets it."""
    changes = 0

    def hear(event: str, found: tuple[object, ...]) -> None:
        nonlocal changes
        is_one = event in _CHANGES or (event == "open" and bool(int(str(found[2])) & _WRITES))
        changes += is_one
        if is_one and changes == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        status = run(arguments)
    if status == 0:
        done.send(changes)


def run_without_room(largest: int, arguments: Sequence[str], done: Connection) -> None:
    """No file may grow beyond ``largest`` bytes; says the exit status."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        status = run(arguments)
    done.send(status)
