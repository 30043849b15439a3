"""A limit is made at the first wait, and then holds as if it had been there from the beginning."""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from types import coroutine
from typing import Any

import pytest

from tongxing.gateway.http.first_step import limited

SOON = 0.01
LONG = 30.0


class Made:
    """Limits that are counted, and what they met at their ends."""

    def __init__(self) -> None:
        self.limits = 0
        self.met: list[type[BaseException] | None] = []

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        self.limits += 1
        try:
            yield
        except BaseException as error:
            self.met.append(type(error))
            raise
        self.met.append(None)


class Broken(Exception):
    pass


async def test_what_does_not_wait_makes_no_limit() -> None:
    async def work() -> str:
        return "done"

    made = Made()
    assert await limited(work(), made) == "done"
    assert made.limits == 0


async def test_nor_does_what_fails_at_once() -> None:
    async def work() -> None:
        raise Broken

    made = Made()
    with pytest.raises(Broken):
        await limited(work(), made)
    assert made.limits == 0


async def test_what_waits_gets_one_however_often_it_does() -> None:
    async def work() -> int:
        total = 0
        for each in range(3):
            await asyncio.sleep(0)
            total += await asyncio.wait_for(asyncio.sleep(0, each), LONG)
        return total

    made = Made()
    assert await limited(work(), made) == 3
    assert (made.limits, made.met) == (1, [None])


async def test_what_is_sent_to_the_wait_arrives() -> None:
    @coroutine
    def two() -> Generator[object, object, tuple[object, object]]:
        first = yield "one"
        second = yield "two"
        return first, second

    async def work() -> object:
        return await two()

    running = limited(work(), Made())
    assert running.send(None) == "one"
    assert running.send(1) == "two"
    with pytest.raises(StopIteration) as ended:
        running.send(2)
    assert ended.value.value == (1, 2)


@pytest.mark.parametrize("waits", [1, 2])
async def test_an_exception_that_is_thrown_into_the_wait_arrives(waits: int) -> None:
    caught: list[type[BaseException]] = []

    async def work() -> str:
        try:
            for _ in range(waits):
                await _pause()
        except Broken:
            caught.append(Broken)
        await _pause()
        return "went on"

    made = Made()
    running = limited(work(), made)
    for _ in range(waits):
        running.send(None)
    running.throw(Broken())
    with pytest.raises(StopIteration) as ended:
        running.send(None)
    assert (ended.value.value, caught, made.met) == ("went on", [Broken], [None])


async def test_one_that_is_not_caught_goes_through_the_limit() -> None:
    made = Made()
    running = limited(_pauses(), made)
    running.send(None)
    with pytest.raises(Broken):
        running.throw(Broken())
    assert made.met == [Broken]


async def test_the_end_of_whoever_waits_ends_the_work() -> None:
    """As when the loop is closed: GeneratorExit."""
    closed: list[str] = []

    async def work() -> None:
        try:
            await _pause()
        finally:
            closed.append("work")

    running = limited(work(), Made())
    running.send(None)
    running.close()
    assert closed == ["work"]


async def test_work_that_goes_on_after_its_end_is_noticed() -> None:
    async def work() -> None:
        with suppress(GeneratorExit):
            await _pause()
        await _pause()

    running = limited(work(), Made())
    running.send(None)
    with pytest.raises(RuntimeError):
        running.close()


async def test_a_cancelled_task_cancels_the_work() -> None:
    seen: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    made = Made()
    task = asyncio.create_task(limited(work(), made))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (seen, made.met) == (["cancelled"], [asyncio.CancelledError])


async def test_a_task_that_is_cancelled_before_it_began_begins_nothing() -> None:
    begun: list[str] = []

    async def work() -> None:
        begun.append("begun")
        await asyncio.sleep(0)

    running = work()
    task = asyncio.create_task(limited(running, Made()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    running.close()
    assert begun == []


Limit = Callable[[], AbstractAsyncContextManager[object]]


async def _forever(inner: float) -> str:
    try:
        async with asyncio.timeout(inner):
            await asyncio.Event().wait()
    except TimeoutError:
        return "the inner one"
    return "none"


NESTED: Mapping[str, tuple[float, float, str]] = {
    "the inner one ends first": (SOON, LONG, "the inner one"),
    "the outer one ends first": (LONG, SOON, "the outer one"),
    "the outer one has ended already": (LONG, -1.0, "the outer one"),
    "the inner one has ended already": (-1.0, LONG, "the inner one"),
}


@pytest.mark.parametrize("case", NESTED)
async def test_limits_inside_and_outside_end_as_they_should(case: str) -> None:
    """The inner one is entered before the outer one here, and still lies inside it."""
    inner, outer, expected = NESTED[case]
    try:
        ended = await limited(_forever(inner), partial(asyncio.timeout, outer))
    except TimeoutError:
        ended = "the outer one"
    assert ended == expected
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_two_limits_that_end_in_one_turn_leave_nothing_behind() -> None:
    at = asyncio.get_running_loop().time()

    async def work() -> None:
        async with asyncio.timeout_at(at):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await limited(work(), partial(asyncio.timeout_at, at))
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_a_cancelled_task_is_not_taken_for_one_that_was_late() -> None:
    task = asyncio.create_task(limited(_forever(LONG), partial(asyncio.timeout, LONG)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_has_ended_meanwhile_is_not_waited_for() -> None:
    future = asyncio.get_running_loop().create_future()

    async def work() -> Any:
        future.get_loop().call_soon(future.set_result, "there")
        return await future

    @asynccontextmanager
    async def slow() -> AsyncIterator[None]:
        for _ in range(3):
            await asyncio.sleep(0)
        yield

    assert await limited(work(), slow) == "there"


@coroutine
def _pause() -> Generator[None, None, None]:
    yield


async def _pauses() -> None:
    await _pause()
