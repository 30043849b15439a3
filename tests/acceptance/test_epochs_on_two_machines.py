"""An epoch of the holder key begins while two machines of one hub are asked all the time."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from tests.acceptance.callers import CITY, Answer, calling
from tests.acceptance.hubs import RunningHub
from tests.acceptance.machines import Machines, two_machines
from tests.acceptance.standing import NewState
from tests.acceptance.test_workers_together import place_of
from tests.connection import PATIENCE_SECONDS
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.keys import HolderKey

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize("back_end", ["postgres"], indirect=True),
]

PERSONAS = ("red_everywhere", "green_everywhere", "freshly_converted")
SOON = timedelta(seconds=8)
"""Each machine hears of the epoch within tenths of a second."""

ASKERS = 2
ENOUGH = 5
"""Answers about each person on each machine after the epoch has begun."""


@pytest.fixture
def machines(new_layout: NewState, back_end: str) -> Iterator[Machines]:
    del back_end
    with two_machines(new_layout, cache__seconds=0.001) as them:
        yield them


async def _begin(hub: RunningHub, place: DatabasePlace, begins: datetime) -> None:
    file = HolderKey(hub.layout.holder_key.read_bytes())
    async with open_database(place) as database:
        assert await HolderEpochStore(database, file).begin(begins, 1, at=datetime.now(UTC))


def test_both_go_on_and_agree_whose_record_is_whose(machines: Machines) -> None:
    hubs = (machines.here, machines.there)
    begins, done = datetime.now(UTC) + SOON, Event()

    def ask(hub: RunningHub) -> list[tuple[str, Answer]]:
        told = []
        with calling(hub, CITY) as city:
            while not done.is_set():
                told += [(persona, city.persona(persona)) for persona in PERSONAS]
        return told

    def after(answers: list[tuple[str, Answer]]) -> int:
        return sum(datetime.fromisoformat(each["decidedAt"]) > begins for _, each in answers)

    with ThreadPoolExecutor(ASKERS * len(hubs)) as pool:
        asking = [pool.submit(ask, hub) for hub in hubs for _ in range(ASKERS)]
        asyncio.run(_begin(machines.here, place_of(machines.here.layout), begins))
        with calling(machines.there, CITY) as city:
            deadline = begins + timedelta(seconds=PATIENCE_SECONDS)
            seen = 0
            while seen < ENOUGH and datetime.now(UTC) < deadline:
                decided = datetime.fromisoformat(city.persona(PERSONAS[0])["decidedAt"])
                seen += decided > begins
        done.set()
        told = [each.result() for each in asking]
    assert all(after(answers) >= 1 for answers in told)
    shown: dict[str, set[tuple[bool, str]]] = defaultdict(set)
    colors: dict[str, set[str]] = defaultdict(set)
    for persona, answer in (each for answers in told for each in answers):
        is_after = datetime.fromisoformat(answer["decidedAt"]) >= begins
        shown[persona].add((is_after, answer["holder"]))
        colors[persona].add(answer["color"])
    for persona in PERSONAS:
        assert len(colors[persona]) == 1
        # One reference in each epoch, on both machines, by the moment of the answer alone.
        assert len(shown[persona]) == 2
        assert len({holder for _, holder in shown[persona]}) == 2
