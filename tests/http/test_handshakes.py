"""TLS handshakes are connections: they have shares, they make room, and they end."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import cast

import pytest
import uvloop

from tests.authority import Authority, Pair
from tests.connection import PATIENCE_SECONDS
from tongxing.gateway.http.accepting import Accepting
from tongxing.gateway.http.connections import Connections, OpenConnection
from tongxing.gateway.http.handshakes import HANDSHAKE_SECONDS, Handshakes

CAPACITY = 16
STALLED = 4 * CAPACITY


def first_bytes() -> bytes:
    """What a client sends first."""
    hello = ssl.MemoryBIO()
    context = ssl.create_default_context()
    client = context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="hub")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return hello.read()


class Greeting(asyncio.Protocol):
    """Takes its handshake's place, says hello, and may be told that the hub ends."""

    def __init__(self, among: Connections) -> None:
        self._among = among
        self.was_shut_down = False

    def make_room(self) -> None:
        self._transport.abort()

    def succeed(self, handshake: OpenConnection) -> None:
        self._handshake = handshake

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._among.left(self._handshake)
        assert self._among.admit(self, "address 127.0.0.1")
        self._transport.write(b"hello")

    def connection_lost(self, exc: Exception | None) -> None:
        self._among.left(self)

    def shutdown(self) -> None:
        self.was_shut_down = True


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.certify("hub")


@contextmanager
def stalled(listener: socket.socket, count: int = STALLED) -> Iterator[None]:
    begun = first_bytes()
    with ExitStack() as stack:
        for number in range(count):
            connection = socket.create_connection(listener.getsockname())
            stack.enter_context(connection).sendall((b"", begun[:9], begun)[number % 3])
        yield


@asynccontextmanager
async def accepting(
    listener: socket.socket, pair: Pair, among: Connections, seconds: float = HANDSHAKE_SECONDS
) -> AsyncIterator[Accepting]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.file, pair.key)
    made = Accepting(
        listener,
        lambda: Greeting(among),
        asyncio.get_running_loop(),
        Handshakes(lambda: context, among, seconds),
    )
    try:
        yield made
    finally:
        made.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await made.wait_closed()


async def greeted(listener: socket.socket, authority: Authority) -> bytes:
    context = ssl.create_default_context(cafile=authority.file)
    host, port = listener.getsockname()
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection(
            host, port, ssl=context, server_hostname="hub"
        )
        try:
            return await reader.readexactly(5)
        finally:
            writer.close()


def test_more_of_them_than_there_is_room_stop_nobody(authority: Authority, pair: Pair) -> None:
    async def run() -> None:
        among = Connections(CAPACITY)
        async with accepting(listener, pair, among):
            for _ in range(3):
                assert await greeted(listener, authority) == b"hello"

    with socket.create_server(("127.0.0.1", 0), backlog=2 * STALLED) as listener, stalled(listener):
        uvloop.run(run())


def test_their_places_are_free_when_they_end(authority: Authority, pair: Pair) -> None:
    among = Connections(CAPACITY)

    async def run() -> None:
        async with accepting(listener, pair, among):
            assert await greeted(listener, authority) == b"hello"

    with socket.create_server(("127.0.0.1", 0), backlog=2 * STALLED) as listener, stalled(listener):
        uvloop.run(run())
    taken = [among.admit(Greeting(among), f"address {number}") for number in range(CAPACITY)]
    assert all(taken)


def test_they_end_in_time(authority: Authority, pair: Pair) -> None:
    async def run() -> None:
        async with accepting(listener, pair, Connections(CAPACITY), 0.2):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert await reader.read() == b""
            writer.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        uvloop.run(run())
