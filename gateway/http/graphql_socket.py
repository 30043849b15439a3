"""``/graphql`` as a WebSocket: ``graphql-transport-ws``, as one ASGI application.

Responsible for the order of the protocol and for what one socket may hold: who asks is shown within
seconds, an id names one operation at a time, and a socket on which nothing runs ends. Operations
are answered as those of HTTP are, with the same places at the door, rights, limits and records.
Refuses to keep results for a client that does not read: its socket ends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from tongxing.gateway.errors import CodeOf, ErrorCode, Refused, details_of, error_object
from tongxing.gateway.graphql.document_errors import RefusedDocument
from tongxing.gateway.http.credentials_shown import ShownCredential, credential_of
from tongxing.gateway.http.deadline import Deadline
from tongxing.gateway.http.door import Door
from tongxing.gateway.http.event_stream import (
    SEND_SECONDS,
    STREAMS_PER_CLIENT,
    OpenStreams,
    ResultStream,
    cancelled,
)
from tongxing.gateway.http.first_step import limited
from tongxing.gateway.http.graphql_endpoint import Asked
from tongxing.gateway.http.long_work import entries_of
from tongxing.gateway.http.request_envelope import RequestWatch
from tongxing.gateway.http.request_ids import RequestIds
from tongxing.gateway.http.sent_before import SentRequest
from tongxing.gateway.http.socket_messages import (
    ACKNOWLEDGED,
    PONG,
    CloseCode,
    Closed,
    SocketMessage,
    complete_message,
    credential_in,
    error_message,
    id_of,
    next_message,
    operation_in,
    read_message,
    result_message,
)
from tongxing.gateway.http.stream_forms import SOCKET
from tongxing.gateway.http.whole_answer import WholeAnswer

C = TypeVar("C")


class SocketTimes(NamedTuple):
    """In seconds. ``init`` from the handshake to ``connection_init``; over: 4408. ``idle`` on which
    no operation runs; over: 1000. ``unread``: how long a client may leave unread what the hub sent;
    over: the connection ends."""

    init: float = 5.0
    idle: float = 60.0
    unread: float = SEND_SECONDS


SOCKET_TIMES = SocketTimes()


SOCKETS_PER_CLIENT = STREAMS_PER_CLIENT
"""Over: 1013."""

OPERATIONS_PER_SOCKET = 2 * STREAMS_PER_CLIENT
"""Queries and subscriptions together. Over: TOO_MANY_STREAMS."""


class AnswersOperations(Protocol[C]):
    """As ``GraphQLEndpoint``."""

    async def authenticated(
        self, shown: ShownCredential | None, scope: Scope, deadline: Deadline
    ) -> C: ...

    async def answer(
        self, client: C, request: SentRequest, asked: Asked
    ) -> WholeAnswer | ResultStream: ...


class GraphQLSocket(Generic[C]):
    """``sockets`` counts those of each client, as ``streams`` their streams. ``origins`` are those
    whose pages may ask besides the hub's own."""

    def __init__(
        self,
        endpoint: AnswersOperations[C],
        *,
        name_of: Callable[[C], str],
        still_allowed: Callable[[C], Awaitable[C]],
        door: Door,
        code_of: CodeOf,
        streams: OpenStreams,
        ids: RequestIds,
        watch: RequestWatch,
        origins: Sequence[str],
        deadline_seconds: float,
        times: SocketTimes = SOCKET_TIMES,
    ) -> None:
        self.endpoint = endpoint
        self.name_of = name_of
        self.still_allowed = still_allowed
        self.door = door
        self.code_of = code_of
        self.streams = streams
        self.sockets = OpenStreams(streams.ending, streams.keep_alive_seconds)
        self.ids = ids
        self.watch = watch
        self.deadline_seconds = deadline_seconds
        self.times = times
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # the handshake
        if not self._may_ask(Headers(scope=scope)):
            await send({"type": "websocket.close", "code": CloseCode.FORBIDDEN})
            return
        subprotocol = SOCKET if SOCKET in scope["subprotocols"] else None
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        if subprotocol is None:
            await send({"type": "websocket.close", "code": CloseCode.NO_SUBPROTOCOL})
            return
        try:
            await _OpenSocket(self, scope, receive, send).run()
        except Closed as closed:
            await send({"type": "websocket.close", "code": closed.code, "reason": closed.reason})
        except TimeoutError:
            await send({"type": "websocket.close", "code": CloseCode.TRY_AGAIN_LATER})

    def _may_ask(self, headers: Headers) -> bool:
        """Programs send no Origin."""
        origin = headers.get("origin")
        is_own = origin is not None and urlsplit(origin).netloc == headers.get("host")
        return origin is None or is_own or origin in self._origins


class _OpenSocket(Generic[C]):
    """One socket, from its handshake to its end."""

    def __init__(
        self, sockets: GraphQLSocket[C], scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._of = sockets
        self._scope = scope
        self._receive = receive
        self._send = send
        self._running: dict[str, asyncio.Task[None]] = {}
        self._refused: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()
        self._idle_since = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Raises Closed, and TimeoutError if the client does not read."""
        client = await self._begun()
        name = self._of.name_of(client)
        try:
            self._of.sockets.check_room(name)
        except Refused:
            raise Closed(CloseCode.TRY_AGAIN_LATER, "Too many connections") from None
        with self._of.sockets.counted(name):
            await self._say(ACKNOWLEDGED)
            try:
                await self._serve(client)
            finally:
                if self._running:
                    await cancelled(*self._running.values())

    async def _begun(self) -> C:
        try:
            async with asyncio.timeout(self._of.times.init):
                message = await self._message()
        except TimeoutError:
            raise Closed(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout") from None
        if message.type != "connection_init":
            raise Closed(CloseCode.NOT_ACKNOWLEDGED, "Unauthorized")
        shown = credential_in(message) or credential_of(Headers(scope=self._scope))
        try:
            deadline = Deadline(self._of.deadline_seconds)
            return await self._of.endpoint.authenticated(shown, self._scope, deadline)
        except Exception as error:  # noqa: BLE001 - the rim: no part of it may reach the client
            raise self._closed_by(error) from None

    def _closed_by(self, error: Exception) -> Closed:
        """What a client is told that is not known, or that cannot be looked up now."""
        code = self._of.code_of(error)
        if code is ErrorCode.UNAUTHENTICATED:
            return Closed(CloseCode.FORBIDDEN, "Forbidden")
        return Closed(CloseCode.TRY_AGAIN_LATER, code.value)

    async def _serve(self, client: C) -> None:
        ending = asyncio.create_task(self._of.streams.ending.wait())
        incoming = asyncio.create_task(self._message())
        try:
            while True:
                awaited: set[asyncio.Future[Any]] = {incoming, ending, self._refused}
                await asyncio.wait(
                    awaited,
                    timeout=self._of.streams.keep_alive_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if self._refused.done():
                    raise self._refused.result()
                if ending.done():
                    await self._complete_all()
                    raise Closed(CloseCode.GOING_AWAY, "Going away")
                if incoming.done():
                    await self._take(client, incoming.result())
                    incoming = asyncio.create_task(self._message())
                else:
                    await self._look(client)
        finally:
            await cancelled(ending, incoming)

    async def _complete_all(self) -> None:
        """Streams end in order by themselves when the hub ends."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=self._of.times.unread)

    async def _look(self, client: C) -> None:
        """At who has sent nothing for a while. Raises Closed."""
        await self._check(client)
        idle = asyncio.get_running_loop().time() - self._idle_since
        if not self._running and idle > self._of.times.idle:
            raise Closed(CloseCode.DONE, "Idle")

    async def _check(self, client: C) -> None:
        """Raises Closed if ``client`` may be told nothing more; it comes back with a new token and
        its last cursors."""
        try:
            now = await self._of.still_allowed(client)
        except Exception as error:  # noqa: BLE001 - the rim, too
            raise self._closed_by(error) from None
        if now != client:
            raise Closed(CloseCode.FORBIDDEN, "Forbidden")

    async def _take(self, client: C, message: SocketMessage) -> None:
        match message.type:
            case "ping":
                await self._say(PONG)
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(client, message)
            case "complete":
                task = self._running.pop(id_of(message), None)
                if task is not None:
                    await cancelled(task)
            case "connection_init":
                raise Closed(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
            case _:
                raise Closed(CloseCode.BAD_MESSAGE, "Invalid message")

    async def _subscribe(self, client: C, message: SocketMessage) -> None:
        of, request = operation_in(message)
        if of in self._running:
            raise Closed(CloseCode.OPERATION_EXISTS, f"Subscriber for {of} already exists")
        if len(self._running) >= OPERATIONS_PER_SOCKET:
            code = ErrorCode.TOO_MANY_STREAMS
            await self._refuse(of, code, [error_object(code)])
            return
        sent = SentRequest(request, client)
        task = asyncio.create_task(self._run(of, client, sent, len(message.payload)))
        self._running[of] = task
        task.add_done_callback(partial(self._ended, of))

    def _ended(self, of: str, task: asyncio.Task[None]) -> None:
        if self._running.get(of) is task:
            del self._running[of]
        self._idle_since = asyncio.get_running_loop().time()
        if task.cancelled() or task.exception() is None or self._refused.done():
            return
        error = task.exception()
        closed = Closed(CloseCode.TRY_AGAIN_LATER, "Try again later")
        self._refused.set_result(error if isinstance(error, Closed) else closed)

    async def _run(self, of: str, client: C, sent: SentRequest, octets: int) -> None:
        """One operation, to its end. Raises Closed."""
        try:
            answer = await self._answered(client, sent, octets)
        except Closed:
            raise
        except RefusedDocument as refused:
            await self._refuse(of, refused.code, refused.errors)
            return
        except Exception as error:  # noqa: BLE001 - the rim: no part of it may reach the client
            code = self._of.code_of(error)
            await self._refuse(of, code, [error_object(code, details_of(error))])
            return
        if isinstance(answer, WholeAnswer):
            await self._say(next_message(of, msgspec.Raw(answer.content)))
        elif not await self._streamed(of, answer):
            return
        await self._say(complete_message(of))

    async def _refuse(self, of: str, code: ErrorCode, errors: Sequence[Any]) -> None:
        self._of.watch.refused(code)
        await self._say(error_message(of, errors))

    async def _answered(
        self, client: C, sent: SentRequest, octets: int
    ) -> WholeAnswer | ResultStream:
        deadline = Deadline(self._of.deadline_seconds)
        await self._check(client)
        with self._of.door.place_of(self._of.name_of(client)) as place:
            await limited(place.enter(0.0, 1.0, entries_of(octets)), deadline.counted)
            asked = Asked(
                self._of.ids.next(),
                "POST",
                SOCKET,
                _never,
                partial(self._of.still_allowed, client),
            )
            return await limited(self._of.endpoint.answer(client, sent, asked), deadline.counted)

    async def _streamed(self, of: str, stream: ResultStream) -> bool:
        """Whether the stream ended in order. Raises Closed."""
        never = asyncio.create_task(_never())
        try:
            async with aclosing(stream.until(never)) as results:
                async for result in results:
                    if result is None:
                        continue
                    await self._say(result_message(of, result))
                    if result.is_failure:
                        return False
        finally:
            await cancelled(never)
        if not await stream.is_welcome():
            raise Closed(CloseCode.FORBIDDEN, "Forbidden")
        return True

    async def _message(self) -> SocketMessage:
        """Raises Closed."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise Closed(CloseCode.DONE, "")
        text = event.get("text")
        if text is None:
            raise Closed(CloseCode.BAD_MESSAGE, "Invalid message")
        return read_message(text)

    async def _say(self, message: str) -> None:
        async with asyncio.timeout(self._of.times.unread):
            await self._send({"type": "websocket.send", "text": message})


async def _never() -> None:
    """A client that leaves ends its operations: their tasks are cancelled."""
    await asyncio.Event().wait()
