"""Many requests wait for one issuer: what each of them costs, and what is left when it is over."""

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import pytest

from tests.adapters.people import WANG
from tests.answering.held_issuer import Held, asking, held, link_to, moment, outcomes
from tongxing.gateway.answering.asked import KeyedQuestion
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.open_questions import WOKEN_AT_ONCE, Batch, OpenQuestion
from tongxing.schema import Outcome


@pytest.fixture
def issuer() -> Held:
    return held()


@pytest.fixture
def link(issuer: Held) -> Iterator[IssuerLink]:
    with ThreadPoolExecutor(1) as readers:
        yield link_to(issuer, readers)


class Loop:
    """Counts the turns of the event loop."""

    def __init__(self) -> None:
        self.turn = 0
        self._next()

    def _next(self) -> None:
        self.turn += 1
        self._handle = asyncio.get_running_loop().call_soon(self._next)

    def stop(self) -> None:
        self._handle.cancel()


@pytest.mark.parametrize("is_silent", [False, True], ids=["the issuer answers", "it does not"])
async def test_few_of_those_who_wait_go_on_in_one_turn(
    link: IssuerLink, issuer: Held, *, is_silent: bool
) -> None:
    deadline = moment(seconds=0.5) if is_silent else moment()
    crowd = [asking(link, deadline, WANG) for _ in range(5 * WOKEN_AT_ONCE)]
    await issuer.came()
    loop, woken = Loop(), Counter[int]()
    for each in crowd:
        each.add_done_callback(lambda _: woken.update([loop.turn]))
    if not is_silent:
        issuer.open()
    await asyncio.gather(*crowd)
    loop.stop()
    assert woken.total() == len(crowd)
    assert max(woken.values()) <= WOKEN_AT_ONCE


async def test_a_silence_costs_each_of_many_no_more_than_each_of_few(
    link: IssuerLink, issuer: Held
) -> None:
    few, many = 50, 400
    of_few = await _calls_of_silence(link, issuer, few)
    of_many = await _calls_of_silence(link, issuer, many)
    assert of_many / many < 2 * of_few / few


async def _calls_of_silence(link: IssuerLink, issuer: Held, askers: int) -> int:
    """Function calls, of those who share a question and wait for its answer in vain."""
    came = len(issuer.asked)
    crowd = [asking(link, moment(seconds=0.5), WANG) for _ in range(askers)]
    await issuer.came(came + 1)
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        answers = await asyncio.gather(*crowd)
    finally:
        sys.setprofile(None)
    assert {outcomes(each, WANG)[0] for each in answers} == {Outcome.TIMED_OUT}
    issuer.let_go(came)
    return calls


async def test_nothing_of_a_question_waits_for_the_garbage_collector(
    link: IssuerLink, issuer: Held
) -> None:
    issuer.open()
    await asking(link, moment(), WANG)
    gc.collect()
    gc.disable()
    try:
        await asking(link, moment(), WANG)
        await asyncio.sleep(0)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = {type(each) for each in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left.isdisjoint({Batch, OpenQuestion, KeyedQuestion})
