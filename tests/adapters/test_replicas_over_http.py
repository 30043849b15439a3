"""An issuer at two addresses, over real connections, as the hub opens them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.connection import PATIENCE_SECONDS
from tongxing.adapters.hedging import ENOUGH
from tongxing.adapters.wire import HttpRequest, Transport
from tongxing.gateway.settings import IssuerSettings
from tongxing.gateway.wiring.issuer_transport import open_transport

QUESTION = HttpRequest("POST", "/v1/status", {}, b"{}", response_limit_bytes=100)


@dataclass
class Watching:
    faults: list[str] = field(default_factory=list)
    hedged: int = 0

    def issuer_fault(self, issuer: str, fault: str) -> None:
        self.faults.append(fault)

    def issuer_hedged(self, issuer: str) -> None:
        self.hedged += 1


@dataclass
class Site:
    """Answers with its name until it is switched to hang, or to be gone."""

    name: str
    hangs: bool = False
    asked: int = 0
    server: asyncio.Server | None = None
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def start(self) -> str:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    def vanish(self) -> None:
        assert self.server is not None
        self.server.close()
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(len(QUESTION.body))
                self.asked += 1
                if self.hangs:
                    await asyncio.sleep(PATIENCE_SECONDS)
                body = self.name.encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass


Ask = Callable[[], Awaitable[str]]


@asynccontextmanager
async def sites(*names: str) -> AsyncIterator[tuple[Sequence[Site], Ask, Watching]]:
    both, watch = [Site(name) for name in names], Watching()
    urls = [await site.start() for site in both]
    issuer = IssuerSettings(
        id="zhenjiang",
        dialect="zhenjiang",
        url=urls[0],
        replicas=tuple(urls[1:]),
        credential=Path("credential"),
    )
    try:
        async with AsyncExitStack() as stack:
            transport = await open_transport(issuer, "credential", stack, watch, tracing=None)
            yield both, lambda: _ask(transport), watch
    finally:
        for site in both:
            site.vanish()


async def _ask(transport: Transport) -> str:
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    return (await transport.send(QUESTION, deadline=deadline)).body.decode()


async def test_a_site_that_hangs_is_overtaken() -> None:
    async with sites("north", "south") as ((north, south), ask, watch):
        for _ in range(ENOUGH):
            assert await ask() == "north"
        north.hangs = True
        assert [await ask() for _ in range(3)] == ["south"] * 3
        assert (south.asked, watch.hedged, watch.faults) == (3, 1, [])


async def test_a_site_that_is_gone_is_not_missed() -> None:
    async with sites("north", "south") as ((north, _), ask, watch):
        assert await ask() == "north"
        north.vanish()
        assert [await ask() for _ in range(3)] == ["south"] * 3
        assert watch.hedged == 1


async def test_an_issuer_with_one_address_has_no_second_way() -> None:
    async with sites("alone") as ((alone,), ask, watch):
        assert [await ask() for _ in range(3)] == ["alone"] * 3
        assert (alone.asked, watch.hedged) == (3, 0)
