"""Reads HTTP from one connection and writes its answers.

This is the only file that rests on the internals of uvicorn's protocol: on ``HttpToolsProtocol``
with its callbacks, ``send_400_response``, ``_start_asgi_task``, ``_unset_keepalive_if_required``
and its attributes; and on ``RequestResponseCycle``, which it makes and finishes itself for an
``Exchange``. ``tests/http/test_server.py`` and ``tests/http/test_whole_answers.py`` fail if a
release changes them.

The protocol bounds how many connections there are, how long a request may take to come, and how
much of it is kept before anything of it can be checked; bodies have another bound
(``http.request``). Questions get an ``Exchange``, which also takes an answer in one piece; all that
is around an answer is the application's, on either road.
"""

import asyncio
import socket
import sys
from functools import partial
from typing import Any

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tongxing.gateway.http.at_once import taking
from tongxing.gateway.http.connections import Connections, OpenConnection
from tongxing.gateway.http.forwarding import CERTIFICATE, Proxies
from tongxing.gateway.http.head_block import head_block, lines
from tongxing.gateway.http.request import ARRIVAL_SECONDS, FIRST_BYTE_AT, ROOM_STEP_BYTES, WHOLE_AT
from tongxing.gateway.http.shares import address_of
from tongxing.gateway.http.socket_protocol import upgraded
from tongxing.gateway.http.whole_answer import WHOLE
from tongxing.keys.token_binding import certificate_thumbprint

QUESTIONS_PATH = "/graphql"
"""The address of nearly all requests; its answers are mostly whole."""

HEAD_MAX_BYTES = 64 * 1024
"""Bytes read without a complete head or any byte of a body. Many times our longest head, which
holds a token of 8 KiB. Over: HTTP 400, and the connection ends."""


LATE_BODY_SECONDS = 1.0
"""What the application has to answer a body that is too late before the connection ends."""

LAST_REQUEST_SECONDS = 0.5
"""How long an idle connection waits for a request when the hub ends."""

UNREAD_SECONDS = 10.0
"""How long a client may leave unread what the hub has sent before a closing connection is cut."""

NO_ROOM = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n"
    b"connection: close\r\n\r\n"
)
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Exchange(RequestResponseCycle):
    """A request and its answer, which may come in one piece (``WHOLE``): then it is one write, and
    only its own headers are put together for it."""

    async def send(self, message: Any) -> None:
        if message["type"] != WHOLE:
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if self.response_started:
            raise RuntimeError("an answer was begun already")
        self.answer(message)

    def answer(self, whole: Any) -> None:
        """``whole`` is a message of type WHOLE, and nothing was sent before."""
        self._write(whole)
        self.response_started = self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _write(self, whole: Any) -> None:
        head, closes = head_block(whole["status"], whole["headers"])
        if closes:
            self.keep_alive = False
        elif not self.keep_alive:
            head += b"connection: close\r\n"
        own = lines([*self.default_headers, *whole["own"]])
        self.transport.write(b"%b%b\r\n%b" % (head, own, whole["body"]))


def seconds_in_kernel(transport: asyncio.Transport) -> float:
    """How long the last bytes of a connection have waited to be read, if the system says so."""
    connection = transport.get_extra_info("socket")
    if connection is None or _TCP_INFO is None:
        return 0.0
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _LAST_DATA_RECEIVED.stop)
    except OSError:
        return 0.0
    return int.from_bytes(info[_LAST_DATA_RECEIVED], sys.byteorder) / 1_000


_TCP_INFO: int | None = getattr(socket, "TCP_INFO", None)
_LAST_DATA_RECEIVED = slice(52, 56)
"""Where Linux has ``tcpi_last_data_recv`` in its ``struct tcp_info``, in milliseconds."""

_OF_A_BODY = frozenset({b"content-length", b"transfer-encoding"})
_QUESTIONS_URL = QUESTIONS_PATH.encode("ascii")
_OF_A_QUESTION = {
    "method": "POST",
    "path": QUESTIONS_PATH,
    "raw_path": _QUESTIONS_URL,
    "query_string": b"",
    WHOLE: True,
}


class HubProtocol(HttpToolsProtocol):
    """Counts what the parser collects in silence: a header, a trailer, a chunk's extension. Ends a
    connection on which a request does not come to its end in time."""

    _handshake: OpenConnection | None = None
    _certificate: str | None = None
    _fresh: Exchange | None = None
    _held: Exchange | None = None
    _was_deaf = True
    _waited_seconds = 0.0
    _silent_bytes = 0
    _head_is_open = False
    _is_arriving = False
    _is_last = False
    _is_upgraded = False
    _arrival: asyncio.TimerHandle | None = None
    _idle_since: float | None = None

    def __init__(
        self,
        *args: Any,
        connections: Connections,
        proxies: Proxies | None = None,
        **others: Any,
    ) -> None:
        super().__init__(*args, **others)
        self._among = connections
        self._proxies = proxies
        self._questions = taking(self.app)

    def succeed(self, handshake: OpenConnection) -> None:
        """As ``handshakes.Succeeding``."""
        self._handshake = handshake

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look_at_peer(transport)
        if self._handshake is not None:
            self._among.left(self._handshake)
        if self._among.admit(self, address_of({"client": self.client})):
            self._expect(ARRIVAL_SECONDS)
        else:
            transport.write(NO_ROOM)
            self._close()

    def _look_at_peer(self, transport: asyncio.Transport) -> None:
        """A proxy's own certificate is not that of its clients."""
        proxies, self._proxies = self._proxies, None
        if proxies is not None and self.client and proxies.trusts(self.client[0]):
            self._proxies = proxies
            return
        encrypted = transport.get_extra_info("ssl_object")
        der = None if encrypted is None else encrypted.getpeercert(binary_form=True)
        self._certificate = certificate_thumbprint(der) if der else None

    def connection_lost(self, exc: Exception | None) -> None:
        self._among.left(self)
        self._expect(None)
        if self._held is not None:
            self._questions.leaves(self._held.scope)  # type: ignore[arg-type]
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """A request that is on its way is still answered, as the last one of the connection: its
        client could not know. The library closes what is idle at once."""
        self._is_last = True
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        else:
            self.loop.call_later(LAST_REQUEST_SECONDS, self._close_if_idle)

    def make_room(self) -> None:
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self._silent_bytes += len(data)
        self._waited_seconds = seconds_in_kernel(self.transport) if self._was_deaf else 0.0
        self._was_deaf = False
        super().data_received(data)
        if self._is_upgraded:
            return
        if self._fresh is not None:
            self._begin_fresh(self._fresh)
        if self._silent_bytes > HEAD_MAX_BYTES and not self.transport.is_closing():
            self.send_400_response("Invalid HTTP request received.")
        if self._arrival is None and (self._is_arriving or self._is_useless()):
            self._expect(ARRIVAL_SECONDS)

    def _should_upgrade(self) -> bool:
        """Questions alone go by a WebSocket, and nothing in an address nor in a body. Elsewhere
        the wish is passed over, as RFC 9110 §7.8 allows."""
        has_body = any(name in _OF_A_BODY for name, _ in self.headers)
        is_free = self._is_answered() and not self._is_last and not has_body
        is_asked = self.parser.get_method() == b"GET" and self.url == _QUESTIONS_URL
        return is_free and is_asked and bool(super()._should_upgrade())

    def handle_websocket_upgrade(self) -> None:
        self._is_upgraded = True
        self._expect(None)
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        self._among.works(self)
        upgraded(self, partial(self._among.left, self))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_is_open = self._is_arriving = True
        self.scope[FIRST_BYTE_AT] = self._now()  # type: ignore[literal-required]
        self._expect(None)

    def on_headers_complete(self) -> None:
        self._silent_bytes = 0
        self._head_is_open = False
        if self._proxies is not None:
            self._proxies.believe(self.scope)  # type: ignore[arg-type]
        elif self._certificate is not None:
            self.scope[CERTIFICATE] = self._certificate  # type: ignore[literal-required]
        if self._is_question():
            self._begin_exchange()
        else:
            super().on_headers_complete()
            # What follows the head of a request that asks for another protocol is not read.
            is_last = self._is_last or self.parser.should_upgrade()
            if is_last and self.cycle is not None:
                self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._silent_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_arriving = False
        self.scope[WHOLE_AT] = self._now()  # type: ignore[literal-required]
        self._expect(None)
        if not self._is_answered():
            self._among.works(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._cut_later()
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._look_again_after(self.timeout_keep_alive)
        self._among.waits(self)

    def timeout_keep_alive_handler(self) -> None:
        """One timer serves many requests: a new one for each costs more than to look again."""
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return  # the next answer begins anew
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._look_again_after(left)
        else:
            self._close()

    def _look_again_after(self, seconds: float) -> None:
        handler = self.timeout_keep_alive_handler
        self.timeout_keep_alive_task = self.loop.call_later(seconds, handler)

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def _is_question(self) -> bool:
        """Its head says all that ``_begin_exchange`` takes for granted."""
        return (
            self.url == _QUESTIONS_URL
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and not self.parser.should_upgrade()
        )

    def _begin_exchange(self) -> None:
        """What the library does for every request, for a question."""
        self.scope |= _OF_A_QUESTION  # type: ignore[typeddict-item]
        before, self.cycle = self.cycle, self._exchange()
        if before is None or before.response_complete:
            self._fresh = self.cycle
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _begin_fresh(self, exchange: Exchange) -> None:
        """A question of which all that has come so far was read. One that is whole waits for its
        turn without a task, if its body is one of those that take no room."""
        self._fresh = None
        if exchange.more_body or len(exchange.body) >= ROOM_STEP_BYTES:
            self._start_asgi_task(exchange, self.app)
        else:
            self._held, decide = exchange, partial(self._decide, exchange)
            self._questions.take(exchange.scope, bytes(exchange.body), decide)  # type: ignore[arg-type]

    def _decide(self, exchange: Exchange, refusal: Message | None) -> None:
        self._held = None
        if refusal is None:
            self._start_asgi_task(exchange, self.app)
        else:
            exchange.answer(refusal)
            if refusal["rest"]:
                self.flow.pause_reading()
                self.loop.call_later(refusal["rest"], self._hear_again)

    def _hear_again(self) -> None:
        self._was_deaf = True
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _now(self) -> float:
        """When the bytes that are being read had come."""
        return self.loop.time() - self._waited_seconds

    def _exchange(self) -> Exchange:
        return Exchange(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=self.parser.should_keep_alive() and not self._is_last,
            on_response=self.on_response_complete,
        )

    def _expect(self, seconds: float | None) -> None:
        """The request must be whole after ``seconds``; None: it is."""
        if self._arrival is not None:
            self._arrival.cancel()
            self._arrival = None
        if seconds is not None:
            self._arrival = self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        """While reading is paused the client cannot send, and the time begins anew."""
        self._arrival = None
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            self._expect(ARRIVAL_SECONDS)
        elif self._is_in_body():
            self._arrival = self.loop.call_later(LATE_BODY_SECONDS, self._close)
        else:
            if self._head_is_open and self._is_answered():
                self.transport.write(TOO_SLOW)
            self._close()

    def _is_useless(self) -> bool:
        """Bytes that begin no request also end the time for which a connection is kept."""
        is_kept = self._idle_since is not None
        return not is_kept and self._is_answered() and not self.transport.is_closing()

    def _is_in_body(self) -> bool:
        return not self._head_is_open and not self._is_answered()

    def _is_answered(self) -> bool:
        """No answer is under way."""
        return self.cycle is None or self.cycle.response_complete

    def _close_if_idle(self) -> None:
        if self._is_answered() and not self._is_arriving:
            self._close()

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
        self._cut_later()

    def _cut_later(self) -> None:
        """Closing waits for the client to read; it does not wait for ever."""
        self.loop.call_later(UNREAD_SECONDS, self.transport.abort)
