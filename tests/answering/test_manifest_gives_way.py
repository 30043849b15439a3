"""A manifest lets others in: between its steps on the event loop, and in the writer.

Counted and not timed: turns of the loop, and statements, for each of which the writer waits until
it has the interpreter again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from tests.answering.guessing import AT, strangers
from tests.answering.test_request_log import Watched
from tests.back_ends import open_database
from tests.counted_statements import counted
from tests.oracle.stack import person, stack
from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.guess_store import (
    Counting,
    Guess,
    count_guesses,
    settle_guesses,
)
from tongxing.gateway.answering.guesses import Fate, GuessLimits, Tally
from tongxing.gateway.turns import Turns
from tongxing.keys import HolderKey
from tongxing.schema.stopped_client import StopReason

TRAVELERS = 60
"""Two pieces."""

STEPS = 7
"""Of each traveler: routed, counted as a guess, judged, shown to the client, stated, recorded and
answered."""


class _Ticking:
    """Counts the turns of the loop while something runs."""

    def __init__(self) -> None:
        self.turns = 0

    async def run(self, *, until: asyncio.Task[Sequence[object]]) -> None:
        while not until.done():
            self.turns += 1
            await asyncio.sleep(0)


async def test_each_step_of_each_traveler_may_be_the_last_of_its_turn(tmp_path: Path) -> None:
    every_step_takes_long = count(0.0, 1.0)
    turns = Turns(lambda: next(every_step_takes_long))
    async with stack(tmp_path, lists_ended=False, turns=turns) as around:
        looked = Watched(around, tmp_path / "state" / "hub.sqlite3")
        looked.prepare()
        travelers = [ByDocument(person(1 + number % 2)) for number in range(TRAVELERS)]
        asking = asyncio.create_task(looked.ask(*travelers))
        ticking = _Ticking()
        await ticking.run(until=asking)
        assert len(await asking) == TRAVELERS
        assert ticking.turns >= STEPS * TRAVELERS


KEY = HolderKey(b"k" * 32)
COUNTING = Counting("city", "request", AT, GuessLimits())


def _guesses(number: int) -> list[Guess]:
    return [
        Guess(
            document.kind,
            document.number.encode(),
            KEY.guess("city", "document", document.number),
            KEY.guess("city", "prefix", document.number),
            KEY.guess("city", "ends", document.number),
            KEY.guess("city", "number", document.number),
            KEY.guess("city", "name", document.name),
        )
        for document in strangers(number)
    ]


async def test_a_thousand_guesses_are_counted_and_settled_in_a_few_statements(
    tmp_path: Path,
) -> None:
    guesses = _guesses(1_000)
    fates = [(guess, Fate.CONFIRMED) for guess in guesses[:500]]
    fates += [(guess, Fate.MISSED) for guess in guesses[500:]]
    async with open_database(tmp_path / "hub.sqlite3") as database:
        asked = await database.write(counted(lambda unit: count_guesses(guesses, COUNTING, unit)))
        assert asked <= 10
        settled = await database.write(
            counted(lambda unit: settle_guesses(fates, Tally(), COUNTING, unit))
        )
        assert settled <= 10
        (left,) = await database.fetch("SELECT count(*), count(counted_on) FROM guesses")
        assert tuple(left) == (500, 500)


async def test_a_part_that_guesses_of_several_statements_share_is_counted_whole(
    tmp_path: Path,
) -> None:
    guesses, most = _guesses(1_000), GuessLimits().per_number
    for place in range(0, 1_000, 1_000 // (most + 1)):
        guesses[place] = replace(guesses[place], number=guesses[0].number)
    async with open_database(tmp_path / "hub.sqlite3") as database:
        stopped = await database.write(lambda unit: count_guesses(guesses, COUNTING, unit))
        assert stopped is not None
        assert stopped.stop.reason is StopReason.SAME_NUMBER
        assert stopped.stop.counted > most
