"""Which worker of a hub has a connection: all of them accept from one queue."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.acceptance.callers import Caller, calling
from tests.acceptance.hubs import RunningHub

ATTEMPTS = 64
"""Connections: all of them at one of two workers once in 2⁶³ rounds."""


@contextmanager
def callers_apart(hub: RunningHub, *client_ids: str) -> Iterator[list[Caller]]:
    """One caller for each of ``client_ids``, no two at the same worker."""
    with ExitStack() as stack:
        callers: dict[int, Caller] = {}
        for client_id in client_ids:
            for _ in range(ATTEMPTS):
                caller = stack.enter_context(calling(hub, client_id))
                worker = worker_of(hub, caller)
                if worker not in callers:
                    callers[worker] = caller
                    break
        assert len(callers) == len(client_ids), "not every worker takes connections"
        yield list(callers.values())


def worker_of(hub: RunningHub, caller: Caller) -> int:
    """The process at the other end of the connection that ``caller`` keeps."""
    response = caller.http.get("/livez")
    port = response.extensions["network_stream"].get_extra_info("client_addr")[1]
    inodes = {inode for inode, remote in _connections() if remote == port}
    return next(pid for pid in _children(hub.process.pid) if inodes & _sockets(pid))


def _connections() -> Iterator[tuple[str, int]]:
    """The inode and the port at the other end of each, as each end sees it."""
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        fields = line.split()
        yield fields[9], int(fields[2].rpartition(":")[2], 16)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for each in found for child in each.read_text("ascii").split()]


def _sockets(pid: int) -> set[str]:
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
    return found
