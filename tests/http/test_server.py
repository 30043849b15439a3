"""What the hub's server keeps of a request that never comes to an end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from tongxing.gateway.http.server import HEAD_MAX_BYTES, HubProtocol

PIECE_BYTES = 4_096
FAR_TOO_MUCH_BYTES = 64 * HEAD_MAX_BYTES
START = b"POST / HTTP/1.1\r\nhost: hub\r\n"
CHUNKED = START + b"transfer-encoding: chunked\r\n\r\n"


async def _count_the_body(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(_count_the_body, ws="none", lifespan="off", log_config=None)
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: HubProtocol(config, ServerState(), {}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()


async def _sent_until_closed(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, piece: bytes
) -> int:
    """How much the hub took before it closed the connection."""
    sent = 0
    closed = asyncio.ensure_future(reader.read(-1))
    try:
        while not closed.done() and sent < FAR_TOO_MUCH_BYTES:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)
    except ConnectionError:
        pass
    closed.cancel()
    await asyncio.gather(closed, return_exceptions=True)
    return sent


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"POST /", b"x" * PIECE_BYTES),
        (START, b"x-header: " + b"x" * PIECE_BYTES + b"\r\n"),
        (START, b"x" * PIECE_BYTES),
        (START + b"x-header: ", b"x" * PIECE_BYTES),
        (CHUNKED + b"0\r\nx-trailer: ", b"x" * PIECE_BYTES),
        (CHUNKED + b"0\r\n", b"x-trailer: " + b"x" * PIECE_BYTES + b"\r\n"),
        (CHUNKED + b"1;", b"x" * PIECE_BYTES),
    ],
    ids=[
        "an endless address",
        "headers without end",
        "an endless name of a header",
        "an endless header",
        "an endless trailer",
        "trailers without end",
        "an endless extension of a chunk",
    ],
)
async def test_what_never_ends_is_cut_off(begin: bytes, piece: bytes) -> None:
    async with connected() as (reader, writer):
        writer.write(begin)
        assert await _sent_until_closed(reader, writer, piece) < FAR_TOO_MUCH_BYTES


@pytest.mark.parametrize("requests", [1, 3], ids=["alone", "one behind the other"])
async def test_a_large_body_is_not_taken_for_a_head(requests: int) -> None:
    body = b"x" * (10 * HEAD_MAX_BYTES)
    request = START + f"content-length: {len(body)}\r\n\r\n".encode() + body
    async with connected() as (reader, writer):
        writer.write(request * requests)
        for _ in range(requests):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            assert await reader.readexactly(6) == str(len(body)).encode()


async def test_a_body_in_many_small_chunks_is_no_silence() -> None:
    async with connected() as (reader, writer):
        writer.write(CHUNKED)
        for _ in range(HEAD_MAX_BYTES // 1_000):
            writer.write(b"3e8\r\n" + b"x" * 1_000 + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
