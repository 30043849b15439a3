"""An answer about many persons is taken apart beside the event loop, and given up in good order."""

import asyncio
import threading
from collections.abc import Generator
from dataclasses import dataclass, field

import pytest

from tests.connection import PATIENCE_SECONDS
from tongxing.adapters.exchange import TAKEN_APART_AT_ONCE, conduct
from tongxing.adapters.wire import HttpRequest, HttpResponse, Transport
from tongxing.schema import Outcome

ASKED = HttpRequest("POST", "/", {}, b"", 1)


@dataclass
class Answering(Transport):
    size: int

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        return HttpResponse(200, {}, bytes(self.size))


@dataclass
class Reading:
    """Reads two answers. Each is ``held`` until the test lets it go on."""

    held: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)
    threads: list[int] = field(default_factory=list)
    closed: bool = False

    def exchange(self) -> Generator[HttpRequest, HttpResponse, tuple[int]]:
        try:
            first = yield ASKED
            self._read()
            second = yield ASKED
            self._read()
            return (len(first.body) + len(second.body),)
        finally:
            self.closed = True

    def _read(self) -> None:
        self.threads.append(threading.get_ident())
        self.began.set()
        assert self.held.wait(PATIENCE_SECONDS)


SIZES = {"small": (TAKEN_APART_AT_ONCE, True), "large": (TAKEN_APART_AT_ONCE + 1, False)}


@pytest.mark.parametrize(("size", "on_the_loop"), SIZES.values(), ids=SIZES)
async def test_only_a_large_answer_is_read_in_a_thread(size: int, *, on_the_loop: bool) -> None:
    reading, turns = Reading(), asyncio.Semaphore(1)
    reading.held.set()
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    results = await conduct(
        reading.exchange(), Answering(size), turns, questions=1, deadline=deadline
    )
    assert results == (2 * size,)
    assert all((each == threading.get_ident()) is on_the_loop for each in reading.threads)


async def test_an_exchange_whose_time_is_up_is_closed_once_it_has_come_to_rest() -> None:
    reading, turns = Reading(), asyncio.Semaphore(1)
    loop = asyncio.get_running_loop()
    asking = asyncio.create_task(
        conduct(
            reading.exchange(),
            Answering(TAKEN_APART_AT_ONCE + 1),
            turns,
            questions=1,
            deadline=loop.time() + 0.01,
        )
    )
    assert await asyncio.to_thread(reading.began.wait, PATIENCE_SECONDS)
    while not asking.cancelling():
        await asyncio.sleep(0)
    assert not reading.closed
    reading.held.set()
    assert await asking == (Outcome.TIMED_OUT,)
    assert reading.closed
