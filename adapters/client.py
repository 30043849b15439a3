"""The guarded HTTP client: one issuer, a deadline, a size, and nothing that was not asked for.

Responsible for every byte between the hub and an issuer; the only file of the adapters that opens
a socket. Refuses redirects, compression, cookies, proxies and the environment: what goes out and
what may come back is written here and in ``connection``, with a parser and no client library, whose
price for each call was several times that of the call (docs/performance.md).
"""

import asyncio
import re
from ssl import SSLContext
from typing import Self
from urllib.parse import urlsplit

import httpx2

from adapters.connection import Connection
from adapters.wire import HttpRequest, HttpResponse, TimedOut, Unreachable

KEEPALIVE_SECONDS = 2.0
"""Shorter than the five seconds after which common servers close an idle connection, so that a
question does not leave on a connection that is about to go."""

_VISIBLE = re.compile(r"[!-~]+")


class HttpClient:
    """A Transport to the issuer at ``base_url``, who knows the hub by ``credential``. How many
    connections there are is up to who sends: each open one carries one exchange."""

    def __init__(self, base_url: str, credential: str) -> None:
        self._base_url = base_url.rstrip("/")
        if not _VISIBLE.fullmatch(self._base_url) or not _VISIBLE.fullmatch(credential):
            raise ValueError("an issuer's address and credential are visible ASCII")
        address = urlsplit(self._base_url)
        self._host = address.hostname or ""
        self._port = address.port or (443 if address.scheme == "https" else 80)
        self._tls = _tls() if address.scheme == "https" else None
        self._path = address.path
        self._head = (
            f"host: {address.netloc}\r\n"
            f"authorization: Bearer {credential}\r\n"
            "accept: application/json\r\n"
            "accept-encoding: identity\r\n"
            "user-agent: tongxing\r\n"
        )
        self._idle: dict[Connection, asyncio.TimerHandle] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        for connection, expiry in list(self._idle.items()):
            expiry.cancel()
            connection.close()
        self._idle.clear()

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        """As the Transport says. One deadline over everything, because inactivity time-outs let an
        issuer that sends a byte a second go on forever."""
        try:
            async with asyncio.timeout_at(deadline):
                connection = self._take() or await self._open()
                response = await connection.ask(request, self._octets(request))
        except TimeoutError:
            raise TimedOut from None
        except OSError:
            raise Unreachable from None
        self._keep(connection)
        return response

    def _octets(self, request: HttpRequest) -> bytes:
        own = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        head = (
            f"{request.method} {self._path}{request.path} HTTP/1.1\r\n{self._head}{own}"
            f"content-length: {len(request.body)}\r\n\r\n"
        )
        return head.encode("ascii") + request.body

    async def _open(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: Connection(self._forget), self._host, self._port, ssl=self._tls
        )
        return connection

    def _take(self) -> Connection | None:
        """The connection that was used last; the others are left to expire."""
        if not self._idle:
            return None
        connection, expiry = self._idle.popitem()
        expiry.cancel()
        return connection

    def _keep(self, connection: Connection) -> None:
        if connection.is_open:
            loop = asyncio.get_running_loop()
            self._idle[connection] = loop.call_later(KEEPALIVE_SECONDS, connection.close)

    def _forget(self, connection: Connection) -> None:
        expiry = self._idle.pop(connection, None)
        if expiry is not None:
            expiry.cancel()


def _tls() -> SSLContext:
    """Certificates are checked against the well-known authorities; no variable changes that."""
    return httpx2.create_ssl_context(trust_env=False)
