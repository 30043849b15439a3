"""A full garbage collection waits until the event loop is quiet, but not for ever."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from itertools import count, repeat

import pytest

from tongxing.gateway.http.garbage import (
    EVERY_SECONDS,
    LOOK_SECONDS,
    LOOKS,
    WHOLE_EVERY,
    full_collections_when_quiet,
)

BUSY = count(0.0, LOOK_SECONDS)
QUIET = repeat(0.0)
USED = {
    "quiet at once": (QUIET, 1),
    "busy for three looks": (iter([0.0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.3]), 4),
    "never quiet": (BUSY, LOOKS),
}


class _Told:
    """Sleeps until the test has seen that it does; ends after so many full collections."""

    def __init__(self, collections: int = 1) -> None:
        self.slept: list[float] = []
        self.done = asyncio.Event()
        self._collections = collections

    async def sleep(self, seconds: float) -> None:
        if seconds == EVERY_SECONDS and self.slept.count(seconds) == self._collections:
            self.done.set()
            await asyncio.Event().wait()
        self.slept.append(seconds)
        await asyncio.sleep(0)


async def test_what_lived_through_one_is_not_gone_through_again() -> None:
    told = _Told()
    async with full_collections_when_quiet(lambda: 0.0, told.sleep):
        kept = [[number] for number in range(200_000)]
        await told.done.wait()
        assert len(gc.get_objects()) < len(kept)


async def test_but_now_and_then_everything_is() -> None:
    told = _Told(WHOLE_EVERY)
    async with full_collections_when_quiet(lambda: 0.0, told.sleep):
        circle = _Circle()
        remembered = weakref.ref(circle)
        while len(told.slept) < WHOLE_EVERY:
            await asyncio.sleep(0)
        del circle
        assert remembered() is not None
        await told.done.wait()
        assert remembered() is None


class _Circle:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def full() -> Iterator[list[int]]:
    """Grows with each full collection."""
    seen: list[int] = []

    def collected(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            seen.append(info["collected"])

    gc.callbacks.append(collected)
    yield seen
    gc.callbacks.remove(collected)


@pytest.mark.parametrize(("used", "looks"), USED.values(), ids=USED)
async def test_it_waits_for_a_quiet_moment(
    full: list[int], used: Iterator[float], looks: int
) -> None:
    told = _Told()
    async with full_collections_when_quiet(lambda: next(used), told.sleep):
        before = len(full)
        await told.done.wait()
        assert len(full) == before + 1
    assert told.slept == [EVERY_SECONDS] + [LOOK_SECONDS] * looks


async def test_much_that_lives_brings_no_full_collection_in_between(full: list[int]) -> None:
    async with full_collections_when_quiet(lambda: 0.0):
        before = len(full)
        kept = [[number] for number in range(1_000_000)]
        assert len(full) == before
        assert len(kept) == 1_000_000


async def test_garbage_in_cycles_is_found_by_it() -> None:
    told, lives = _Told(), gc.get_threshold()
    async with full_collections_when_quiet(lambda: 0.0, told.sleep):
        circle = _Circle()
        remembered = weakref.ref(circle)
        gc.collect(1)
        del circle
        assert remembered() is not None
        await told.done.wait()
        assert remembered() is None
    assert gc.get_threshold() == lives
