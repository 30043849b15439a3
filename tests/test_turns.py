"""Long work leaves room for other work, and takes its turns in the order in which it came."""

import asyncio

import pytest

from tongxing.gateway.turns import PIECE_SECONDS, Turns


class Working:
    """A clock on which only work takes time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def step(self, number: int) -> int:
        self.seconds += PIECE_SECONDS / 4
        return number


async def _longest_turn(clock: Working, *tasks: asyncio.Task[list[int]]) -> float:
    longest = before = 0.0
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        longest, before = max(longest, clock.seconds - before), clock.seconds
    return longest


@pytest.mark.parametrize("at_once", [1, 2, 30])
async def test_no_turn_is_longer_than_a_piece_and_two_steps(at_once: int) -> None:
    clock = Working()
    turns = Turns(clock)
    tasks = [asyncio.create_task(turns.all(map(clock.step, range(50)))) for _ in range(at_once)]
    assert await _longest_turn(clock, *tasks) <= PIECE_SECONDS * 1.75
    assert [task.result() for task in tasks] == [list(range(50))] * at_once


async def test_short_work_is_not_behind_all_of_long_work() -> None:
    clock = Working()
    turns = Turns(clock)
    long = [asyncio.create_task(turns.all(map(clock.step, range(1_000)))) for _ in range(3)]
    await asyncio.sleep(0)
    short = asyncio.create_task(turns.all(map(clock.step, range(8))))
    await short
    assert not any(task.done() for task in long)
    assert clock.seconds < 20 * PIECE_SECONDS
    await asyncio.gather(*long)


async def test_one_that_gives_up_does_not_keep_the_turn() -> None:
    clock = Working()
    turns = Turns(clock)
    tasks = [asyncio.create_task(turns.all(map(clock.step, range(50)))) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(each, asyncio.CancelledError) for each in done] == [False, True, False]


async def test_an_error_of_the_work_is_its_own() -> None:
    with pytest.raises(ZeroDivisionError):
        await Turns(Working()).all(1 // number for number in (1, 0))
