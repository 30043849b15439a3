"""The network between a process and its server, which tests cut: it carries, it is silent, or it
resets."""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from threading import Event, Thread

CHUNK_BYTES = 65_536
_RESET = struct.pack("ii", 1, 0)


class Way(Enum):
    THERE = "to the server"
    BACK = "from the server"


class Network:
    """Carries what comes in at ``port`` to the socket of a server, in a thread of its own. What is
    silent is acknowledged by this machine, so that no setting of TCP helps."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._loop: asyncio.AbstractEventLoop
        self._open: dict[Way, asyncio.Event] = {}
        self._ended = asyncio.Event()
        self.is_there = Event()
        self._connections: set[asyncio.StreamWriter] = set()
        self._refuses = False
        self.port = 0

    def silence(self, *ways: Way) -> None:
        """Nothing passes on these ways, and nothing is closed."""
        for way in ways:
            self._do(self._open[way].clear)

    def forget(self) -> None:
        """Nothing passes on the connections that there are, for good, and nothing is closed."""
        self.silence(*Way)
        self._do(self._renew)

    def mend(self) -> None:
        self._refuses = False
        for each in self._open.values():
            self._do(each.set)

    def reset(self, *, for_good: bool = False) -> None:
        """Every connection ends at once; ``for_good``: so does each new one, until ``mend``."""
        self._refuses = for_good
        self._do(self._abort_all)

    async def run(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._renew()
        async with await asyncio.start_server(self._carry, sock=listener):
            self.is_there.set()
            await self._ended.wait()
        self._abort_all()
        await asyncio.sleep(0)

    def end(self) -> None:
        self._do(self._ended.set)

    def _do(self, act: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(act)

    def _renew(self) -> None:
        self._open = {way: asyncio.Event() for way in Way}
        for each in self._open.values():
            each.set()

    def _abort_all(self) -> None:
        for each in list(self._connections):
            _abort(each)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            _abort(writer)
            return
        theirs, to_them = await asyncio.open_unix_connection(self._server)
        self._connections |= {writer, to_them}
        there, back = self._open[Way.THERE], self._open[Way.BACK]
        try:
            await asyncio.gather(_pass(reader, to_them, there), _pass(theirs, writer, back))
        finally:
            self._connections -= {writer, to_them}
            to_them.transport.abort()
            writer.transport.abort()


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_open: asyncio.Event
) -> None:
    with suppress(OSError):
        while octets := await reader.read(CHUNK_BYTES):
            await is_open.wait()
            writer.write(octets)
            await writer.drain()
    writer.close()


def _abort(writer: asyncio.StreamWriter) -> None:
    """With a reset, not a goodbye."""
    found = writer.get_extra_info("socket")
    if found is not None and found.family != socket.AF_UNIX:
        with suppress(OSError):  # it has ended
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


@contextmanager
def network_to(server: Path) -> Iterator[Network]:
    """``server`` is the socket that a PostgreSQL server listens at."""
    network = Network(server)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        network.port = listener.getsockname()[1]
        thread = Thread(target=lambda: asyncio.run(network.run(listener)), daemon=True)
        thread.start()
        network.is_there.wait()
        try:
            yield network
        finally:
            network.end()
            thread.join()
