"""The history at rest: nothing twice, nothing for too long, nothing in the clear."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import strawberry

from tests.back_ends import open_database
from tests.counted_statements import counted
from tests.holder_keys import one
from tests.storage.records import AT
from tongxing.gateway.answering.history import Kept, Lesson
from tongxing.gateway.answering.history_store import (
    HOLDER_BYTES,
    HistoryStore,
    RememberedHistories,
    learning,
)
from tongxing.gateway.memory import ENTRY_BYTES
from tongxing.gateway.storage import Database, StorageUnavailable
from tongxing.keys import Holder, HolderKey
from tongxing.schema import Basis, Color, HistoryEntry, RegionCode

HOLDERS = HolderKey(b"a synthetic key of thirty-two by")
ONE, OTHER = (one(HOLDERS.ref("PASSPORT", number)) for number in ("X3211001", "X3211002"))
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
GREEN = HistoryEntry(
    issuer=strawberry.ID("zhenjiang"),
    issuing_place=RegionCode("321102"),
    color=Color.GREEN,
    basis=[Basis.CONVERTED, Basis.DECLARED],
    previous_color=Color.RED,
    as_of=AT - timedelta(hours=1),
    changed_at=AT - timedelta(microseconds=7_200_000_001),
    known_at=AT,
    evidence_digest="d" * 43,
)
RED = replace(
    GREEN,
    color=Color.RED,
    basis=[],
    previous_color=None,
    changed_at=None,
    as_of=AT,
    known_at=AT + timedelta(seconds=1),
    evidence_digest=None,
)


async def test_what_was_learned_comes_back_as_it_was_under_its_holder_alone(path: Path) -> None:
    async with open_database(path) as database:
        store = HistoryStore(database)
        await database.write(learning([Lesson(ONE, (GREEN, RED), MONTH)], AT))
        found = await store.of([ONE, OTHER, ONE], AT)
        assert set(found) == {ONE}
        assert (found[ONE].entries, found[ONE].shortest) == ((GREEN, RED), MONTH)


async def test_what_two_requests_learn_at_once_is_kept_once(path: Path) -> None:
    async with open_database(path) as database:
        store = HistoryStore(database)
        later = replace(GREEN, known_at=AT + timedelta(milliseconds=3))
        lessons = [Lesson(ONE, (GREEN,), MONTH), Lesson(ONE, (later,), MONTH)]
        await database.write(learning(lessons, AT))
        await database.write(learning([Lesson(ONE, (later,), MONTH)], AT))
        assert (await store.of([ONE], AT))[ONE].entries == (GREEN,)


async def test_an_entry_is_gone_when_its_time_is_over(path: Path) -> None:
    async with open_database(path) as database:
        store = HistoryStore(database)
        await database.write(learning([Lesson(ONE, (GREEN,), WEEK)], AT))
        last = AT + WEEK - timedelta(microseconds=1)
        assert ONE in await store.of([ONE], last)
        assert await store.of([ONE], AT + WEEK) == {}
        assert await store.sweep(last) == 0
        assert await store.sweep(AT + WEEK) == 1
        assert await database.fetch("SELECT holder FROM history") == []


async def test_those_who_ask_at_once_each_see_what_is_kept_at_their_own_time(path: Path) -> None:
    async with open_database(path) as database:
        store = HistoryStore(database)
        await database.write(learning([Lesson(ONE, (GREEN,), WEEK)], AT))
        before, after = await asyncio.gather(store.of([ONE], AT), store.of([ONE], AT + WEEK))
        assert (set(before), set(after)) == ({ONE}, set())


async def test_what_is_past_its_time_is_no_history_and_is_learned_anew(path: Path) -> None:
    async with open_database(path) as database:
        store, later = HistoryStore(database), replace(GREEN, known_at=AT + WEEK)
        await database.write(learning([Lesson(ONE, (GREEN,), WEEK)], AT))
        await database.write(learning([Lesson(ONE, (later,), timedelta(hours=1))], AT + WEEK))
        assert (await store.of([ONE], AT + WEEK))[ONE].entries == (later,)


async def test_a_policy_that_keeps_longer_keeps_what_is_there_longer(path: Path) -> None:
    async with open_database(path) as database:
        store = HistoryStore(database)
        await database.write(learning([Lesson(ONE, (GREEN,), WEEK), Lesson(ONE, (), MONTH)], AT))
        assert (await store.of([ONE], AT + WEEK))[ONE].shortest == MONTH
        await database.write(learning([Lesson(ONE, (), WEEK)], AT))
        assert (await store.of([ONE], AT))[ONE].shortest == MONTH


async def test_a_history_outlives_its_process(path: Path) -> None:
    async with open_database(path) as database:
        await database.write(learning([Lesson(ONE, (GREEN,), WEEK)], AT))
    async with open_database(path) as database:
        assert (await HistoryStore(database).of([ONE], AT))[ONE].entries == (GREEN,)


async def test_a_history_that_cannot_be_read_is_not_taken_for_none(path: Path) -> None:
    async with open_database(path) as database:
        store = HistoryStore(database)
        await database.write(lambda unit: unit.execute("DROP TABLE history"))
        with pytest.raises(StorageUnavailable):
            await store.of([ONE], AT)
        with pytest.raises(StorageUnavailable):
            await database.write(learning([Lesson(ONE, (GREEN,), WEEK)], AT))


class CountingStore(HistoryStore):
    """Says how often it was read; ``then`` happens at the end of a reading, before its result is
    known."""

    readings = 0
    then: Callable[[], Awaitable[None]] | None = None

    async def of(self, holders: Collection[Holder], at: datetime) -> Mapping[Holder, Kept]:
        self.readings += 1
        found = await super().of(holders, at)
        if self.then is not None:
            then, self.then = self.then, None
            await then()
        return found


class Remembering:
    def __init__(self, database: Database) -> None:
        self.seconds = 0.0
        self.database = database
        self.store = CountingStore(database)
        self.histories = RememberedHistories(
            self.store,
            lifetime_seconds=30,
            room_of_client=2 * (HOLDER_BYTES + ENTRY_BYTES),
            room=1_000_000,
            clock=lambda: self.seconds,
        )

    async def entries(self, holder: Holder, client: str = "city") -> tuple[HistoryEntry, ...]:
        return (await self.histories.of([holder], client, AT))[holder].entries

    async def learn(self) -> None:
        with self.histories.learning([Lesson(ONE, (GREEN,), WEEK)], AT) as work:
            await self.database.write(work)


@pytest.fixture
async def here(path: Path) -> AsyncIterator[Remembering]:
    async with open_database(path) as database:
        yield Remembering(database)


async def test_a_history_is_read_once_for_as_long_as_a_statement_is_kept(
    here: Remembering,
) -> None:
    assert await here.entries(ONE) == await here.entries(ONE) == ()
    assert here.store.readings == 1
    here.seconds = 30.0
    await here.entries(ONE)
    assert here.store.readings == 2


async def test_what_this_process_learns_it_knows_at_once(here: Remembering) -> None:
    await here.entries(ONE)
    await here.learn()
    assert await here.entries(ONE) == (GREEN,)


async def test_what_was_read_while_something_was_learned_is_not_remembered(
    here: Remembering,
) -> None:
    here.store.then = here.learn
    assert await here.entries(ONE) == ()
    assert await here.entries(ONE) == (GREEN,)


async def test_a_history_that_one_client_brought_into_memory_is_read_again_for_another(
    here: Remembering,
) -> None:
    """Else it would be there sooner, and show that somebody asked."""
    await here.entries(ONE, "city")
    await here.entries(ONE, "station")
    assert here.store.readings == 2


async def test_what_one_client_brought_to_light_the_memory_of_every_client_has_at_once(
    here: Remembering,
) -> None:
    await here.entries(ONE, "station")
    await here.learn()
    assert await here.entries(ONE, "station") == (GREEN,)


async def test_no_more_holders_are_remembered_than_there_is_room_for(here: Remembering) -> None:
    third = one(HOLDERS.ref("PASSPORT", "X3211003"))
    for holder in (ONE, OTHER, third, OTHER, third, ONE):
        await here.entries(holder)
    assert here.store.readings == 4


async def test_what_a_manifest_teaches_takes_a_few_statements(path: Path) -> None:
    holders = [one(HOLDERS.ref("PASSPORT", f"X{number}")) for number in range(300)]
    lessons = [Lesson(holder, (GREEN, RED), MONTH) for holder in holders]
    async with open_database(path) as database:
        store = HistoryStore(database)
        assert await database.write(counted(learning(lessons, AT))) == 1 + 3
        found = await store.of(holders, AT)
        assert all(found[holder].entries == (GREEN, RED) for holder in holders)
        assert await database.write(counted(learning(lessons, AT))) == 1


async def test_a_holder_who_is_twice_in_a_manifest_is_learned_about_twice(path: Path) -> None:
    lessons = [Lesson(ONE, (GREEN,), WEEK), Lesson(OTHER, (RED,), WEEK), Lesson(ONE, (RED,), MONTH)]
    async with open_database(path) as database:
        store = HistoryStore(database)
        await database.write(learning(lessons, AT))
        found = await store.of([ONE, OTHER], AT)
        turned = replace(RED, previous_color=Color.GREEN)
        assert found[ONE].entries == (GREEN, turned)
        assert (found[ONE].shortest, found[OTHER].entries) == (MONTH, (RED,))
