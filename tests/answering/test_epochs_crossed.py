"""Across epochs of the holder key nothing comes out otherwise than if there were one: what is known
of people, what is counted of guesses and of flips, and which statements are outdated."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import strawberry

from tests.answering.guessing import Guarded, guarded, of_one_prefix, resident, strangers
from tests.back_ends import open_database
from tests.holder_keys import ALWAYS, epochs_from, keys_of
from tests.storage.records import AT
from tongxing.gateway.answering.flip_store import FlipAlarms, FlipStore
from tongxing.gateway.answering.guesses import Fate
from tongxing.gateway.answering.history import Lesson
from tongxing.gateway.answering.history_store import HistoryStore, learning
from tongxing.gateway.answering.mass_flips import Flip
from tongxing.gateway.storage.slices import Slice
from tongxing.keys import Holder, HolderEpochs
from tongxing.schema import Basis, Color, HistoryEntry, PolicyVersion, RegionCode
from tongxing.schema.stopped_client import StopReason

DAY = timedelta(days=1)
NEXT = AT + 5 * DAY
LATER = NEXT + 12 * DAY
ONE = epochs_from({0: ALWAYS})
MANY = epochs_from({0: ALWAYS, 1: NEXT, 2: LATER})
SKEW = timedelta(minutes=3)
"""Of the clock of a second process: around a boundary the two write under different epochs."""


@pytest.fixture
def path(tmp_path: Path, back_end: str) -> Path:
    return tmp_path / back_end / "hub.sqlite3"


def holder(epochs: HolderEpochs, number: int, at: datetime) -> Holder:
    return epochs.holder("PASSPORT", f"X{number:08d}", at)


def entry(color: Color, at: datetime) -> HistoryEntry:
    return HistoryEntry(
        issuer=strawberry.ID("zhenjiang"),
        issuing_place=RegionCode("321100"),
        color=color,
        basis=[Basis.HIGH_RISK_AREA] if color is Color.RED else [],
        previous_color=None,
        as_of=at,
        changed_at=at,
        known_at=at,
        evidence_digest=None,
    )


async def test_a_red_of_an_earlier_epoch_is_known_in_the_next(path: Path) -> None:
    async with open_database(path) as database:
        store = HistoryStore(database)
        red = Lesson(holder(MANY, 1, AT), (entry(Color.RED, AT),), 60 * DAY)
        await database.write(learning([red], AT))
        now = holder(MANY, 1, NEXT)
        assert now.ref != red.holder.ref
        (known,) = (await store.of([now], NEXT))[now].entries
        assert known.color is Color.RED


@pytest.mark.parametrize("seed", range(6))
async def test_histories_are_those_of_one_epoch(path: Path, seed: int) -> None:
    """Whichever process learns, with whichever clock, and however long each policy keeps."""
    drawn = random.Random(seed)
    async with open_database(path) as one, open_database(path.parent / "many" / "hub") as many:
        stores = {ONE: (one, HistoryStore(one)), MANY: (many, HistoryStore(many))}
        at = AT
        for _ in range(40):
            at += timedelta(hours=drawn.choice([0, 1, 17, 17, 40]))
            at = drawn.choice([at, at, max(AT, NEXT - SKEW), LATER]) if drawn.random() < 0.2 else at
            person = drawn.randrange(3)
            clock = at + drawn.choice([-SKEW, timedelta(), SKEW])
            stated = entry(drawn.choice([Color.GREEN, Color.RED, Color.YELLOW]), at)
            kept_for = drawn.choice([3, 20, 60]) * DAY
            for epochs, (database, _) in stores.items():
                lesson = Lesson(holder(epochs, person, clock), (stated,), kept_for)
                await database.write(learning([lesson], at))
            found = []
            for epochs, (_, store) in stores.items():
                who = holder(epochs, person, clock)
                kept = (await store.of([who], at)).get(who)
                found.append(None if kept is None else (kept.entries, kept.shortest))
            assert found[0] == found[1]


@asynccontextmanager
async def two_processes(path: Path, epochs: HolderEpochs) -> AsyncIterator[tuple[Guarded, Guarded]]:
    async with (
        guarded(path, keys=keys_of(epochs)) as one,
        guarded(path, keys=keys_of(epochs)) as other,
    ):
        yield one, other


async def test_a_limit_on_guesses_is_not_doubled_by_the_next_epoch(path: Path) -> None:
    async with guarded(path, keys=keys_of(MANY)) as city:
        assert await city.ask(of_one_prefix(10), at=NEXT - SKEW)
        assert await city.ask(of_one_prefix(6, first=11), at=NEXT + SKEW)
        assert not await city.ask(of_one_prefix(1, first=17), at=NEXT + SKEW)
        stopped = await city.stopped()
        assert stopped is not None
        assert stopped.reason is StopReason.SAME_PREFIX
        assert stopped.counted == 17


async def test_nobody_is_counted_twice_for_an_epoch_that_begins(path: Path) -> None:
    async with guarded(path, keys=keys_of(MANY)) as city:
        for at in (NEXT - SKEW, NEXT + SKEW, NEXT - SKEW, LATER, LATER + SKEW):
            assert await city.ask(of_one_prefix(16), at=at)
        rows = await city.audit._database.fetch("SELECT count(*) FROM guesses")
        assert rows == [(16,)]


async def test_whom_an_issuer_confirms_in_the_next_epoch_is_no_guess_any_more(path: Path) -> None:
    async with guarded(path, keys=keys_of(MANY)) as city:
        assert await city.ask(of_one_prefix(16), Fate.OPEN, at=NEXT - SKEW)
        assert await city.ask(of_one_prefix(16), Fate.CONFIRMED, at=NEXT + SKEW)
        assert await city.ask(of_one_prefix(16, first=17), at=NEXT + SKEW)


@pytest.mark.parametrize("seed", range(6))
async def test_guesses_are_counted_as_in_one_epoch(path: Path, seed: int) -> None:
    """Whichever of two processes is asked, with whichever clock."""
    drawn = random.Random(seed)
    people = [
        *of_one_prefix(25),
        *strangers(10),
        *(resident(1, name=f"王{n}") for n in "甲乙丙丁戊己"),
    ]
    many = path.parent / "many" / "hub"
    async with two_processes(path, ONE) as plain, two_processes(many, MANY) as several:
        at = AT
        for _ in range(40):
            at += timedelta(hours=drawn.choice([0, 0, 5, 30]))
            if drawn.random() < 0.3:
                at = max(at, drawn.choice([NEXT, LATER]) - SKEW)
            asked = drawn.sample(people, drawn.choice([1, 1, 2, 5]))
            fate = drawn.choice(
                [Fate.MISSED, Fate.MISSED, Fate.OPEN, Fate.UNANSWERED, Fate.CONFIRMED]
            )
            client = drawn.choice(["city", "gate"])
            asking, process = drawn.choice(list(zip(plain, several, strict=True)))
            clock = at + drawn.choice([timedelta(), SKEW])
            answered = await asking.ask(asked, fate, client=client, at=clock)
            assert await process.ask(asked, fate, client=client, at=clock) is answered
            assert await stop_of(process, client) == await stop_of(asking, client)


async def stop_of(process: Guarded, client: str) -> tuple[StopReason, int] | None:
    found = await process.stopped(client)
    return None if found is None else (found.reason, found.counted)


def flip(epochs: HolderEpochs, person: int, at: datetime, *, changed: datetime) -> Flip:
    return Flip(
        "zhenjiang",
        Basis.HIGH_RISK_AREA,
        holder(epochs, person, at),
        changed,
        f"{person:043d}",
        10,
        PolicyVersion(region=RegionCode("321100"), version=1, digest="d"),
    )


async def test_one_person_turned_red_is_one_in_two_epochs(path: Path) -> None:
    """Six people, each seen before and after: no eleven."""
    async with open_database(path) as database:
        raised: list[int] = []

        class Hearing:
            def mass_flip(self, _issuer: str, _basis: str, people: int) -> None:
                raised.append(people)

        for at in (NEXT - SKEW, NEXT + SKEW):
            alarms = FlipAlarms(Hearing())
            flips = [flip(MANY, each, at, changed=at - each * SKEW / 60) for each in range(6)]
            with alarms.observing(flips, at) as count:
                await database.write(count)
        assert raised == []
        alarms = FlipAlarms(Hearing())
        more = [flip(MANY, each, NEXT + SKEW, changed=NEXT) for each in range(6, 11)]
        with alarms.observing(more, NEXT + SKEW) as count:
            await database.write(count)
        assert raised == [11]
        assert (await FlipStore(database).page(Slice(1))).items[0].people == 11
