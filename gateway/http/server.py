"""Runs the hub's HTTP server until it is told to stop; requests in progress are answered first.

This is the only file that rests on the internals of uvicorn's server: ``startup`` and ``shutdown``
of ``uvicorn.Server``, its ``servers``, and what its protocols are made of; ``http.protocol`` rests
on its protocol class.
``tests/acceptance/test_shutdown.py`` fails if a release changes them.
"""

import asyncio
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from functools import partial
from ssl import SSLContext
from threading import Thread
from time import process_time
from typing import Any, NamedTuple, cast

import uvicorn
import uvloop
from starlette.types import ASGIApp

from tongxing.gateway.http.accepting import Accepting
from tongxing.gateway.http.connections import Connections
from tongxing.gateway.http.forwarding import Proxies
from tongxing.gateway.http.garbage import collections_when_quiet
from tongxing.gateway.http.handshakes import Handshakes
from tongxing.gateway.http.protocol import HubProtocol
from tongxing.gateway.http.socket_protocol import MESSAGE_MAX_BYTES, PING_SECONDS, SocketProtocol
from tongxing.gateway.settings import ListenSettings, Settings

BACKLOG = 2_048
"""Connections that the system keeps waiting while the hub is busy (uvicorn's default); fewer if the
process may open few files, because all of them may be accepted at once."""

FILES_MAX = 65_536
"""Files that the hub opens at most, whatever it is allowed."""

FILES_OWN = 256
"""Files that are not connections of clients: the database, the issuers' connections, and so on."""

OPERATION_CONNECTIONS = 32
"""Of probes, collectors and operators. Beyond it the one that has waited longest for a request
ends."""


class HubApps(NamedTuple):
    """What answers clients, and what answers operators where they have a listener of their own.
    ``tls`` gives what connections of clients that begin now are served with; None for plain
    HTTP."""

    public: ASGIApp
    operation: ASGIApp
    tls: Callable[[], SSLContext] | None = None


class Listeners(NamedTuple):
    """They listen already. ``operation`` is None if operators ask where clients do."""

    public: socket.socket
    operation: socket.socket | None = None


class Announced(NamedTuple):
    """The addresses of both."""

    url: str
    operation: str | None = None


Announce = Callable[[Announced], None]
"""Is called once the hub listens and can answer."""

OpenApp = Callable[[Settings, asyncio.Event], AbstractAsyncContextManager[HubApps]]
"""Opens the applications for as long as the context lasts; the event is set when they must end."""


class CannotListen(Exception):
    """The hub cannot listen on the address; the text says which setting to change."""


def serve_app(
    settings: Settings,
    open_app: OpenApp,
    announce: Announce,
    listeners: Listeners | None = None,
) -> None:
    """Returns after a clean shutdown. ``listeners`` are those of several processes. Raises
    CannotListen, and what ``open_app`` raises."""
    files = _allowed_files()
    found = opened_listeners(settings) if listeners is None else nullcontext(listeners)
    with found as here, _signals_only_end_the_server():
        said = announced(here, settings.listen)
        uvloop.run(_run(settings, open_app, here, files, partial(announce, said)))


async def _run(
    settings: Settings,
    open_app: OpenApp,
    listeners: Listeners,
    files: int,
    on_started: Callable[[], None],
) -> None:
    """The application is closed after the server: by then the last answer is recorded. Operators
    are answered until then."""
    ending = asyncio.Event()
    connections = Connections(connections_for(files))
    async with open_app(settings, ending) as apps:
        config = _config(apps.public, settings, connections, ws=SocketProtocol)
        handshakes = None if apps.tls is None else Handshakes(apps.tls, connections)
        async with (
            _answering_operators(apps.operation, settings, listeners.operation),
            collections_when_quiet(process_time),
        ):
            await _Server(config, on_started, ending, handshakes).serve(sockets=[listeners.public])


@asynccontextmanager
async def _answering_operators(
    app: ASGIApp, settings: Settings, listener: socket.socket | None
) -> AsyncIterator[None]:
    """On a thread with an event loop of its own: what clients ask holds up no probe, and what is
    gathered for a collector holds up no client."""
    if listener is None:
        yield
        return
    config = _config(app, settings, Connections(OPERATION_CONNECTIONS), ws="none")
    server = _Server(config, lambda: None, asyncio.Event(), None)
    thread = Thread(target=asyncio.run, args=(server.serve(sockets=[listener]),), name="operation")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join)


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
        self,
        config: uvicorn.Config,
        on_started: Callable[[], None],
        ending: asyncio.Event,
        handshakes: Handshakes | None,
    ) -> None:
        super().__init__(config)
        self._handshakes = handshakes
        self._on_started = on_started
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """The library's own way to listen accepts one connection a turn of the loop."""
        await super().startup(sockets=[])
        loop = asyncio.get_running_loop()
        listening = [
            Accepting(each, self._protocol, loop, self._handshakes) for each in sockets or ()
        ]
        self.servers = cast("list[asyncio.Server]", listening)
        if self.started:
            self._on_started()

    def _protocol(self) -> asyncio.Protocol:
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return make(self.config, self.server_state, self.lifespan.state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending.set()
        await super().shutdown(sockets=sockets)


def _config(
    app: ASGIApp, settings: Settings, connections: Connections, *, ws: Any
) -> uvicorn.Config:
    """No access log, because addresses do not belong in logs; no header that names the server.
    A WebSocket's messages are not compressed: a small one would become a large one here.
    What a proxy says is believed by ``forwarding`` alone, which looks from whom it comes."""
    protocol = partial(HubProtocol, connections=connections, proxies=Proxies(settings.proxy))
    return uvicorn.Config(
        app,
        http=cast("type[HubProtocol]", protocol),
        ws=ws,
        ws_max_size=MESSAGE_MAX_BYTES,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=round(settings.limits.shutdown_seconds),
        timeout_keep_alive=round(settings.limits.keep_alive_seconds),
    )


@contextmanager
def opened_listeners(settings: Settings) -> Iterator[Listeners]:
    """Raises CannotListen."""
    public, operation = settings.listen, settings.operation
    with _listening(public.host, public.port, "listen") as here:
        if operation.port is None:
            yield Listeners(here)
            return
        with _listening(operation.host, operation.port, "operation") as beside:
            yield Listeners(here, beside)


@contextmanager
def _listening(host: str, port: int, table: str) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    backlog = _backlog(_allowed_files())
    try:
        listener = socket.create_server((host, port), family=family, backlog=backlog)
    except OSError as error:
        raise CannotListen(
            f"cannot listen on {host} port {port} ({os.strerror(error.errno or 0)}); "
            f"set {table}.port, or TONGXING_{table.upper()}__PORT"
        ) from None
    # asyncio sends small writes at once only on a socket that names TCP as its protocol, and this
    # one does not: without the option each answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener:
        yield listener


def announced(listeners: Listeners, listen: ListenSettings) -> Announced:
    public, operation = listeners
    scheme = "http" if listen.tls is None else "https"
    return Announced(_url_of(public, scheme), None if operation is None else _url_of(operation))


def _url_of(listener: socket.socket, scheme: str = "http") -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


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
