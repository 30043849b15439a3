"""The guarded HTTP client: one issuer, a deadline, a size, and nothing that was not asked for.

Responsible for every byte between the hub and an issuer; the only file of the adapters that opens
a socket. Refuses redirects, compression, cookies, proxies and the environment: it stands on
httpx2's transport and not on its client, which would have to be talked out of each of them.
"""

import asyncio
from contextlib import aclosing
from typing import Self

import httpx2

from adapters.wire import (
    CONCURRENT_EXCHANGES,
    Encoded,
    HttpRequest,
    HttpResponse,
    TimedOut,
    TooLarge,
    Unreachable,
    UnreadableStatus,
)

KEEPALIVE_SECONDS = 2.0
"""Shorter than the five seconds after which common servers close an idle connection, so that a
question does not leave on a connection that is about to go."""

_LIMITS = httpx2.Limits(
    max_connections=CONCURRENT_EXCHANGES,
    max_keepalive_connections=CONCURRENT_EXCHANGES,
    keepalive_expiry=KEEPALIVE_SECONDS,
)


class HttpClient:
    """A Transport to the issuer at ``base_url``, who knows the hub by ``credential``."""

    def __init__(self, base_url: str, credential: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {
            "authorization": f"Bearer {credential}",
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": "tongxing",
        }
        self._connections = httpx2.AsyncHTTPTransport(trust_env=False, limits=_LIMITS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._connections.aclose()

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        """As the Transport says. One deadline over everything, because four inactivity time-outs
        let an issuer that sends a byte a second go on forever."""
        try:
            async with asyncio.timeout_at(deadline):
                return await self._send(request)
        except (TimeoutError, httpx2.TimeoutException):
            raise TimedOut from None
        except httpx2.TransportError:
            raise Unreachable from None

    async def _send(self, request: HttpRequest) -> HttpResponse:
        response = await self._connections.handle_async_request(
            httpx2.Request(
                request.method,
                f"{self._base_url}{request.path}",
                headers={**self._headers, **request.headers},
                content=request.body,
            )
        )
        async with aclosing(response):
            _require_readable(response, request)
            body = await _body(response, request.response_limit_bytes)
        return HttpResponse(response.status_code, dict(response.headers), body)


def _require_readable(response: httpx2.Response, request: HttpRequest) -> None:
    """Before a byte of the body is waited for."""
    if response.status_code not in request.readable_statuses:
        raise UnreadableStatus(response.status_code)
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Encoded
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > request.response_limit_bytes:
        raise TooLarge


async def _body(response: httpx2.Response, limit_bytes: int) -> bytes:
    body = bytearray()
    async with aclosing(response.aiter_raw()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > limit_bytes:
                raise TooLarge
    return bytes(body)
