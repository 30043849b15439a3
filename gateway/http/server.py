"""Runs the hub's HTTP server until it is told to stop; requests in progress are answered first.

This is the only file that rests on uvicorn's internals: the protocol class ``HttpToolsProtocol``
with its callbacks and ``send_400_response``, and ``startup`` and ``shutdown`` of
``uvicorn.Server``. The protocol class bounds how much of a request is kept before anything of it
can be checked; bodies have another bound (``http.request``). ``tests/http/test_server.py`` fails if
a release changes them.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager

import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tongxing.gateway.settings import ListenSettings, Settings

HEAD_MAX_BYTES = 64 * 1024
"""Bytes read without a complete head or any byte of a body. Many times our longest head, which
holds a token of 8 KiB. Over: HTTP 400, and the connection ends."""


class HubProtocol(HttpToolsProtocol):
    """Counts what the parser collects in silence: a header, a trailer, a chunk's extension."""

    _silent_bytes = 0

    def data_received(self, data: bytes) -> None:
        self._silent_bytes += len(data)
        super().data_received(data)
        if self._silent_bytes > HEAD_MAX_BYTES and not self.transport.is_closing():
            self.send_400_response("Invalid HTTP request received.")

    def on_headers_complete(self) -> None:
        self._silent_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._silent_bytes = 0
        super().on_body(body)


BACKLOG = 2_048
"""Connections that the system keeps waiting while the hub is busy (uvicorn's default)."""

WITHOUT_EFFECT = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""The hub follows its files by itself and opens no log, so these tell it nothing."""

Announce = Callable[[str], None]
"""Gets the hub's address once the hub listens and can answer."""

OpenApp = Callable[[Settings, asyncio.Event], AbstractAsyncContextManager[ASGIApp]]
"""Opens the application for as long as the context lasts; the event is set when it must end."""


class CannotListen(Exception):
    """The hub cannot listen on the address; the text says which setting to change."""


def serve_app(settings: Settings, open_app: OpenApp, announce: Announce) -> None:
    """Returns after a clean shutdown. Raises CannotListen, and what ``open_app`` raises."""
    with _listening(settings.listen) as listener, _signals_only_end_the_server():
        uvloop.run(_run(settings, open_app, listener, lambda: announce(_url(listener))))


async def _run(
    settings: Settings, open_app: OpenApp, listener: socket.socket, on_started: Callable[[], None]
) -> None:
    """The application is closed after the server: by then the last answer is recorded."""
    ending = asyncio.Event()
    async with open_app(settings, ending) as app:
        await _Server(_config(app, settings), on_started, ending).serve(sockets=[listener])


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


def _config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """No access log, because addresses do not belong in logs; no header that names the server; no
    trust in what a proxy says."""
    return uvicorn.Config(
        app,
        http=HubProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.listen.keep_alive_seconds,  # type: ignore[arg-type]
        timeout_graceful_shutdown=round(settings.limits.shutdown_seconds),
    )


@contextmanager
def _listening(listen: ListenSettings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        listener = socket.create_server((listen.host, listen.port), family=family, backlog=BACKLOG)
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


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _signals_only_end_the_server() -> Iterator[None]:
    """When it is done, the server raises the signal that ended it once more. By then everything is
    closed, and ending by a signal would look like a crash. Signals that ask other programs to read
    their settings again or to reopen their logs would end this one in the middle of its answers."""
    numbers = (signal.SIGINT, signal.SIGTERM, *WITHOUT_EFFECT)
    before = {number: signal.signal(number, _pass) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _pass(_number: int, _frame: object) -> None:
    pass
