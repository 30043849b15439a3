"""What the hub's server keeps of a request that never comes to an end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from tongxing.gateway.http.connections import Connections
from tongxing.gateway.http.protocol import (
    HEAD_MAX_BYTES,
    LATE_BODY_SECONDS,
    QUESTIONS_PATH,
    HubProtocol,
)
from tongxing.gateway.http.request import ARRIVAL_SECONDS
from tongxing.gateway.http.server import connections_for

PIECE_BYTES = 4_096
FAR_TOO_MUCH_BYTES = 64 * HEAD_MAX_BYTES
START = b"POST / HTTP/1.1\r\nhost: hub\r\n"
CHUNKED = START + b"transfer-encoding: chunked\r\n\r\n"


async def _count_the_body(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/slow":
        await asyncio.sleep(LATEST_SECONDS + 0.5)
    body = b"" if scope["path"] == "/early" else await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(_count_the_body, ws="none", lifespan="off", log_config=None)
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: HubProtocol(config, ServerState(), {}, connections=Connections(100)), "127.0.0.1", 0
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


PATHS = ["/", QUESTIONS_PATH]


def _at(path: str, request: bytes) -> bytes:
    return request.replace(START, START.replace(b"/", path.encode(), 1))


@pytest.mark.parametrize("path", PATHS)
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
async def test_what_never_ends_is_cut_off(path: str, begin: bytes, piece: bytes) -> None:
    async with connected() as (reader, writer):
        writer.write(_at(path, begin))
        assert await _sent_until_closed(reader, writer, piece) < FAR_TOO_MUCH_BYTES


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("requests", [1, 3], ids=["alone", "one behind the other"])
async def test_a_large_body_is_not_taken_for_a_head(path: str, requests: int) -> None:
    body = b"x" * (10 * HEAD_MAX_BYTES)
    request = _at(path, START) + f"content-length: {len(body)}\r\n\r\n".encode() + body
    async with connected() as (reader, writer):
        writer.write(request * requests)
        for _ in range(requests):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            assert await reader.readexactly(6) == str(len(body)).encode()


@pytest.mark.parametrize("path", PATHS)
async def test_a_body_in_many_small_chunks_is_no_silence(path: str) -> None:
    async with connected() as (reader, writer):
        writer.write(_at(path, CHUNKED))
        for _ in range(HEAD_MAX_BYTES // 1_000):
            writer.write(b"3e8\r\n" + b"x" * 1_000 + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


SLOW = {
    "a silent connection": (b"", b""),
    "half a head": (START, b"HTTP/1.1 408 "),
    "a line feed again and again": (b"\r\n", b""),
    "half a body": (START + b"content-length: 10\r\n\r\nx", b""),
    "half a question": (_at(QUESTIONS_PATH, START) + b"content-length: 10\r\n\r\nx", b""),
    "the head of a question": (_at(QUESTIONS_PATH, START) + b"content-length: 10\r\n\r\n", b""),
    "an answer before the body, and then silence": (
        b"GET /early HTTP/1.1\r\nhost: hub\r\ncontent-length: 10\r\n\r\nx",
        b"HTTP/1.1 200 ",
    ),
    "an answer before the body, the body, and then silence": (
        b"GET /early HTTP/1.1\r\nhost: hub\r\ncontent-length: 1\r\n\r\n",
        b"HTTP/1.1 200 ",
    ),
}
LATEST_SECONDS = ARRIVAL_SECONDS + LATE_BODY_SECONDS


async def _until_closed(begin: bytes, drip: bytes) -> tuple[bytes, float]:
    """What the server said, and after how long it closed the connection."""
    loop = asyncio.get_running_loop()
    async with connected() as (reader, writer):
        began, said = loop.time(), b""
        writer.write(begin)
        reading = asyncio.ensure_future(reader.read(-1))
        while not reading.done() and loop.time() - began < 3 * LATEST_SECONDS:
            await asyncio.wait({reading}, timeout=1.0)
            if drip and not reading.done():
                writer.write(drip)
        with suppress(ConnectionError):
            said = await asyncio.wait_for(reading, 0.1)
        return said, loop.time() - began


async def test_what_comes_slowly_ends_in_time() -> None:
    """All of them at the same time, each with a byte a second that brings it no further."""
    drips = {"half a head": b"x", "half a body": b"x", "a line feed again and again": b"\r\n"}
    ends = await asyncio.gather(
        *(_until_closed(begin, drips.get(name, b"")) for name, (begin, _) in SLOW.items())
    )
    for (name, (_, expected)), (said, seconds) in zip(SLOW.items(), ends, strict=True):
        assert said.startswith(expected), name
        assert seconds < LATEST_SECONDS + 2.0, name


async def test_a_request_that_is_whole_is_not_hurried() -> None:
    async with connected() as (reader, writer):
        writer.write(b"GET /slow HTTP/1.1\r\nhost: hub\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


FILES = {1_024: 512, 256: 64, 65_536: 63_232}


@pytest.mark.parametrize(("files", "connections"), FILES.items(), ids=map(str, FILES))
def test_connections_stay_below_the_files_of_the_process(files: int, connections: int) -> None:
    assert connections_for(files) == connections
