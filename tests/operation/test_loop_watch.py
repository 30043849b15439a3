"""A loop that is held up is late, and one that does not turn any more is stuck."""

import asyncio
import time

import pytest

from tongxing.gateway.operation.loop_watch import LOOK_SECONDS, STUCK_SECONDS, LoopWatch


async def test_it_tells_by_how_much_the_loop_was_late() -> None:
    late = list[float]()
    watch = LoopWatch(time.monotonic, late.append)
    looking = asyncio.create_task(watch.go_on())
    await asyncio.sleep(0)
    time.sleep(2 * LOOK_SECONDS)
    while not late:
        await asyncio.sleep(0)
    looking.cancel()
    assert late[0] >= LOOK_SECONDS * 0.9


@pytest.mark.parametrize("since", [0.0, 1.0, 1.001])
def test_a_loop_that_has_not_turned_for_long_is_stuck(since: float) -> None:
    at = [100.0]
    watch = LoopWatch(lambda: at[0], lambda _: None)
    at[0] += since * STUCK_SECONDS
    assert watch.is_turning() is (since <= 1.0)
