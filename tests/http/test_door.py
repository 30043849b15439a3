"""The door waits, tells and forgets; who comes in is ``Admission``'s."""

import asyncio
from collections import Counter
from time import monotonic

import pytest

from tongxing.gateway.http.admission import Admission
from tongxing.gateway.http.door import RETRY_SECONDS, Door, NoRoom
from tongxing.gateway.http.pace import FIRST_PLACES

DEADLINE_SECONDS = 60.0
MOST = 2 * FIRST_PLACES
"""A client may have three quarters of it: all places, and half as many that wait."""


class Watched:
    def __init__(self) -> None:
        self.sheds: Counter[str] = Counter()
        self.waits: list[float] = []

    def shed(self, reason: str, number: int) -> None:
        self.sheds[reason] += number

    def held(self, seconds: float) -> None:
        self.waits.append(seconds)

    def places(self, number: int) -> None: ...


def _door() -> tuple[Door, Watched]:
    watch = Watched()
    return Door(Admission(MOST, DEADLINE_SECONDS), watch, monotonic), watch


async def test_one_that_waits_comes_in_when_another_leaves() -> None:
    door, watch = _door()
    inside = [door.place_of("city") for _ in range(FIRST_PLACES)]
    for place in inside:
        await place.enter()
    last = door.place_of("city")
    waiting = asyncio.create_task(last.enter())
    await asyncio.sleep(0)
    assert not waiting.done()
    inside[0].leave()
    await waiting
    assert len(watch.waits) == 1


async def test_one_whose_waiting_is_cancelled_leaves_nothing_behind() -> None:
    door, _ = _door()
    inside = [door.place_of("city") for _ in range(FIRST_PLACES)]
    for place in inside:
        await place.enter()

    async def comes() -> None:
        with door.place_of("city") as place:
            await place.enter()
            pytest.fail("it was cancelled")

    waiting = asyncio.create_task(comes())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    for place in inside:
        place.leave()
    for _ in range(FIRST_PLACES):  # all places are there again
        await door.place_of("station").enter()


async def test_refused_clients_are_told_different_times_and_counted_by_reason() -> None:
    door, watch = _door()
    told, taken = [], 0
    for _ in range(MOST):
        place = door.place_of("city")
        decided: list[NoRoom | None] = []
        place.ask(decided.append)
        if decided and decided[0] is not None:
            told.append(decided[0].retry_seconds)
        else:
            taken += 1
    assert taken == MOST * 3 / 4
    assert set(told) == set(RETRY_SECONDS)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not watch.sheds:
            await asyncio.sleep(0.01)
    assert watch.sheds == {"SHARE": len(told)}
