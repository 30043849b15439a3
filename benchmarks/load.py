"""Who asks: a bare HTTP/1.1 client over asyncio, kept so small that it is not what is measured.

Responsible for two ways of asking: as fast as a number of connections allow (throughput), and at a
fixed rate whatever the answers do (latency, counted from when a request was due, so that a stalled
server cannot hide behind requests that were never sent). How fast the client itself can be is
measured too (``ceiling``).
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

import uvloop

WARM_UP_SECONDS = 0.3
STREAM_BYTES = 1024 * 1024
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"

Check = Callable[[bytes], bool]
"""Whether the body of an answer is the answer that is to be measured."""


@dataclass(slots=True)
class Load:
    """What came back after the warm-up; latencies in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    asked: int = 0
    wrong: list[bytes] = field(default_factory=list)

    def count(self, body: bytes, check: Check) -> None:
        self.asked += 1
        if not check(body):
            self.wrong.append(body)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def post(url: str, token: str | None, body: bytes) -> bytes:
    """The bytes of one request."""
    where = urlsplit(url)
    lines = [
        f"POST {where.path} HTTP/1.1",
        f"host: {where.netloc}",
        "accept: application/json",
        "content-type: application/json",
        f"content-length: {len(body)}",
    ]
    if token is not None:
        lines.append(f"authorization: Bearer {token}")
    return "\r\n".join(lines).encode("ascii") + _HEAD_END + body


class Connection:
    """One connection that is kept; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url: str) -> Self:
        where = urlsplit(url)
        return cls(*await asyncio.open_connection(where.hostname, where.port, limit=STREAM_BYTES))

    async def ask(self, request: bytes) -> bytes:
        """The body of a 200; nothing of another answer."""
        self._writer.write(request)
        head = await self._reader.readuntil(_HEAD_END)
        body = await self._reader.readexactly(_content_length(head))
        return body if head.startswith(b"HTTP/1.1 200 ") else b""

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


def _content_length(head: bytes) -> int:
    begin = head.lower().index(_LENGTH) + len(_LENGTH)
    return int(head[begin : head.index(b"\r\n", begin)])


def saturate(
    url: str, requests: Iterator[bytes], check: Check, *, connections: int, seconds: float
) -> Load:
    """Ask on all ``connections`` without a pause."""
    return uvloop.run(_saturate(url, requests, check, connections, seconds))


async def _saturate(
    url: str, requests: Iterator[bytes], check: Check, connections: int, seconds: float
) -> Load:
    clock = asyncio.get_running_loop().time
    load, open_ones = Load(), [await Connection.open(url) for _ in range(connections)]
    begin = clock() + WARM_UP_SECONDS
    end = begin + seconds

    async def keep_asking(connection: Connection) -> None:
        while (asked_at := clock()) < end:
            body = await connection.ask(next(requests))
            load.count(body, check)
            if begin <= (answered_at := clock()):
                load.latencies.append(answered_at - asked_at)

    await asyncio.gather(*(keep_asking(connection) for connection in open_ones))
    # Until the last answer: on a busy machine there may be none before ``end``.
    load.seconds = clock() - begin
    for connection in open_ones:
        await connection.close()
    return load


def at_rate(
    url: str, requests: Iterator[bytes], check: Check, *, rate: float, seconds: float
) -> Load:
    """Ask ``rate`` times a second, evenly, on as many connections as that takes."""
    return uvloop.run(_at_rate(url, requests, check, rate, seconds))


@dataclass(frozen=True, slots=True)
class Asking:
    """``rate`` questions a second."""

    requests: Iterator[bytes]
    check: Check
    rate: float


def side_by_side(url: str, *askings: Asking, seconds: float) -> list[Load]:
    """As ``at_rate``, all of them at the same time."""
    return uvloop.run(_side_by_side(url, askings, seconds))


async def _side_by_side(url: str, askings: tuple[Asking, ...], seconds: float) -> list[Load]:
    return await asyncio.gather(
        *(_at_rate(url, asked.requests, asked.check, asked.rate, seconds) for asked in askings)
    )


async def _at_rate(
    url: str, requests: Iterator[bytes], check: Check, rate: float, seconds: float
) -> Load:
    clock = asyncio.get_running_loop().time
    load, idle, began = Load(seconds=seconds), list[Connection](), clock()

    async def ask(request: bytes, due: float) -> None:
        connection = idle.pop() if idle else await Connection.open(url)
        body = await connection.ask(request)
        idle.append(connection)
        load.count(body, check)
        if due >= began + WARM_UP_SECONDS:
            load.latencies.append(clock() - due)

    async with asyncio.TaskGroup() as group:
        for number in itertools.count():
            due = began + number / rate
            if due >= began + WARM_UP_SECONDS + seconds:
                break
            await asyncio.sleep(due - clock())
            group.create_task(ask(next(requests), due))
    for connection in idle:
        await connection.close()
    return load
