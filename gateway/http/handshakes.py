"""TLS of connections that come in, before anything of HTTP can be read.

Responsible for handshakes being counted like connections that wait for a request, so that slow ones
make room for others, and for all of them ending in time. Refuses to know where the certificate
comes from.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from tongxing.gateway.http.connections import Connections, OpenConnection
from tongxing.gateway.http.request import ARRIVAL_SECONDS
from tongxing.gateway.http.shares import address_of

HANDSHAKE_SECONDS = ARRIVAL_SECONDS
"""As long as a request may take to come."""

FAREWELL_SECONDS = 2.0
"""How long a connection that ends waits for the other side to end it, too."""

LAST_SECONDS = 0.5
"""How long a handshake may still go on when the hub ends; its request is then answered."""


class Succeeding(Protocol):
    """The protocol of a connection that has had a handshake."""

    def succeed(self, handshake: OpenConnection) -> None:
        """Take over its place among the connections."""
        ...

    def shutdown(self) -> None: ...


class _Handshake:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def make_room(self) -> None:
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)


class Handshakes:
    """``context`` gives what connections that begin now are served with. Each may take
    ``seconds``."""

    def __init__(
        self,
        context: Callable[[], ssl.SSLContext],
        among: Connections,
        seconds: float = HANDSHAKE_SECONDS,
    ) -> None:
        self._context = context
        self._among = among
        self._seconds = seconds
        self._under_way: set[asyncio.Task[object]] = set()
        self._is_ending = False

    async def begin(
        self,
        connection: socket.socket,
        peer: tuple[object, ...],
        protocol: Callable[[], asyncio.Protocol],
    ) -> None:
        """Returns once the connection is open, or has failed: OSError, among others."""
        handshake = _Handshake(connection)
        if not self._among.admit(handshake, address_of({"client": peer})):
            connection.close()
            return
        task = asyncio.current_task()
        try:
            if task is not None:
                self._under_way.add(task)
            await self._shake_hands(handshake, connection, protocol)
        finally:
            self._among.left(handshake)
            self._under_way.discard(task)

    def end(self) -> None:
        self._is_ending = True
        asyncio.get_running_loop().call_later(LAST_SECONDS, self._cancel)

    def _cancel(self) -> None:
        for task in tuple(self._under_way):
            task.cancel()

    async def _shake_hands(
        self,
        handshake: OpenConnection,
        connection: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
    ) -> None:
        made = protocol()
        succeeding: Succeeding = made  # type: ignore[assignment]
        succeeding.succeed(handshake)
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: made,
            connection,
            ssl=self._context(),
            ssl_handshake_timeout=self._seconds,
            ssl_shutdown_timeout=FAREWELL_SECONDS,
        )
        if self._is_ending:
            succeeding.shutdown()
