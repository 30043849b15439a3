"""The guarded HTTP client: one issuer, one deadline, one size limit.

Responsible for every byte between the hub and an issuer. With ``connector`` it is the only file of
the adapters that opens a socket. Refuses redirects, compression, cookies, proxies and the
environment; the library under it would allow each of them. Repeats a question once, if the issuer
had closed the kept connection on which it was sent (docs/decisions/0015-repeated-questions.md).
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Self

import aiohttp

from tongxing.adapters.connector import EndlessHints, KeptConnectionEnded, OneAnswerConnector
from tongxing.adapters.credential import Credential
from tongxing.adapters.repeat_budget import RepeatBudget
from tongxing.adapters.repeats import Repeats
from tongxing.adapters.wire import (
    TIMEOUT_HEADER,
    ConnectionFault,
    Encoded,
    HttpRequest,
    HttpResponse,
    TimedOut,
    TooLarge,
    TransportError,
    Unreachable,
    UnreadableStatus,
)

CHUNK_BYTES = 16 * 1024
MILLISECONDS = 1_000

_VISIBLE = re.compile(r"[!-~]+")
_NO_OTHER_CLOCK = aiohttp.ClientTimeout(total=None)
"""The client has its own absolute deadline. The library's inactivity time-outs would let an issuer
that sends one byte a second go on forever."""


class HttpClient:
    """A Transport to the issuer at ``base_url``, which knows the hub by ``credential``. Open as
    long as its context lasts. ``on_fault`` is told the name of each failure. The clients of one
    issuer's replicas share a ``budget``. Raises ValueError unless the address is visible ASCII."""

    def __init__(
        self,
        base_url: str,
        credential: Credential,
        on_fault: Callable[[str], None] = lambda _name: None,
        budget: RepeatBudget | None = None,
    ) -> None:
        self._on_fault = on_fault
        self._base_url = base_url.rstrip("/")
        if not _VISIBLE.fullmatch(self._base_url):
            raise ValueError("an issuer's address is visible ASCII")
        self._credential = credential
        self._headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": "tongxing",
        }
        self._budget = budget or RepeatBudget()
        self._repeats = Repeats(self._budget)
        self._open = AsyncExitStack()
        self._kept: aiohttp.ClientSession | None = None
        self._new: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._kept = await self._open.enter_async_context(self._session(keeps=True))
        self._new = await self._open.enter_async_context(self._session(keeps=False))
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._open.aclose()

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        """As Transport says; raises RuntimeError outside the client's context."""
        if self._kept is None or self._new is None:
            raise RuntimeError("the client is not open")
        try:
            return await self._send_in_time(self._kept, self._new, request, deadline)
        except TransportError as error:
            self._on_fault(error.name)
            raise

    async def _send_in_time(
        self,
        kept: aiohttp.ClientSession,
        new: aiohttp.ClientSession,
        request: HttpRequest,
        deadline: float,
    ) -> HttpResponse:
        """Raises TransportError."""
        try:
            async with asyncio.timeout_at(deadline):
                return await self._send_repeatedly(kept, new, request, deadline)
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, aiohttp.EofStream, OSError) as error:
            raise Unreachable(_fault_of(error)) from None

    async def _send_repeatedly(
        self,
        kept: aiohttp.ClientSession,
        new: aiohttp.ClientSession,
        request: HttpRequest,
        deadline: float,
    ) -> HttpResponse:
        """What changes something is sent on a new connection, because a failure of a kept one
        would leave open whether it was done."""
        loop = asyncio.get_running_loop()
        self._budget.asked()
        if request.repeatable and self._repeats.keeps_connections(loop.time()):
            try:
                return await self._send(kept, request, deadline)
            except KeptConnectionEnded:
                if not self._repeats.may_repeat(loop.time()):
                    raise
        return await self._send(new, request, deadline)

    async def _send(
        self, session: aiohttp.ClientSession, request: HttpRequest, deadline: float
    ) -> HttpResponse:
        async with session.request(
            request.method,
            f"{self._base_url}{request.path}",
            headers={
                **request.headers,
                "authorization": f"Bearer {self._credential.now}",
                TIMEOUT_HEADER: _milliseconds_until(deadline),
            },
            data=request.body,
            allow_redirects=False,
        ) as response:
            _require_readable(response, request)
            body = await _body(response, request.response_limit_bytes)
        return HttpResponse(response.status, _lower_case(response.headers), body)

    def _session(self, *, keeps: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=OneAnswerConnector(keeps=keeps),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_NO_OTHER_CLOCK,
            auto_decompress=False,
            trust_env=False,
        )


_FAULTS: Mapping[type[Exception], ConnectionFault] = {
    aiohttp.ClientConnectorCertificateError: ConnectionFault.CERTIFICATE,
    aiohttp.ServerFingerprintMismatch: ConnectionFault.CERTIFICATE,
    aiohttp.ClientSSLError: ConnectionFault.TLS,
    aiohttp.ClientConnectorDNSError: ConnectionFault.NO_SUCH_NAME,
    aiohttp.ClientConnectorError: ConnectionFault.NO_CONNECTION,
    aiohttp.ClientResponseError: ConnectionFault.NOT_HTTP,
    EndlessHints: ConnectionFault.NOT_HTTP,
    aiohttp.ClientConnectionError: ConnectionFault.CONNECTION_ENDED,
}
"""The first that fits; any other error came while a body was read, and ended the connection."""


def _fault_of(error: Exception) -> ConnectionFault:
    fits = (fault for kind, fault in _FAULTS.items() if isinstance(error, kind))
    return next(fits, ConnectionFault.CONNECTION_ENDED)


def _milliseconds_until(deadline: float) -> str:
    left = deadline - asyncio.get_running_loop().time()
    return str(max(0, int(left * MILLISECONDS)))


def _require_readable(response: aiohttp.ClientResponse, request: HttpRequest) -> None:
    """Checked before waiting for any byte of the body."""
    if response.status not in request.readable_statuses:
        raise UnreadableStatus(response.status)
    if _is_encoded(response.headers.getall("content-encoding", ())):
        raise Encoded
    if (response.content_length or 0) > request.response_limit_bytes:
        raise TooLarge


def _is_encoded(lines: Iterable[str]) -> bool:
    """RFC 9110 §8.4.1: names in any case, in a list, which may have empty elements (§5.6.1)."""
    codings = {coding.strip(" \t").lower() for line in lines for coding in line.split(",")}
    return not codings <= {"", "identity"}


async def _body(response: aiohttp.ClientResponse, limit_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > limit_bytes:
            raise TooLarge
    return bytes(body)


def _lower_case(headers: Mapping[str, str]) -> dict[str, str]:
    """If a header is repeated, the first one counts, as everywhere in the hub."""
    lower: dict[str, str] = {}
    for name, text in headers.items():
        lower.setdefault(name.lower(), text)
    return lower
