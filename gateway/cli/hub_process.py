"""Runs the hub in this process until it is told to end; what it is answering is answered first."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager

import uvicorn
import uvloop
from starlette.types import ASGIApp

from gateway.app import open_app
from gateway.audit import AuditDamaged
from gateway.cli.failure import CommandFailed
from gateway.cli.hub_protocol import HubProtocol
from gateway.recognition.refusal import PolicyRefused
from gateway.settings import ListenSettings, Settings
from gateway.storage import StorageFault
from keys import TrustListRefused

BACKLOG = 2_048
"""Connections that the system keeps waiting while the hub is busy (uvicorn's own default)."""

Announce = Callable[[str], None]
"""Told the hub's address once it listens and can answer."""


def run_hub(settings: Settings, announce: Announce) -> None:
    """Returns after a clean shutdown. Raises CommandFailed where the hub does not come up."""
    with _listening(settings.listen) as listener, _signals_only_end_the_server():
        uvloop.run(_run(settings, listener, lambda: announce(_url(listener))))


async def _run(settings: Settings, listener: socket.socket, on_started: Callable[[], None]) -> None:
    """The parts are closed after the server: what it answered last is recorded by then."""
    ending = asyncio.Event()
    async with AsyncExitStack() as stack:
        try:
            app = await stack.enter_async_context(open_app(settings, ending))
        except _KEEPS_IT_FROM_STARTING as error:
            raise CommandFailed(
                f"the hub cannot start: {error}; `tongxing doctor` says more"
            ) from None
        await _Server(_config(app, settings), on_started, ending).serve(sockets=[listener])


_KEEPS_IT_FROM_STARTING = (
    OSError,
    ValueError,
    AuditDamaged,
    PolicyRefused,
    StorageFault,
    TrustListRefused,
)


class _Server(uvicorn.Server):
    """``ending`` is set before it waits for what it is still answering."""

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
    """No access log, because addresses do not belong into logs; no headers that name the server;
    nothing believed of what a proxy says."""
    return uvicorn.Config(
        app,
        http=HubProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=round(settings.limits.shutdown_seconds),
    )


@contextmanager
def _listening(listen: ListenSettings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        listener = socket.create_server((listen.host, listen.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CommandFailed(
            f"cannot listen on {listen.host} port {listen.port} ({os.strerror(error.errno or 0)}); "
            "set listen.port, or TONGXING_LISTEN__PORT"
        ) from None
    # asyncio sends small writes at once only on sockets that name TCP as their protocol, which this
    # one does not: without the option each answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener:
        yield listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _signals_only_end_the_server() -> Iterator[None]:
    """The server raises the signal that ended it once more when it is done; by then all is
    closed, and to end that way would look like a crash."""
    before = {number: signal.signal(number, _pass) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _pass(_number: int, _frame: object) -> None:
    pass
