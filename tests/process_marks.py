"""Marks the tests that start processes, and lets no other test start one.

``make check`` leaves them out, so whatever is not marked must be fast. A test is marked if one of
its fixtures is in STARTERS; one that starts a process itself carries the mark where it is written.
"""

import sys
from collections.abc import Iterator

import pytest

from tests import forked

MARK = "processes"
STARTERS = frozenset({"federation", "issuers", "sandbox", "wheel"})
_STARTS = frozenset({"os.fork", "os.posix_spawn", "os.system", "subprocess.Popen"})


class NotMarked(Exception):
    """The test starts a process and is not marked."""


class Guard:
    """Hears what the interpreter reports to audit hooks. A hook cannot be taken away again, so one
    serves all tests."""

    def __init__(self) -> None:
        self.test: pytest.Item | None = None

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.test is not None and _is_a_start(event, arguments):
            test, self.test = self.test, None
            raise NotMarked(f"{test.nodeid} starts a process: mark it `{MARK}`")


def _is_a_start(event: str, arguments: tuple[object, ...]) -> bool:
    """A fork server is asked through a socket of the file system; nothing else here uses one."""
    if event == "socket.connect":
        return isinstance(arguments[1], str | bytes)
    return event in _STARTS


_GUARD = Guard()
sys.addaudithook(_GUARD.hear)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not STARTERS.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(MARK)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _GUARD.test = None if item.get_closest_marker(MARK) else item
    try:
        return (yield)
    finally:
        _GUARD.test = None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    forked.end()
