"""An issuer's answer over HTTP: how it is sent, and everything that a connection can do to it.

The answer itself is correct. A fault delays, cuts, pads or replaces it.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tongxing.sandbox.issuers.misbehavior import Misbehavior, Mode

Headers = tuple[tuple[bytes, bytes], ...]
JSON_HEADERS: Headers = ((b"content-type", b"application/json"),)


@dataclass(frozen=True, slots=True)
class Reply:
    """``misbehavior``: what the connection does wrong with this reply."""

    body: bytes
    status: int = 200
    headers: Headers = JSON_HEADERS
    misbehavior: Misbehavior | None = None


Endpoint = Callable[[bytes], Reply]
"""Takes a request body, or the query of a GET, and answers it."""


def json_reply(content: object, status: int = 200) -> Reply:
    return Reply(msgspec.json.encode(content), status)


def error_reply(status: int, code: str) -> Reply:
    return json_reply({"error": code}, status)


Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

REQUEST_MAX_BYTES = 1024 * 1024

OVERSIZE_BYTES = 4 * 1024 * 1024
"""Padding beyond the limit of any answer: a batch of 1,000 may have about 2 MiB."""

ELSEWHERE = "/sandbox/elsewhere"
"""The target of a redirect. Calls to it are counted; a correct client makes none."""

_HTML = "<!DOCTYPE html><title>系统维护中</title><p>请稍后再试".encode()
_DRIP_SECONDS = 1.0
_ENDLESS_CHUNK = b" " * 16_384

Fault = Callable[[Reply, Misbehavior, Receive, Send], Awaitable[None]]


async def whole_body(receive: Receive) -> bytes | None:
    """The whole request body; None if it is larger than any honest request."""
    pieces: list[bytes] = []
    total_bytes = 0
    while True:
        message = await receive()
        piece = message.get("body", b"")
        total_bytes += len(piece)
        if total_bytes > REQUEST_MAX_BYTES:
            return None
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


async def send_reply(reply: Reply, send: Send) -> None:
    await _start(reply, len(reply.body), send)
    await send({"type": "http.response.body", "body": reply.body})


async def send_misbehaving(reply: Reply, wrong: Misbehavior, receive: Receive, send: Send) -> None:
    await _FAULTS[wrong.mode](reply, wrong, receive, send)


async def _start(reply: Reply, length: int | None, send: Send) -> None:
    headers = list(reply.headers)
    if length is not None:
        headers.append((b"content-length", b"%d" % length))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _slow(reply: Reply, wrong: Misbehavior, receive: Receive, send: Send) -> None:
    gone = asyncio.ensure_future(_until_gone(receive))
    await asyncio.wait({gone}, timeout=wrong.seconds)
    if not gone.done():
        gone.cancel()
        await send_reply(reply, send)


async def _stalled(_reply: Reply, _wrong: Misbehavior, receive: Receive, _send: Send) -> None:
    await _until_gone(receive)


async def _drip(reply: Reply, _wrong: Misbehavior, receive: Receive, send: Send) -> None:
    await _start(reply, len(reply.body), send)
    gone = asyncio.ensure_future(_until_gone(receive))
    for position in range(len(reply.body)):
        piece = reply.body[position : position + 1]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.wait({gone}, timeout=_DRIP_SECONDS)
        if gone.done():
            return
    gone.cancel()
    await send({"type": "http.response.body", "body": b""})


async def _http_500(_reply: Reply, _wrong: Misbehavior, _receive: Receive, send: Send) -> None:
    await send_reply(Reply(b'{"error":"internal"}', 500), send)


async def _http_503(_reply: Reply, wrong: Misbehavior, _receive: Receive, send: Send) -> None:
    headers = ((b"retry-after", b"%d" % int(wrong.seconds)),)
    await send_reply(Reply(b"", 503, headers), send)


async def _html_page(_reply: Reply, _wrong: Misbehavior, _receive: Receive, send: Send) -> None:
    await send_reply(Reply(_HTML, headers=((b"content-type", b"text/html; charset=utf-8"),)), send)


async def _http_204(_reply: Reply, _wrong: Misbehavior, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _redirect(_reply: Reply, _wrong: Misbehavior, _receive: Receive, send: Send) -> None:
    await send_reply(Reply(b"", 307, ((b"location", ELSEWHERE.encode()),)), send)


async def _truncated(reply: Reply, _wrong: Misbehavior, _receive: Receive, send: Send) -> None:
    """Half of the promised bytes; the server then closes the connection."""
    await _start(reply, len(reply.body), send)
    half = reply.body[: len(reply.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})


async def _endless(reply: Reply, _wrong: Misbehavior, receive: Receive, send: Send) -> None:
    await _start(reply, None, send)
    gone = asyncio.ensure_future(_until_gone(receive))
    while not gone.done():
        await send({"type": "http.response.body", "body": _ENDLESS_CHUNK, "more_body": True})
        await asyncio.sleep(0)


async def _oversized(reply: Reply, _wrong: Misbehavior, _receive: Receive, send: Send) -> None:
    await send_reply(replace(reply, body=reply.body + b" " * OVERSIZE_BYTES), send)


async def _garbage_json(_reply: Reply, _wrong: Misbehavior, _receive: Receive, send: Send) -> None:
    await send_reply(Reply(b'{"statements": [[[{"\\ud800"'), send)


_FAULTS: dict[Mode, Fault] = {
    Mode.SLOW: _slow,
    Mode.STALLED: _stalled,
    Mode.DRIP: _drip,
    Mode.HTTP_500: _http_500,
    Mode.HTTP_503: _http_503,
    Mode.HTML_PAGE: _html_page,
    Mode.HTTP_204: _http_204,
    Mode.REDIRECT: _redirect,
    Mode.TRUNCATED: _truncated,
    Mode.ENDLESS: _endless,
    Mode.OVERSIZED: _oversized,
    Mode.GARBAGE_JSON: _garbage_json,
}
