"""What is decided before there is a task: at once, later, and what is read of a connection after a
refusal."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
import uvloop
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from tongxing.gateway.http.at_once import Decide
from tongxing.gateway.http.connections import Connections
from tongxing.gateway.http.door import REFUSALS_A_SECOND, Allowance
from tongxing.gateway.http.protocol import HubProtocol
from tongxing.gateway.http.request import seconds_since_whole
from tongxing.gateway.http.whole_answer import WholeAnswer

PATIENCE_SECONDS = 60.0
REST_SECONDS = 0.5


class Taking:
    """Takes questions as the test says, and answers those that get a task."""

    def __init__(self, *rests: float | None) -> None:
        self._rests = list(rests)
        self.waited: list[float] = []
        self.waiting: list[Decide] = []
        self.left: list[str] = []
        self.tasks = 0

    def take(self, scope: Scope, body: bytes, decide: Decide) -> None:
        self.waited.append(seconds_since_whole(scope))
        if body == b"wait":
            self.waiting.append(decide)
        elif self._rests:
            rest = self._rests.pop(0)
            decide(None if rest is None else refusal(rest))
        else:
            decide(None)

    def leaves(self, scope: Scope) -> None:
        self.left.append(scope["path"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.tasks += 1
        await receive()
        await WholeAnswer(b"answered", 200, {}, "text/plain")(scope, receive, send)


def refusal(rest: float) -> Message:
    message = WholeAnswer(b"refused", 503, {"retry-after": "1"}, "text/plain").message()
    return {**message, "rest": rest}


def request_of(body: bytes) -> bytes:
    return b"POST /graphql HTTP/1.1\r\nhost: hub\r\ncontent-length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, *bodies: bytes) -> None:
        self._writer.write(b"".join(map(request_of, bodies)))

    async def answer(self) -> bytes:
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return await self._reader.readexactly(length)

    def leave(self) -> None:
        self._writer.close()


Call = Callable[[], Any]


@asynccontextmanager
async def _listening(app: Taking) -> AsyncIterator[Call]:
    config = uvicorn.Config(
        app, ws="none", lifespan="off", log_config=None, access_log=False, proxy_headers=False
    )
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HubProtocol(config, state, {}, connections=Connections(100)), "127.0.0.1", 0
    )

    callers: list[Caller] = []

    async def call() -> Caller:
        address = server.sockets[0].getsockname()
        callers.append(Caller(*await asyncio.open_connection(*address)))
        return callers[-1]

    async with server, asyncio.timeout(PATIENCE_SECONDS):
        yield call
        for caller in callers:
            caller.leave()
        await asyncio.sleep(0.05)  # the server hears of it


def test_a_question_that_waits_has_no_task_until_its_turn_has_come() -> None:
    async def run() -> None:
        app = Taking()
        async with _listening(app) as call:
            caller, other = await call(), await call()
            caller.send(b"wait")
            other.send(b"now")
            assert await other.answer() == b"answered"
            assert (len(app.waiting), app.tasks) == (1, 1)
            app.waiting.pop()(None)
            assert await caller.answer() == b"answered"
            caller.send(b"wait")
            other.send(b"now")
            await other.answer()
            app.waiting.pop()(refusal(0))
            assert await caller.answer() == b"refused"

    uvloop.run(run())


def test_questions_that_come_together_are_answered_in_their_order() -> None:
    async def run() -> None:
        async with _listening(Taking(0, None, 0)) as call:
            caller = await call()
            caller.send(b"one", b"two", b"three")
            # Those behind the first one wait for it with a task of their own, as they always did.
            assert [await caller.answer() for _ in range(3)] == [b"refused", *[b"answered"] * 2]

    uvloop.run(run())


def test_of_one_that_leaves_while_it_waits_the_application_hears() -> None:
    async def run() -> None:
        app = Taking()
        async with _listening(app) as call:
            caller, other = await call(), await call()
            caller.send(b"wait")
            other.send(b"now")
            await other.answer()
            caller.leave()
            while not app.left:
                other.send(b"now")
                await other.answer()
            other.leave()
            await asyncio.sleep(0.05)
            assert app.left == ["/graphql"], "the other one did not wait"

    uvloop.run(run())


def test_after_a_rest_it_is_known_how_long_a_question_has_waited() -> None:
    async def run() -> None:
        app = Taking(REST_SECONDS)
        async with _listening(app) as call:
            caller, other = await call(), await call()
            caller.send(b"refused")
            assert await caller.answer() == b"refused"
            caller.send(b"too soon")
            for _ in range(3):
                other.send(b"meanwhile")
                await other.answer()
            assert len(app.waited) == 4, "nothing of it was read meanwhile"
            assert await caller.answer() == b"answered"
        if hasattr(socket, "TCP_INFO"):
            assert app.waited[-1] > REST_SECONDS / 2

    uvloop.run(run())


def test_so_many_refusals_a_second_cost_nobody_a_rest() -> None:
    allowance = Allowance(REFUSALS_A_SECOND)
    assert not any(allowance.is_over(1.0) for _ in range(REFUSALS_A_SECOND))
    assert allowance.is_over(1.9)
    assert not allowance.is_over(2.0)
