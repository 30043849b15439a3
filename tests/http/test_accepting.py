"""A wave of connections is taken in many at a time, and a process without files goes on later."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager

import pytest
import uvloop

from tongxing.gateway.http.accepting import ACCEPTED_A_TURN, Accepting

WAVE = 10 * ACCEPTED_A_TURN
PATIENCE_SECONDS = 60.0


class Counted(asyncio.Protocol):
    made = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        type(self).made += 1
        transport.close()


@pytest.fixture
def counted() -> type[Counted]:
    return type("CountedHere", (Counted,), {"made": 0})


@contextmanager
def _wave(listener: socket.socket, count: int = WAVE) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(socket.create_connection(listener.getsockname()))
        yield


@asynccontextmanager
async def _accepting(listener: socket.socket, protocol: type[Counted]) -> AsyncIterator[Accepting]:
    accepting = Accepting(listener, protocol, asyncio.get_running_loop())
    try:
        yield accepting
    finally:
        accepting.close()
        await accepting.wait_closed()


async def _turns_until(protocol: type[Counted], count: int) -> int:
    turns = 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while protocol.made < count:
            await asyncio.sleep(0)
            turns += 1
    return turns


def test_many_are_accepted_in_one_turn(counted: type[Counted]) -> None:
    async def count() -> int:
        async with _accepting(listener, counted):
            return await _turns_until(counted, WAVE)

    with socket.create_server(("127.0.0.1", 0), backlog=2 * WAVE) as listener, _wave(listener):
        assert uvloop.run(count()) < WAVE / 4


def test_the_library_still_accepts_one_a_turn(counted: type[Counted]) -> None:
    """Else there is no need for ``Accepting``."""

    async def count() -> int:
        async with await asyncio.get_running_loop().create_server(counted, sock=listener):
            return await _turns_until(counted, WAVE)

    with socket.create_server(("127.0.0.1", 0), backlog=2 * WAVE) as listener, _wave(listener):
        assert uvloop.run(count()) >= WAVE / 2


def test_without_a_file_left_it_goes_on_when_there_is_one(counted: type[Counted]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def run() -> None:
        async with _accepting(listener, counted):
            resource.setrlimit(resource.RLIMIT_NOFILE, (listener.fileno() + 1, hard))
            try:
                for _ in range(10):
                    await asyncio.sleep(0.01)
                assert counted.made == 0
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            await _turns_until(counted, 3)

    with socket.create_server(("127.0.0.1", 0)) as listener, _wave(listener, 3):
        uvloop.run(run())


def test_what_waits_when_it_closes_is_left_to_another_process(counted: type[Counted]) -> None:
    async def run() -> None:
        async with _accepting(listener, counted):
            pass
        with _wave(listener, 3):
            await asyncio.sleep(0.05)
        assert counted.made == 0

    with socket.create_server(("127.0.0.1", 0)) as listener:
        uvloop.run(run())
