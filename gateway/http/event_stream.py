"""The results of one operation, as they come, in one answer.

Responsible for how long a stream may go on, and for how many a client has. Refuses to know what the
results are and in which form they go (``stream_forms``), and to store results for a client that
does not read: its stream ends.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Any

from starlette.types import Receive, Scope, Send

from tongxing.gateway.errors import Details, ErrorCode, Refused
from tongxing.gateway.http.stream_forms import StreamForm, StreamResult

STREAMS_PER_CLIENT = 8
"""Open at the same time, over all transports together. Over: TOO_MANY_STREAMS."""

KEEP_ALIVE_SECONDS = 5.0
"""Longest silence on a stream; also how long a revoked client may keep its stream."""

SEND_SECONDS = 10.0
"""How long a client may leave unread what the hub sent."""

_HEADERS = ((b"cache-control", b"no-store"), (b"vary", b"Accept"))


class OpenStreams:
    """How many streams each client has open. ``ending`` is set when the hub begins to stop: open
    streams are then completed, because they would never end by themselves."""

    def __init__(self, ending: asyncio.Event, keep_alive_seconds: float) -> None:
        self.ending = ending
        self.keep_alive_seconds = keep_alive_seconds
        self._open: Counter[str] = Counter()

    @property
    def number(self) -> int:
        """Of all clients."""
        return self._open.total()

    def check_room(self, client: str) -> None:
        """Raises Refused."""
        if self._open[client] >= STREAMS_PER_CLIENT:
            details = Details(limit=STREAMS_PER_CLIENT, unit="subscriptions")
            raise Refused(ErrorCode.TOO_MANY_STREAMS, details)

    @contextmanager
    def counted(self, client: str) -> Iterator[None]:
        self._open[client] += 1
        try:
            yield
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]


class ResultStream:
    """The ``results`` of one operation of ``client``, whatever transport they go by.
    ``check_client`` raises Refused once ``client`` may not be told anything more."""

    def __init__(
        self,
        results: AsyncGenerator[StreamResult, None],
        *,
        client: str,
        check_client: Callable[[], Awaitable[object]],
        streams: OpenStreams,
    ) -> None:
        self._results = results
        self._client = client
        self._check_client = check_client
        self._streams = streams

    async def until(self, gone: asyncio.Task[Any]) -> AsyncGenerator[StreamResult | None, None]:
        """Each result as it comes, None as a sign of life. The client is looked up again before
        each. Ends in order when the hub ends, and with ``gone``."""
        ending = asyncio.create_task(self._streams.ending.wait())
        try:
            with self._streams.counted(self._client):
                async with aclosing(self._all(gone, ending)) as results:
                    async for each in results:
                        yield each
        finally:
            await cancelled(ending)
            await self._results.aclose()

    async def _all(self, *until: asyncio.Task[Any]) -> AsyncGenerator[StreamResult | None, None]:
        upcoming: asyncio.Task[StreamResult | None] | None = None
        try:
            while True:
                upcoming = upcoming or asyncio.create_task(self._next())
                await asyncio.wait(
                    {upcoming, *until},
                    timeout=self._streams.keep_alive_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if any(task.done() for task in until) or not await self.is_welcome():
                    return
                if not upcoming.done():
                    yield None
                    continue
                result, upcoming = upcoming.result(), None
                if result is None:
                    return
                yield result
        finally:
            if upcoming is not None:
                await cancelled(upcoming)

    async def _next(self) -> StreamResult | None:
        return await anext(self._results, None)

    async def is_welcome(self) -> bool:
        """A client whose token has expired comes back with a new one, and its last cursor."""
        try:
            await self._check_client()
        except Refused:
            return False
        return True


class EventStream:
    """An ASGI answer: ``results`` in one ``form``."""

    def __init__(self, results: ResultStream, form: StreamForm) -> None:
        self._results = results
        self._form = form

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(has_left(receive))
        try:
            with suppress(TimeoutError):
                await self._send_all(send, gone)
        finally:
            await cancelled(gone)

    async def _send_all(self, send: Send, gone: asyncio.Task[Any]) -> None:
        headers = [(b"content-type", self._form.content_type.encode("ascii")), *_HEADERS]
        async with aclosing(self._results.until(gone)) as results:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await _sent(send, self._form.opening)
            async for each in results:
                await _sent(send, self._form.heartbeat if each is None else self._form.framed(each))
        await _sent(send, self._form.closing, more=False)


async def has_left(receive: Receive) -> None:
    """Returns once the client has gone away; its request was read to the end before."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _sent(send: Send, body: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Returns once all of them have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
