"""Takes in connections, many in one turn of the event loop.

uvloop's own server accepts one connection a turn (libuv does since 1.49): with a turn of 4 ms, a
wave of a thousand waits 4 s before anybody has read a byte of it. Responsible for how many are
accepted in a turn, and for going on when the process has no file left. Refuses to know what is done
with a connection.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from tongxing.gateway.http.handshakes import Handshakes

ACCEPTED_A_TURN = 32
"""Each takes some 0.1 ms until it can be read."""

PAUSE_SECONDS = 1.0
"""After the system had no file or no memory for another connection."""


class Accepting:
    """Accepts on ``listener`` until it is closed; ``protocol`` makes what serves a connection,
    after one of ``handshakes`` if there are any. What ``uvicorn.Server`` expects of a server."""

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        loop: asyncio.AbstractEventLoop,
        handshakes: Handshakes | None = None,
    ) -> None:
        self._listener = listener
        self._protocol = protocol
        self._loop = loop
        self._handshakes = handshakes
        self._beginning: set[asyncio.Task[object]] = set()
        self._is_closed = False
        listener.setblocking(False)
        self._listen()

    def close(self) -> None:
        """Who still waits in the listener's queue stays there, for another process."""
        self._is_closed = True
        self._loop.remove_reader(self._listener)
        if self._handshakes is not None:
            self._handshakes.end()

    async def wait_closed(self) -> None:
        if self._beginning:
            await asyncio.wait(self._beginning)

    def _listen(self) -> None:
        if not self._is_closed:
            self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTED_A_TURN):
            try:
                connection, peer = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self._loop.remove_reader(self._listener)
                self._loop.call_later(PAUSE_SECONDS, self._listen)
                return
            self._begin(connection, peer)

    def _begin(self, connection: socket.socket, peer: tuple[object, ...]) -> None:
        connection.setblocking(False)
        beginning: Coroutine[Any, Any, object]
        if self._handshakes is None:
            beginning = self._loop.connect_accepted_socket(self._protocol, connection)
        else:
            beginning = self._handshakes.begin(connection, peer, self._protocol)
        task: asyncio.Task[object] = self._loop.create_task(beginning)
        self._beginning.add(task)
        task.add_done_callback(self._begun)

    def _begun(self, task: asyncio.Task[object]) -> None:
        """A client that has gone away before it was served is nobody's fault."""
        self._beginning.discard(task)
        if not task.cancelled():
            task.exception()
