"""One connection to an issuer: a request out, one whole HTTP/1.1 response back.

Responsible for what a response may be: its status readable, its head and body bounded, nothing
compressed, nothing behind it. Refuses to open itself, to wait (whoever asks keeps the deadline) and
to be used again once anything on it was not as it must be.
"""

import asyncio
from collections.abc import Callable
from typing import cast

import httptools

from adapters.wire import (
    Encoded,
    HttpRequest,
    HttpResponse,
    TooLarge,
    TransportError,
    Unreachable,
    UnreadableStatus,
)

HEAD_MAX_BYTES = 64 * 1024
"""Read without the head of a response being whole, or without a byte of its body: four times what
common servers send at most. Error: Unreachable."""

_FIRST_FINAL_STATUS = 200


class _Incoming:
    """The one response that is awaited, as far as it has come."""

    def __init__(self, request: HttpRequest, response: "asyncio.Future[HttpResponse]") -> None:
        self.request = request
        self.response = response
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()

    @property
    def ends_with_the_connection(self) -> bool:
        """RFC 9112 §6.3: neither a length nor chunks say where the body ends."""
        framed = "content-length" in self.headers or "transfer-encoding" in self.headers
        return self.status >= _FIRST_FINAL_STATUS and not framed

    def refusal(self) -> TransportError | None:
        """Why the head alone is enough not to wait for the body."""
        if self.status not in self.request.readable_statuses:
            return UnreadableStatus(self.status)
        if self.headers.get("content-encoding", "identity") != "identity":
            return Encoded()
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.request.response_limit_bytes:
            return TooLarge()
        return None


class Connection(asyncio.Protocol):
    """The ``on_…`` methods are called by the parser; ``on_lost`` is told when there is no more
    connection."""

    def __init__(self, on_lost: Callable[["Connection"], None]) -> None:
        self._on_lost = on_lost
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._incoming: _Incoming | None = None
        self._silent_bytes = 0

    async def ask(self, request: HttpRequest, octets: bytes) -> HttpResponse:
        """The response to ``request``, which goes out as ``octets``. Raises TransportError. A
        connection whose answer was not waited for is closed: what comes late on it would be taken
        for the next answer."""
        if self._transport is None:
            raise Unreachable
        incoming = _Incoming(request, asyncio.get_running_loop().create_future())
        self._incoming = incoming
        self._transport.write(octets)
        try:
            return await incoming.response
        finally:
            if self._incoming is incoming:
                self.close()

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        incoming = self._incoming
        if exc is None and incoming is not None and incoming.ends_with_the_connection:
            self._deliver(incoming)
        self._fail(Unreachable())
        self._on_lost(self)

    def data_received(self, data: bytes) -> None:
        self._silent_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(Unreachable())
        if self._silent_bytes > HEAD_MAX_BYTES:
            self._fail(Unreachable())

    def on_message_begin(self) -> None:
        if self._incoming is None:
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._incoming is None:
            return
        headers, key, text = self._incoming.headers, name.decode("latin-1"), value.decode("latin-1")
        key = key.lower()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text

    def on_headers_complete(self) -> None:
        self._silent_bytes = 0
        if self._incoming is None:
            return
        self._incoming.status = self._parser.get_status_code()
        if self._incoming.status < _FIRST_FINAL_STATUS:
            return
        refusal = self._incoming.refusal()
        if refusal is not None:
            self._fail(refusal)

    def on_body(self, body: bytes) -> None:
        self._silent_bytes = 0
        if self._incoming is None:
            return
        self._incoming.body += body
        if len(self._incoming.body) > self._incoming.request.response_limit_bytes:
            self._fail(TooLarge())

    def on_message_complete(self) -> None:
        """An interim response (RFC 9110 §15.2) is passed over."""
        incoming = self._incoming
        if incoming is None:
            return
        if incoming.status < _FIRST_FINAL_STATUS:
            incoming.headers.clear()
            return
        if not self._parser.should_keep_alive():
            self.close()
        self._deliver(incoming)

    def _deliver(self, incoming: _Incoming) -> None:
        self._incoming = None
        if not incoming.response.done():
            incoming.response.set_result(
                HttpResponse(incoming.status, incoming.headers, bytes(incoming.body))
            )

    def _fail(self, error: TransportError) -> None:
        self.close()
        incoming, self._incoming = self._incoming, None
        if incoming is not None and not incoming.response.done():
            incoming.response.set_exception(error)
