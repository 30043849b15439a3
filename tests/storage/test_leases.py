"""What one process does for all is done by one, and by another when that one is gone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.storage.disk import Disk, Moment, fail
from tests.storage.records import AT
from tongxing.gateway.storage import Database, StorageUnavailable
from tongxing.gateway.storage.leases import BELIEVED, LEASE, Leases
from tongxing.gateway.storage.while_held import while_held

MOMENT = timedelta(microseconds=1)
SKEW = timedelta(seconds=5)


class Process:
    """One of those that share a database, with a clock of its own; ``disk`` is its way there."""

    def __init__(self, database: Database, holder: str, disk: Disk) -> None:
        self.now = AT
        self.disk = disk
        self.leases = Leases(database, holder, lambda: self.now)
        self.lease = self.leases.named("work")

    async def takes(self, after: timedelta = timedelta(0)) -> bool:
        self.now = AT + after
        return await self.lease.take()


@pytest.fixture
async def pair(path: Path) -> AsyncIterator[tuple[Process, Process]]:
    disks = Disk(), Disk()
    async with open_database(path, disks[0]) as one, open_database(path, disks[1]) as other:
        yield Process(one, "one", disks[0]), Process(other, "other", disks[1])


Pair = tuple[Process, Process]


async def test_of_two_at_once_one_holds_it(pair: Pair) -> None:
    for _ in range(20):
        taken = await asyncio.gather(*(each.takes() for each in pair))
        assert sum(taken) == 1
        for each in pair:
            await each.lease.give_back()


async def test_each_name_is_a_lease_of_its_own(pair: Pair) -> None:
    one, other = pair
    assert await one.takes()
    assert await other.leases.named("other work").take()


async def test_who_renews_keeps_it(pair: Pair) -> None:
    one, other = pair
    for times in range(6):
        assert await one.takes(times * LEASE / 2)
        assert not await other.takes(times * LEASE / 2 + LEASE / 4)


async def test_of_one_who_dies_it_is_free_at_its_end_and_not_before(pair: Pair) -> None:
    one, other = pair
    assert await one.takes()
    assert not await other.takes(LEASE - MOMENT)
    assert await other.takes(LEASE)


async def test_who_comes_back_late_has_lost_it(pair: Pair) -> None:
    one, other = pair
    assert await one.takes()
    assert await other.takes(LEASE)
    assert not await one.takes(LEASE + MOMENT)


async def test_what_is_given_back_is_free_at_once(pair: Pair) -> None:
    one, other = pair
    assert await one.takes()
    await one.lease.give_back()
    assert await other.takes()


async def test_nobody_gives_back_what_another_holds(pair: Pair) -> None:
    one, other = pair
    assert await one.takes()
    assert await other.takes(LEASE)
    await one.lease.give_back()
    assert not await one.takes(LEASE)


async def test_a_process_started_anew_is_another_one(pair: Pair, path: Path) -> None:
    one, _ = pair
    assert await one.takes()
    async with open_database(path) as database:
        anew = Process(database, "one again", Disk())
        assert not await anew.takes()
        assert await anew.takes(LEASE)


@pytest.mark.parametrize("ahead", [SKEW, -SKEW], ids=["ahead", "behind"])
async def test_clocks_that_differ_by_seconds_cost_at_most_those(
    pair: Pair, ahead: timedelta
) -> None:
    """The one who died had another clock; the time is that of who waits."""
    one, other = pair
    assert await one.takes(ahead)
    assert not await other.takes(LEASE + ahead - MOMENT)
    assert await other.takes(LEASE + ahead)


@pytest.mark.parametrize("ahead", [timedelta(minutes=1), timedelta(days=9_999)])
async def test_a_lease_of_a_clock_far_ahead_does_not_count(pair: Pair, ahead: timedelta) -> None:
    one, other = pair
    assert await one.takes(ahead)
    assert await other.takes()
    assert not await one.takes()


async def test_nobody_waits_longer_than_a_lease_is_believed(pair: Pair) -> None:
    one, other = pair
    assert await one.takes(BELIEVED - LEASE)
    assert not await other.takes()
    assert await other.takes(BELIEVED)


async def test_the_clock_of_its_holder_may_jump(pair: Pair) -> None:
    one, _ = pair
    for jump in (timedelta(0), timedelta(days=-1), timedelta(days=1), timedelta(0)):
        assert await one.takes(jump)


async def test_it_stays_held_without_a_database_until_its_end(pair: Pair) -> None:
    one, _ = pair
    assert await one.takes()
    for after, held in ((LEASE - MOMENT, True), (LEASE, False)):
        one.disk.arm("COMMIT", Moment.BEFORE, fail)
        assert await one.takes(after) is held
    assert await one.takes(LEASE)


async def test_without_a_database_nobody_takes_one(pair: Pair) -> None:
    one, _ = pair
    one.disk.arm("COMMIT", Moment.BEFORE, fail)
    assert not await one.takes()


class Watched:
    """Work that never ends, and the sleeps of who holds the lease for it, one step at a time."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.is_done = False
        self.begun = 0
        self._step = asyncio.Event()
        self._slept = asyncio.Event()
        self.task = asyncio.create_task(while_held(process.lease, self.work, self.sleep))

    async def work(self) -> None:
        self.is_done = True
        self.begun += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.is_done = False

    async def sleep(self, _: float) -> None:
        self._slept.set()
        await self._step.wait()
        self._step.clear()

    async def asleep(self) -> None:
        """Until it has looked once."""
        await self._slept.wait()
        self._slept.clear()

    async def look(self, at: datetime) -> None:
        self.process.now = at
        self._step.set()
        await self.asleep()

    async def die(self) -> None:
        """As a kill does: nothing is given back."""
        self.process.disk.arm("COMMIT", Moment.BEFORE, fail)
        await self.end()

    async def end(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


Watching = Callable[[Process], Awaitable[Watched]]


@pytest.fixture
async def watching() -> AsyncIterator[Watching]:
    made: list[Watched] = []

    async def begin(process: Process) -> Watched:
        made.append(Watched(process))
        await made[-1].asleep()
        return made[-1]

    yield begin
    for each in made:
        await each.end()


async def test_one_works_and_the_other_when_that_one_ends(pair: Pair, watching: Watching) -> None:
    one, other = [await watching(each) for each in pair]
    assert (one.is_done, other.is_done) == (True, False)
    await one.end()
    await other.look(AT)
    assert (one.is_done, other.is_done) == (False, True)


async def test_of_one_who_dies_the_work_goes_on_at_its_end(pair: Pair, watching: Watching) -> None:
    one, other = [await watching(each) for each in pair]
    await one.die()
    await other.look(AT + LEASE - MOMENT)
    assert not other.is_done
    await other.look(AT + LEASE)
    assert other.is_done


async def test_who_has_lost_it_stops_and_goes_on_once_it_is_free(
    pair: Pair, watching: Watching
) -> None:
    one = await watching(pair[0])
    assert await pair[1].takes(LEASE)
    await one.look(AT + LEASE)
    assert not one.is_done
    await pair[1].lease.give_back()
    await one.look(AT + LEASE)
    assert (one.is_done, one.begun) == (True, 2)


async def test_an_error_of_the_work_is_told_and_the_lease_free(pair: Pair) -> None:
    one, other = pair

    async def broken() -> None:
        raise StorageUnavailable("of the work")

    with pytest.raises(StorageUnavailable, match="of the work"):
        await while_held(one.lease, broken)
    assert await other.takes()
