"""Waiting for what must come, as long as it may take on a busy machine."""

from collections.abc import Callable
from time import monotonic, sleep


def is_so_within(seconds: float, holds: Callable[[], bool]) -> bool:
    until = monotonic() + seconds
    while not holds():
        if monotonic() > until:
            return False
        sleep(0.2)
    return True
