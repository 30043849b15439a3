"""Answers that leave in one piece: everything that holds around an answer holds around them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from tests.http.small_hub import AUTHORIZED, SECRET, SmallHub, Ticks
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.http.connections import Connections
from tongxing.gateway.http.event_stream import has_left
from tongxing.gateway.http.head_block import head_block
from tongxing.gateway.http.protocol import HubProtocol
from tongxing.gateway.http.request import read_body
from tongxing.gateway.http.request_envelope import SECURITY_HEADERS, RequestEnvelope
from tongxing.gateway.http.request_ids import RequestIds
from tongxing.gateway.http.whole_answer import WHOLE, WholeAnswer

DATE = (b"date", b"Mon, 30 Nov 2026 08:00:00 GMT")
PATIENCE_SECONDS = 10.0


@dataclass
class Endings:
    """What the envelope told of each request's end."""

    ended: list[int] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    def refused(self, code: ErrorCode) -> None:
        pytest.fail(code)

    def refused_at_once(self, code: ErrorCode, route: str, status: int) -> None:
        pytest.fail(f"{code} {route} {status}")

    def unexpected(self, error: BaseException) -> None:
        self.errors.append(error)

    def request_ended(
        self, _request_id: str, method: str, route: str, status: int, _seconds: float
    ) -> None:
        assert (method, route) == ("POST", "/graphql")
        self.ended.append(status)


class Hub:
    """Answers each question with its body, once what that body waits for has come about."""

    def __init__(self) -> None:
        self.watch = Endings()
        self.state = ServerState()
        self.state.default_headers = [DATE]
        self.events: dict[bytes, asyncio.Event] = {}
        self.asked: list[bytes] = []
        self.left: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert WHOLE in scope
        body = await read_body(scope, receive, lambda _: None)
        self.asked.append(body)
        if body == b"breaks":
            raise RuntimeError(SECRET)
        if body == b"waits until its client has left":
            await has_left(receive)
            self.left.append(body)
        if body in self.events:
            await self.events[body].wait()
        extra = {"x-split": "a\r\nb: c"} if body == b"splits" else {}
        await WholeAnswer(body, 200, extra, "text/plain")(scope, receive, send)

    def holds(self, body: bytes) -> asyncio.Event:
        return self.events.setdefault(body, asyncio.Event())

    async def is_asked(self, body: bytes) -> None:
        await _comes_about(lambda: body in self.asked)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[tuple[str, int]]:
        ids = RequestIds(Ticks())
        app = RequestEnvelope(
            self, routes=["/graphql"], watch=self.watch, ids=ids, monotonic=monotonic
        )
        config = uvicorn.Config(app, ws="none", lifespan="off", log_config=None)
        config.load()
        server = await asyncio.get_running_loop().create_server(
            lambda: HubProtocol(config, self.state, {}, connections=Connections(1_000)),
            "127.0.0.1",
            0,
        )
        async with server:
            yield server.sockets[0].getsockname()


async def _comes_about(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _connected(
    address: tuple[str, int],
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(*address)
    try:
        yield reader, writer
    finally:
        writer.close()


def _request(body: bytes, *lines: str) -> bytes:
    head = ["POST /graphql HTTP/1.1", "host: hub", *lines, f"content-length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


@dataclass
class _Read:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


async def _answer(reader: asyncio.StreamReader) -> _Read:
    async with asyncio.timeout(PATIENCE_SECONDS):
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        pairs = [tuple(line.split(b": ", 1)) for line in lines]
        headers = {name: value for name, value in pairs}  # noqa: C416 - mypy counts the parts
        assert len(headers) == len(pairs), "a header came twice"
        body = await reader.readexactly(int(headers[b"content-length"]))
    return _Read(int(first.split()[1]), headers, body)


async def test_an_answer_has_all_headers_that_every_answer_has() -> None:
    hub = Hub()
    async with hub.listening() as address, _connected(address) as (reader, writer):
        writer.write(_request(b"one") + _request(b"two"))
        one, two = await _answer(reader), await _answer(reader)
    assert (one.status, one.body) == (200, b"one")
    ids = [each.headers.pop(b"x-request-id") for each in (one, two)]
    assert len(set(ids)) == 2
    rest = {b"content-type": b"text/plain", b"content-length": b"3"}
    assert one.headers == two.headers == dict([DATE, *SECURITY_HEADERS]) | rest


async def test_requests_behind_one_another_are_answered_in_order() -> None:
    hub = Hub()
    first = hub.holds(b"1")
    async with hub.listening() as address, _connected(address) as (reader, writer):
        writer.write(b"".join(_request(b"%d" % number) for number in range(1, 6)))
        await hub.is_asked(b"1")
        first.set()
        answers = [await _answer(reader) for _ in range(5)]
    assert [answer.body for answer in answers] == [b"%d" % number for number in range(1, 6)]
    assert hub.watch.ended == [200] * 5


async def test_other_requests_behind_a_question_wait_for_it() -> None:
    hub = SmallHub()
    ask = _question("{ greeting }")
    get = b"GET /healthz/nothing HTTP/1.1\r\nhost: hub\r\n\r\n"
    async with _served(hub) as address, _connected(address) as (reader, writer):
        writer.write(ask + get + ask)
        statuses = [(await _answer(reader)).status for _ in range(3)]
    assert statuses == [200, 404, 200]


async def test_a_hundred_and_twenty_eight_ask_at_once() -> None:
    hub = Hub()

    async def ask(address: tuple[str, int], number: int) -> None:
        async with _connected(address) as (reader, writer):
            for turn in range(5):
                body = b"%d of %d" % (turn, number)
                writer.write(_request(body))
                assert (await _answer(reader)).body == body

    async with hub.listening() as address:
        await asyncio.gather(*(ask(address, number) for number in range(128)))
    assert hub.watch.ended == [200] * (5 * 128)


async def test_a_client_that_leaves_is_noticed_while_its_answer_is_made() -> None:
    hub, body = Hub(), b"waits until its client has left"
    async with hub.listening() as address:
        async with _connected(address) as (_, writer):
            writer.write(_request(body))
            await hub.is_asked(body)
        await _comes_about(lambda: hub.left == [body])
        await _comes_about(lambda: not hub.state.tasks)
    assert hub.watch.errors == []


async def test_a_request_that_is_given_up_is_written_down_as_gone() -> None:
    hub = Hub()
    hub.holds(b"never")
    async with hub.listening() as address, _connected(address) as (_, writer):
        writer.write(_request(b"never"))
        await hub.is_asked(b"never")
        for task in hub.state.tasks:
            task.cancel()
        await _comes_about(lambda: hub.watch.ended == [499])


async def test_who_leaves_within_a_body_is_refused_as_having_left() -> None:
    hub = SmallHub()
    async with _served(hub) as address:
        async with _connected(address) as (_, writer):
            writer.write(_question("{ greeting }")[:-5])
            await writer.drain()
            await asyncio.sleep(0.05)
        await _comes_about(lambda: bool(hub.events()))
    assert hub.refusals == [("city-a", ErrorCode.CLIENT_LEFT.value)]


@pytest.mark.parametrize("pieces", [1, 7], ids=["behind its head", "byte by byte"])
async def test_a_body_that_comes_later_is_waited_for(pieces: int) -> None:
    hub, body = Hub(), b"0123456"
    request = _request(body)
    async with hub.listening() as address, _connected(address) as (reader, writer):
        writer.write(request[: -len(body)])
        size = len(body) // pieces
        for begin in range(0, len(body), size):
            await writer.drain()
            await asyncio.sleep(0.02)
            writer.write(body[begin : begin + size])
        assert (await _answer(reader)).body == body


@pytest.mark.parametrize(
    "lines", [["expect: 100-continue"], ["transfer-encoding: chunked"]], ids=["expected", "chunked"]
)
async def test_bodies_that_come_in_other_ways_are_read(lines: list[str]) -> None:
    hub = Hub()
    async with hub.listening() as address, _connected(address) as (reader, writer):
        if "chunked" in lines[0]:
            writer.write(f"POST /graphql HTTP/1.1\r\nhost: hub\r\n{lines[0]}\r\n\r\n".encode())
            writer.write(b"2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n")
        else:
            writer.write(_request(b"body", *lines)[:-4])
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(b"body")
        assert (await _answer(reader)).body == b"body"


async def test_a_client_that_wants_the_connection_to_end_gets_its_way() -> None:
    hub = Hub()
    async with hub.listening() as address, _connected(address) as (reader, writer):
        writer.write(_request(b"last", "connection: close"))
        assert (await _answer(reader)).headers[b"connection"] == b"close"
        assert await reader.read() == b""


async def test_what_waits_when_the_server_ends_is_answered_and_then_the_connection_ends() -> None:
    hub = Hub()
    committed = hub.holds(b"waits for its commit")
    async with hub.listening() as address, _connected(address) as (reader, writer):
        async with _connected(address) as (idle, _):
            writer.write(_request(b"waits for its commit"))
            await hub.is_asked(b"waits for its commit")
            for connection in list(hub.state.connections):
                connection.shutdown()
            assert await idle.read() == b""
        assert len(hub.state.tasks) == 1
        committed.set()
        answer = await _answer(reader)
        assert (answer.body, answer.headers[b"connection"]) == (b"waits for its commit", b"close")
        assert await reader.read() == b""
    assert hub.state.tasks == set()


@pytest.mark.parametrize("asked_before", [False, True], ids=["fresh", "kept"])
async def test_a_request_on_its_way_when_the_server_ends_is_answered_as_the_last(
    *, asked_before: bool
) -> None:
    """Its client has a connection and cannot know."""
    hub = Hub()
    async with hub.listening() as address, _connected(address) as (reader, writer):
        if asked_before:
            writer.write(_request(b"before"))
            await _answer(reader)
        (connection,) = await _protocols(hub)
        connection.shutdown()
        writer.write(_request(b"on its way"))
        answer = await _answer(reader)
        assert (answer.body, answer.headers[b"connection"]) == (b"on its way", b"close")
        assert await reader.read() == b""


async def test_an_unforeseen_error_is_answered_in_the_one_shape_and_the_connection_goes_on() -> (
    None
):
    hub = Hub()
    async with hub.listening() as address, _connected(address) as (reader, writer):
        writer.write(_request(b"breaks") + _request(b"next"))
        broken, after = await _answer(reader), await _answer(reader)
    assert (broken.status, after.body) == (500, b"next")
    assert b'"code":"INTERNAL"' in broken.body
    assert SECRET.encode() not in broken.body
    assert (hub.watch.ended, len(hub.watch.errors)) == ([500, 200], 1)


async def test_what_would_be_read_as_two_headers_is_not_sent() -> None:
    hub = Hub()
    async with hub.listening() as address, _connected(address) as (reader, writer):
        writer.write(_request(b"splits"))
        assert (await _answer(reader)).status == 500
        assert await reader.read() == b""


BAD_HEADERS = {
    "a line break": (b"name", b"a\r\nb"),
    "a control character": (b"name", b"\x7f"),
    "no name": (b"", b""),
    "an upper-case name": (b"Name", b""),
    "a colon in the name": (b"na:me", b""),
}


@pytest.mark.parametrize("header", BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_a_head_holds_only_headers(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="no header"):
        head_block(200, (header,))


async def test_a_client_that_reads_nothing_is_waited_for() -> None:
    """What is not read yet is bounded: the answers behind it are not made."""
    hub, body = Hub(), b"x" * 1_000_000
    async with hub.listening() as address, _connected(address) as (reader, writer):
        sending = asyncio.create_task(_sent(writer, _request(body) * 40))
        await _comes_about(lambda: bool(hub.asked))
        await asyncio.sleep(0.3)
        assert len(hub.asked) < 40
        for _ in range(40):
            assert (await _answer(reader)).body == body
        await sending


async def _sent(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def test_a_connection_ends_once_it_was_idle_for_its_time() -> None:
    """One timer serves many answers: when it rings, the time counts from the last of them."""
    hub = Hub()
    held = hub.holds(b"held")
    async with hub.listening() as address, _connected(address) as (reader, writer):
        (protocol,) = await _protocols(hub)
        protocol.timeout_keep_alive = 3_600
        writer.write(_request(b"one"))
        await _answer(reader)
        timer = protocol.timeout_keep_alive_task
        protocol.timeout_keep_alive_handler()
        assert protocol.timeout_keep_alive_task is not timer, "too early: it looks again"

        protocol.timeout_keep_alive = 0
        writer.write(_request(b"held"))
        await hub.is_asked(b"held")
        protocol.timeout_keep_alive_handler()
        held.set()
        assert (await _answer(reader)).body == b"held"
        assert await asyncio.wait_for(reader.read(), PATIENCE_SECONDS) == b""


async def _protocols(hub: Hub) -> list[HubProtocol]:
    await _comes_about(lambda: bool(hub.state.connections))
    return [each for each in hub.state.connections if isinstance(each, HubProtocol)]


def _question(query: str) -> bytes:
    lines = ["content-type: application/json", f"authorization: {AUTHORIZED['authorization']}"]
    return _request(b'{"query": "%b"}' % query.encode(), *lines)


@asynccontextmanager
async def _served(hub: SmallHub) -> AsyncIterator[tuple[str, int]]:
    config = uvicorn.Config(hub.app(), ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HubProtocol(config, state, {}, connections=Connections(1_000)), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()
