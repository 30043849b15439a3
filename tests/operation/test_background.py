"""Background work outlives a mistake of ours, and the mistake is reported."""

import asyncio

import pytest

from tongxing.gateway.operation.background import AGAIN_SECONDS, kept_going


async def test_work_that_fails_is_reported_and_done_again() -> None:
    begun: list[int] = []
    reported: list[Exception] = []
    slept: list[float] = []
    done = asyncio.Event()

    async def work() -> None:
        begun.append(len(begun))
        if len(begun) < 3:
            raise ZeroDivisionError
        done.set()
        await asyncio.Event().wait()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    task = asyncio.create_task(kept_going(work, reported.append, sleep))
    await done.wait()
    assert [type(error) for error in reported] == [ZeroDivisionError] * 2
    assert slept == [AGAIN_SECONDS] * 2
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
