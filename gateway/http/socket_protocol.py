"""A connection that has become a WebSocket.

This is the only file that rests on the internals of uvicorn's ``WebSocketsSansIOProtocol``: its
callbacks, ``scope``, ``frames``, ``queue``, ``writable``, ``conn`` and ``close_timeout``.
``tests/http/test_graphql_socket.py`` fails if a release changes them. The protocol itself is that
of the library ``websockets``.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

MESSAGE_MAX_BYTES = 131_072
"""A receipt with its document fits twice. Over: the connection ends with 1009."""

FRAGMENTS_MAX = 64
"""Pieces of one message, which may be empty. Over: the connection ends."""

PING_SECONDS = 20.0
"""Between two pings, and from one to its answer."""

CLOSE_SECONDS = 2.0
"""How long a client has to agree to the end."""

UNREAD_SECONDS = 10.0


class SocketProtocol(WebSocketsSansIOProtocol):
    """``before`` is the scope of the request that asked for the upgrade: what a proxy said of the
    client holds on. ``on_lost`` is called once at the end."""

    def __init__(self, *, before: Any, on_lost: Callable[[], None], **others: Any) -> None:
        super().__init__(**others)
        self.close_timeout = CLOSE_SECONDS
        self._before = before
        self._on_lost = on_lost

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_lost()
        super().connection_lost(exc)

    def handle_connect(self, event: Any) -> None:
        """The task that the library makes begins in a later turn of the loop."""
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            before = self._before.items()
            kept = {key: value for key, value in before if key.startswith(("tongxing.", "client"))}
            scope = cast("dict[str, Any]", self.scope)
            scope.update(kept, method="GET")

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= FRAGMENTS_MAX:
            self.transport.abort()
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        """A client that asks and does not read is not answered for ever."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.transport.abort()

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._cut_later()

    def keepalive_timeout(self) -> None:
        """A client that answers no ping may read nothing either."""
        super().keepalive_timeout()
        self._cut_later()

    async def send(self, message: Any) -> None:
        """What is said to a client that has gone away is lost; that it has gone, ``receive``
        tells. One that does not read could not be told that its socket ends."""
        is_end = message["type"] == "websocket.close"
        if is_end and not self.writable.is_set():
            self.transport.abort()
            return
        with suppress(ClientDisconnected):
            await super().send(message)
        if is_end:
            self._cut_later()

    def _cut_later(self) -> None:
        """Closing waits for the client to read; it does not wait for ever."""
        self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def shutdown(self) -> None:
        """The application ends it in order; the library would cut it at once."""
        self._cut_later()


def upgraded(http: Any, on_lost: Callable[[], None]) -> None:
    """Hand the connection of ``http``, an ``HttpToolsProtocol`` that has read the request for the
    upgrade, over."""
    http.connections.discard(http)
    head = [b"GET ", http.url, b" HTTP/1.1\r\n"]
    for name, value in http.scope["headers"]:
        head += [name, b": ", value, b"\r\n"]
    protocol = SocketProtocol(
        before=http.scope,
        on_lost=on_lost,
        config=http.config,
        server_state=http.server_state,
        app_state=http.app_state,
        _loop=asyncio.get_running_loop(),
    )
    protocol.connection_made(http.transport)
    http.transport.set_protocol(protocol)
    protocol.data_received(b"".join([*head, b"\r\n"]))
    if not protocol.handshake_initiated:
        # The library says nothing of a head that it cannot read, and waits.
        protocol.transport.abort()
