"""Who presses: far more questions than a hub can answer, on many connections, at little cost.

Responsible for what became of each question: answered in time, late, refused, or never. In an open
loop questions are due at a fixed rate whatever the answers do; in a closed one each connection asks
again once it has an answer, or after the time that a refusal named. A refusal that names no time
counts as something else. Everything is counted from when a question was due.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_RETRY = b"retry-after:"
_ANSWERED = b"HTTP/1.1 200 "
_REFUSED = b"HTTP/1.1 503 "

CONNECTIONS_MOST = 1_500
"""Of one asking side; further questions are not sent and count as not answered."""

LAST_ANSWER_SECONDS = 3.5
"""How long the last question is waited for."""

LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Pressed:
    """What became of the questions that were due within ``seconds``. ``answered`` holds when and
    after how long."""

    seconds: float
    due: int = 0
    answered: list[tuple[float, float]] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    others: int = 0

    def goodput(self, deadline: float) -> float:
        """Answers within ``deadline``, a second."""
        return len(self.in_time(deadline)) / self.seconds

    def in_time(self, deadline: float) -> list[float]:
        return [took for _, took in self.answered if took <= deadline]


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values) or [float("nan")]
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Line(asyncio.Protocol):
    """One connection; one question at a time. ``ended`` gets the head of the answer, or None if the
    connection ended."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._left = -1
        self._head = b""
        self.ended: Callable[[bytes | None], None] = lambda _: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes, ended: Callable[[bytes | None], None]) -> None:
        assert self._transport is not None
        self._buffer, self._left, self.ended = b"", -1, ended
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            self._buffer += data
            end = self._buffer.find(_HEAD_END)
            if end < 0:
                return
            self._head = self._buffer[: end + 2].lower().replace(b"http/1.1", b"HTTP/1.1", 1)
            self._left = int(_value(self._head, _LENGTH) or 0) - (len(self._buffer) - end - 4)
        else:
            self._left -= len(data)
        if self._left == 0:
            self.ended(self._head)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        ended, self.ended = self.ended, lambda _: None
        ended(None)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _value(head: bytes, name: bytes) -> bytes | None:
    begin = head.find(b"\r\n" + name)
    if begin < 0:
        return None
    begin += 2 + len(name)
    return head[begin : head.index(b"\r\n", begin)].strip()


async def at_rate(url: str, requests: Iterator[bytes], rate: float, seconds: float) -> Pressed:
    """An open loop, on as many connections as that takes."""
    asking = _Open(url, seconds)
    for number in itertools.count():
        due = number / rate
        if due >= seconds:
            break
        if number % 16 == 0 or due > asking.now():
            await asyncio.sleep(max(0.0, due - asking.now()))
        asking.ask(next(requests), due)
    await asking.end()
    return asking.pressed


class _Open:
    """Questions of an open loop, and their connections."""

    def __init__(self, url: str, seconds: float) -> None:
        self.pressed = Pressed(seconds)
        self._url = url
        self._lines: list[Line] = []
        self._idle: list[Line] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._loop = asyncio.get_running_loop()
        self._clock = self._loop.time
        self._began = self._clock()

    def now(self) -> float:
        return self._clock() - self._began

    def ask(self, request: bytes, due: float) -> None:
        self.pressed.due += 1
        if self._idle:
            self._send(self._idle.pop(), request, due)
        elif len(self._lines) + len(self._opening) < CONNECTIONS_MOST:
            task = asyncio.ensure_future(self._open(request, due))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)
        else:
            self.pressed.others += 1

    async def end(self) -> None:
        """Wait for the last answers."""
        for _ in range(round(LAST_ANSWER_SECONDS / LOOK_SECONDS)):
            if not (self._under_way or self._opening):
                break
            await asyncio.sleep(LOOK_SECONDS)
        self.pressed.others += self._under_way
        _close(self._lines)

    async def _open(self, request: bytes, due: float) -> None:
        try:
            line = await _line(self._url, self._lines)
        except OSError:
            self.pressed.others += 1
        else:
            self._send(line, request, due)

    def _send(self, line: Line, request: bytes, due: float) -> None:
        self._under_way += 1

        def ended(head: bytes | None) -> None:
            self._under_way -= 1
            _count(self.pressed, head, due, self.now() - due)
            retry = None if head is None else _value(head, _RETRY)
            if retry is not None:
                self._loop.call_later(int(retry), self._idle.append, line)
            elif head is not None:
                self._idle.append(line)

        line.ask(request, ended)


async def on_lines(
    url: str, requests: Iterator[bytes], connections: int, seconds: float
) -> Pressed:
    """A closed loop, whose connections are all opened at once."""
    clock = asyncio.get_running_loop().time
    pressed, lines = Pressed(seconds), list[Line]()
    began = clock()

    async def keep_asking() -> None:
        try:
            line = await _line(url, lines)
        except OSError:
            pressed.others += 1
            return
        while (due := clock()) < began + seconds:
            pressed.due += 1
            head = await _asked(line, next(requests))
            _count(pressed, head, due - began, clock() - due)
            if head is None:
                return
            await asyncio.sleep(float(_value(head, _RETRY) or 0))

    tasks = [asyncio.ensure_future(keep_asking()) for _ in range(connections)]
    _, late = await asyncio.wait(tasks, timeout=seconds + LAST_ANSWER_SECONDS)
    for task in late:
        task.cancel()
    _close(lines)
    return pressed


def _asked(line: Line, request: bytes) -> Awaitable[bytes | None]:
    answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
    line.ask(request, lambda head: None if answer.done() else answer.set_result(head))
    return answer


def _count(pressed: Pressed, head: bytes | None, at: float, took: float) -> None:
    if head is not None and head.startswith(_ANSWERED):
        pressed.answered.append((at, took))
    elif head is not None and head.startswith(_REFUSED) and _value(head, _RETRY):
        pressed.refused.append(took)
    else:
        pressed.others += 1


async def _line(url: str, lines: list[Line]) -> Line:
    where = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(Line, where.hostname or "", where.port or 80)
    lines.append(line)
    return line


def _close(lines: Sequence[Line]) -> None:
    for line in lines:
        line.ended = lambda _: None
        line.close()
