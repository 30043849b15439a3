"""Runs the hub's HTTP server until it is told to stop; requests in progress are answered first.

This is the only file that rests on uvicorn's internals: the protocol class ``HttpToolsProtocol``
with its callbacks, its attributes ``flow``, ``pipeline`` and ``scope``, and ``send_400_response``;
and ``startup`` and ``shutdown`` of ``uvicorn.Server``. The protocol class bounds how many
connections there are, how long a request may take to come, and how much of it is kept before
anything of it can be checked; bodies have another bound (``http.request``).
``tests/http/test_server.py`` fails if a release changes them.
"""

import asyncio
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from functools import partial
from time import process_time
from typing import Any, cast

import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tongxing.gateway.http.connections import Connections
from tongxing.gateway.http.garbage import collections_when_quiet
from tongxing.gateway.http.request import ARRIVAL_SECONDS, FIRST_BYTE_AT
from tongxing.gateway.http.shares import address_of
from tongxing.gateway.settings import ListenSettings, Settings

HEAD_MAX_BYTES = 64 * 1024
"""Bytes read without a complete head or any byte of a body. Many times our longest head, which
holds a token of 8 KiB. Over: HTTP 400, and the connection ends."""


LATE_BODY_SECONDS = 1.0
"""What the application has to answer a body that is too late before the connection ends."""

UNREAD_SECONDS = 10.0
"""How long a client may leave unread what the hub has sent before a closing connection is cut."""

NO_ROOM = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n"
    b"connection: close\r\n\r\n"
)
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class HubProtocol(HttpToolsProtocol):
    """Counts what the parser collects in silence: a header, a trailer, a chunk's extension. Ends a
    connection on which a request does not come to its end in time."""

    _silent_bytes = 0
    _head_is_open = False
    _arrival: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, connections: Connections, **others: Any) -> None:
        super().__init__(*args, **others)
        self._among = connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._among.admit(self, address_of({"client": self.client})):
            self._expect(ARRIVAL_SECONDS)
        else:
            transport.write(NO_ROOM)
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._among.left(self)
        self._expect(None)
        super().connection_lost(exc)

    def make_room(self) -> None:
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self._silent_bytes += len(data)
        super().data_received(data)
        if self._silent_bytes > HEAD_MAX_BYTES and not self.transport.is_closing():
            self.send_400_response("Invalid HTTP request received.")
        if self._arrival is None and self._is_answered() and self._is_idle():
            self._expect(ARRIVAL_SECONDS)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_is_open = True
        self.scope[FIRST_BYTE_AT] = self.loop.time()  # type: ignore[literal-required]
        self._expect(ARRIVAL_SECONDS)

    def on_headers_complete(self) -> None:
        self._silent_bytes = 0
        self._head_is_open = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._silent_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._expect(None)
        if not self._is_answered():
            self._among.works(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._cut_later()
        elif not self.pipeline:
            self._among.waits(self)

    def timeout_keep_alive_handler(self) -> None:
        self._close()

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

    def _is_idle(self) -> bool:
        """Bytes that begin no request also end the time that the library keeps a connection."""
        return self.timeout_keep_alive_task is None and not self.transport.is_closing()

    def _is_in_body(self) -> bool:
        return not self._head_is_open and not self._is_answered()

    def _is_answered(self) -> bool:
        """No answer is under way."""
        return self.cycle is None or self.cycle.response_complete

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
        self._cut_later()

    def _cut_later(self) -> None:
        """Closing waits for the client to read; it does not wait for ever."""
        self.loop.call_later(UNREAD_SECONDS, self.transport.abort)


BACKLOG = 2_048
"""Connections that the system keeps waiting while the hub is busy (uvicorn's default); fewer if the
process may open few files, because all of them may be accepted at once."""

FILES_MAX = 65_536
"""Files that the hub opens at most, whatever it is allowed."""

FILES_OWN = 256
"""Files that are not connections of clients: the database, the issuers' connections, and so on."""

Announce = Callable[[str], None]
"""Gets the hub's address once the hub listens and can answer."""

OpenApp = Callable[[Settings, asyncio.Event], AbstractAsyncContextManager[ASGIApp]]
"""Opens the application for as long as the context lasts; the event is set when it must end."""


class CannotListen(Exception):
    """The hub cannot listen on the address; the text says which setting to change."""


def serve_app(
    settings: Settings,
    open_app: OpenApp,
    announce: Announce,
    listener: socket.socket | None = None,
) -> None:
    """Returns after a clean shutdown. ``listener`` listens already, for several processes. Raises
    CannotListen, and what ``open_app`` raises."""
    files = _allowed_files()
    found = listening(settings.listen) if listener is None else nullcontext(listener)
    with found as here, _signals_only_end_the_server():
        uvloop.run(_run(settings, open_app, here, files, lambda: announce(url_of(here))))


async def _run(
    settings: Settings,
    open_app: OpenApp,
    listener: socket.socket,
    files: int,
    on_started: Callable[[], None],
) -> None:
    """The application is closed after the server: by then the last answer is recorded."""
    ending = asyncio.Event()
    connections = Connections(connections_for(files))
    async with open_app(settings, ending) as app:
        config = _config(app, settings, connections)
        async with collections_when_quiet(process_time):
            await _Server(config, on_started, ending).serve(sockets=[listener])


def _allowed_files() -> int:
    """How many files the process may open, after it has asked for as many as it may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_MAX)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def _backlog(files: int) -> int:
    return min(BACKLOG, files // 4)


def connections_for(files: int) -> int:
    """How many connections clients may have, so that the process never lacks a file even if all
    that wait to be accepted are accepted at once."""
    return max(files - _backlog(files) - FILES_OWN, files // 4)


class _Server(uvicorn.Server):
    """Sets ``ending`` before it waits for the requests that it is still answering."""

    def __init__(
        self, config: uvicorn.Config, on_started: Callable[[], None], ending: asyncio.Event
    ) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending.set()
        await super().shutdown(sockets=sockets)


def _config(app: ASGIApp, settings: Settings, connections: Connections) -> uvicorn.Config:
    """No access log, because addresses do not belong in logs; no header that names the server; no
    trust in what a proxy says."""
    return uvicorn.Config(
        app,
        http=cast("type[HubProtocol]", partial(HubProtocol, connections=connections)),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=round(settings.limits.shutdown_seconds),
        timeout_keep_alive=round(settings.limits.keep_alive_seconds),
    )


@contextmanager
def listening(listen: ListenSettings) -> Iterator[socket.socket]:
    """Raises CannotListen."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    backlog = _backlog(_allowed_files())
    try:
        listener = socket.create_server((listen.host, listen.port), family=family, backlog=backlog)
    except OSError as error:
        raise CannotListen(
            f"cannot listen on {listen.host} port {listen.port} ({os.strerror(error.errno or 0)}); "
            "set listen.port, or TONGXING_LISTEN__PORT"
        ) from None
    # asyncio sends small writes at once only on a socket that names TCP as its protocol, and this
    # one does not: without the option each answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener:
        yield listener


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


_ENDING = (signal.SIGINT, signal.SIGTERM)
_WITHOUT_EFFECT = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""Other programs reload or reopen their log on these, so rotation of logs, a supervisor or a closed
terminal may send them. The hub looks at its files every two seconds and logs to standard error: it
has nothing to do then, and must not end, which is what the system does by default."""


@contextmanager
def _signals_only_end_the_server() -> Iterator[None]:
    """When it is done, the server raises the signal that ended it once more. By then everything is
    closed, and ending by a signal would look like a crash."""
    before = {number: signal.signal(number, _pass) for number in (*_ENDING, *_WITHOUT_EFFECT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _pass(_number: int, _frame: object) -> None:
    pass
