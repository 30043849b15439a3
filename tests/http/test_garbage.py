"""A large garbage collection waits until the hub is quiet, but not for ever, nor for too much."""

import asyncio
import gc
import sys
import weakref
from collections.abc import Iterator
from itertools import count, islice, repeat

import pytest

from tongxing.gateway.http.garbage import (
    LOOK_SECONDS,
    LOOKS,
    MOST_NEW,
    YOUNG,
    collections_when_quiet,
)

QUIET = repeat(0.0)


class _Steps:
    """Sleeps until the test wants one more look."""

    def __init__(self) -> None:
        self._wanted = asyncio.Semaphore(0)
        self._came_back = asyncio.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        assert seconds == LOOK_SECONDS
        self._came_back.release()
        await self._wanted.acquire()

    async def look(self, times: int = 1) -> None:
        """Returns when the time for the look after these is waited for."""
        for _ in range(times):
            await self._came_back.acquire()
            self._wanted.release()
        await self._came_back.acquire()
        self._came_back.release()


class _Circle:
    def __init__(self) -> None:
        self.itself = self


def _lively(times: int = 1) -> list[list[int]]:
    """So much that what is young is gone through so many times."""
    return [[number] for number in range(times * (YOUNG + 1))]


@pytest.fixture
def full() -> Iterator[list[int]]:
    """Grows with each large collection."""
    seen: list[int] = []

    def collected(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            seen.append(info["collected"])

    gc.callbacks.append(collected)
    yield seen
    gc.callbacks.remove(collected)


def busy() -> Iterator[float]:
    return count(0.0, LOOK_SECONDS)


def quiet_after(looks: int) -> Iterator[float]:
    """Two readings belong to each look."""
    yield from islice(busy(), 2 * looks)
    yield from QUIET


WAITS = {
    "a second": (QUIET, 1, LOOKS),
    "until it is quiet": (quiet_after(LOOKS + 2), 1, LOOKS + 3),
    "not if much has come": (busy(), MOST_NEW, 1),
}


@pytest.mark.parametrize(("used", "times", "looks"), WAITS.values(), ids=WAITS)
async def test_it_waits(full: list[int], used: Iterator[float], times: int, looks: int) -> None:
    steps = _Steps()
    async with collections_when_quiet(lambda: next(used), steps.sleep):
        before, lives = len(full), _lively(times)
        await steps.look(looks - 1)
        assert len(full) == before
        await steps.look()
        assert len(full) == before + 1
        assert lives


NOTHING_NEW = {"nothing has come": (QUIET, 0), "it is never quiet": (busy(), MOST_NEW - 1)}


@pytest.mark.parametrize(("used", "times"), NOTHING_NEW.values(), ids=NOTHING_NEW)
async def test_nothing_is_gone_through_if(
    full: list[int], used: Iterator[float], times: int
) -> None:
    steps = _Steps()
    async with collections_when_quiet(lambda: next(used), steps.sleep):
        before, lives = len(full), _lively(times)
        await steps.look(3 * LOOKS)
        assert len(full) == before
        assert len(lives) >= times


async def test_much_that_lives_brings_no_large_collection_in_between(full: list[int]) -> None:
    async with collections_when_quiet(lambda: 0.0):
        before = len(full)
        kept = [[number] for number in range(1_000_000)]
        assert len(full) == before
        assert len(kept) == 1_000_000


async def test_garbage_in_cycles_is_found_by_it() -> None:
    steps, usual = _Steps(), gc.get_threshold()
    async with collections_when_quiet(lambda: 0.0, steps.sleep):
        circle, lives = _Circle(), _lively()
        remembered = weakref.ref(circle)
        gc.collect(0)
        del circle
        assert remembered() is not None
        await steps.look(LOOKS)
        assert remembered() is None
        assert lives
    assert gc.get_threshold() == usual


async def test_what_lived_through_one_is_not_gone_through_again() -> None:
    steps = _Steps()
    async with collections_when_quiet(lambda: 0.0, steps.sleep):
        lives = _lively()
        await steps.look(LOOKS)
        assert not any(each is lives for each in gc.get_objects())


GREAT = {"in a quiet moment": (QUIET, 1), "or if it has grown even more": (busy(), 3)}


@pytest.mark.parametrize(("used", "times"), GREAT.values(), ids=GREAT)
async def test_but_everything_is_when_it_has_grown(used: Iterator[float], times: int) -> None:
    steps = _Steps()
    async with collections_when_quiet(lambda: next(used), steps.sleep):
        circle, lives = _Circle(), _lively(MOST_NEW)
        remembered = weakref.ref(circle)
        await steps.look(LOOKS)
        del circle
        lives += _lively(MOST_NEW)
        await steps.look(LOOKS)
        assert remembered() is not None
        lives += [[number] for number in range(times * sys.getallocatedblocks())]
        await steps.look(LOOKS)
        assert remembered() is None
