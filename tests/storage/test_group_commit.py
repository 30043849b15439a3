"""One writer, groups of work: what is committed together, and who is told what."""

import asyncio
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.back_ends import open_database, sqlite_only
from tests.storage.disk import Disk, Moment, fail
from tests.storage.records import intent, outcome
from tongxing.gateway.storage import Database, StorageUnavailable, UnitOfWork
from tongxing.gateway.storage.appending import LogEnd
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.head_file import HeadFile, head_file_of
from tongxing.gateway.storage.news import News
from tongxing.gateway.storage.sqlite_engine import SqliteEngine
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.writer import (
    GROUP_MAX_WORKS,
    HEAVY_ROWS,
    QUEUE_MAX_WORKS,
    Writer,
)


async def test_a_manifest_of_a_thousand_costs_two_commits(path: Path) -> None:
    disk = Disk()
    async with open_database(path, disk) as database:
        log = await AuditLog.open(database)
        disk.commits = 0
        await log.append([intent(number) for number in range(1_000)])
        await log.append([outcome(number) for number in range(1_000)])
    assert disk.commits - disk.fills == 2


A_WHILE_SECONDS = 0.5


class Busy:
    """Work that keeps the writer until it is let go, so that others wait together behind it."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self._go_on = threading.Event()

    def __call__(self, unit: UnitOfWork) -> None:
        self.began.set()
        while not self._go_on.wait(A_WHILE_SECONDS):
            unit.execute("SELECT 1")  # a server ends a session that is silent for long

    async def is_held(self) -> None:
        await asyncio.to_thread(self.began.wait)

    def let_go(self) -> None:
        self._go_on.set()


async def test_all_that_waits_is_committed_together(path: Path) -> None:
    disk, busy = Disk(), Busy()
    async with open_database(path, disk) as database:
        log = await AuditLog.open(database)
        held = asyncio.create_task(database.write(busy))
        await busy.is_held()
        disk.commits = 0
        waiting = [asyncio.create_task(log.append([intent(number)])) for number in range(500)]
        await asyncio.sleep(0)
        busy.let_go()
        await asyncio.gather(held, *waiting)
        await log.verify()
    assert disk.commits == 2


async def test_a_heavy_work_is_the_last_of_its_group(path: Path) -> None:
    """A hot answer behind two pieces of manifests waits for the COMMIT of one at most, and is
    committed with the other."""
    disk, busy = Disk(), Busy()
    async with open_database(path, disk) as database:
        log = await AuditLog.open(database)
        held = asyncio.create_task(database.write(busy))
        await busy.is_held()
        disk.commits = 0
        piece = [intent(number) for number in range(HEAVY_ROWS)]
        order = [[intent()], piece, [intent()], piece, [intent()]]
        answered: list[int] = []

        async def append(number: int) -> None:
            await log.append(order[number])
            answered.append(number)

        waiting = [asyncio.create_task(append(number)) for number in range(len(order))]
        await asyncio.sleep(0)
        busy.let_go()
        await asyncio.gather(held, *waiting)
        assert (
            disk.commits - disk.fills == 4
        )  # of the one that was held, of both pieces, of the last
        await log.verify()
    assert answered == list(range(len(order)))


async def test_a_failure_behind_a_heavy_work_is_not_its_own(path: Path) -> None:
    disk, busy = Disk(), Busy()
    async with open_database(path, disk) as database:
        log = await AuditLog.open(database)
        held = asyncio.create_task(database.write(busy))
        await busy.is_held()
        piece = [intent(number) for number in range(HEAVY_ROWS)]
        waiting = [asyncio.create_task(log.append(piece)) for _ in range(2)]
        await asyncio.sleep(0)
        busy.let_go()
        failing = asyncio.create_task(database.write(lambda _: 1 // 0))
        told = await asyncio.gather(held, *waiting, failing, return_exceptions=True)
        assert isinstance(told[-1], StorageUnavailable)
        assert not any(isinstance(each, BaseException) for each in told[:-1])
        head = await log.head()
    assert head is not None
    assert head.index == 2 * HEAVY_ROWS - 1


async def test_what_is_asked_in_one_turn_is_handed_over_together(path: Path) -> None:
    """To a writer that has nothing to do: it is not woken by the first of many."""
    disk = Disk()
    async with open_database(path, disk) as database:
        log = await AuditLog.open(database)
        disk.commits = 0
        await asyncio.gather(*(log.append([intent(number)]) for number in range(200)))
        assert disk.commits - disk.fills == 1
        await log.verify()


async def test_what_several_loops_ask_for_is_told_in_each_of_them(path: Path) -> None:
    def ask_in_a_loop_of_its_own(begin: int) -> list[int]:
        async def ask() -> list[int]:
            asked = (database.write(partial(_same, number)) for number in range(begin, begin + 50))
            return await asyncio.gather(*asked)

        return asyncio.run(ask())

    async with open_database(path) as database:
        begins = range(0, 400, 50)
        told = await asyncio.gather(
            *(asyncio.to_thread(ask_in_a_loop_of_its_own, begin) for begin in begins)
        )
    assert [number for each in told for number in each] == list(range(400))


def _same(number: int, _unit: UnitOfWork) -> int:
    return number


async def test_a_failure_is_told_to_every_caller_of_its_group(path: Path, back_end: str) -> None:
    disk, busy = Disk(), Busy()
    async with open_database(path, disk) as database:
        log = await AuditLog.open(database)
        held = asyncio.create_task(database.write(busy))
        await busy.is_held()
        waiting = [asyncio.create_task(log.append([intent(number)])) for number in range(50)]
        await asyncio.sleep(0)
        ends_of_the_group_that_is_held = {"sqlite": 1, "postgres": 2}[back_end]
        disk.arm(ends_of_the_group_that_is_held + 1, Moment.BEFORE, fail)
        busy.let_go()
        told = await asyncio.gather(held, *waiting, return_exceptions=True)
        assert [type(failure).__name__ for failure in told[1:]] == ["AuditUnavailable"] * 50
        assert await log.head() is None


async def test_a_mistake_in_one_work_does_not_stop_the_writer(path: Path) -> None:
    async with open_database(path) as database:
        with pytest.raises(StorageUnavailable):
            await database.write(lambda unit: unit.execute("NO SUCH STATEMENT"))
        with pytest.raises(StorageUnavailable):
            await database.write(lambda _: 1 // 0)
        assert await database.write(lambda unit: unit.execute("SELECT 7")) == [(7,)]


async def test_who_gives_up_waiting_harms_nobody(path: Path) -> None:
    busy = Busy()
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        held = asyncio.create_task(database.write(busy))
        await busy.is_held()
        gone, patient = (asyncio.create_task(log.append([intent(number)])) for number in (1, 2))
        await asyncio.sleep(0)
        gone.cancel()
        busy.let_go()
        await asyncio.gather(held, patient)
        head = await log.head()
    assert head is not None
    assert head.index == 1


async def test_closing_finishes_what_waits(path: Path) -> None:
    busy = Busy()
    database = open_database(path)
    log = await AuditLog.open(database)
    held = asyncio.create_task(database.write(busy))
    await busy.is_held()
    waiting = [asyncio.create_task(log.append([intent(number)])) for number in range(100)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    busy.let_go()
    await asyncio.gather(held, closing, *waiting)
    async with open_database(path) as again:
        head = await (await AuditLog.open(again)).head()
    assert head is not None
    assert head.index == 99


@sqlite_only
async def test_closing_takes_along_what_is_not_handed_over_yet(path: Path) -> None:
    await Database.open(path).close()
    writer = Writer(
        SqliteEngine(path),
        LogEnd(HeadFile(head_file_of(path)), None),
        News(),
    )
    waiting = [asyncio.create_task(writer.write(partial(_same, number))) for number in range(10)]
    await asyncio.sleep(0)  # all have asked; this turn of the loop has not ended
    writer.close()
    assert await asyncio.gather(*waiting) == list(range(10))


async def test_who_gives_up_before_the_hand_over_is_recorded_all_the_same(path: Path) -> None:
    """As one who gives up behind it: a transaction does not ask who still waits."""
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        gone = asyncio.create_task(log.append([intent()]))
        await asyncio.sleep(0)
        gone.cancel()
        await database.write(lambda _: None)
        head = await log.head()
    assert head is not None
    assert head.index == 0


async def test_a_closed_database_takes_nothing(path: Path) -> None:
    database = open_database(path)
    await database.close()
    with pytest.raises(StorageUnavailable):
        await database.write(lambda _: None)
    with pytest.raises(StorageUnavailable):
        await database.read(lambda _: None)


async def test_what_would_wait_too_long_is_refused_at_once(path: Path) -> None:
    busy = Busy()
    async with open_database(path) as database:
        held = asyncio.create_task(database.write(busy))
        await busy.is_held()
        works = (database.write(lambda _: None) for _ in range(QUEUE_MAX_WORKS))
        waiting = [asyncio.create_task(work) for work in works]
        await asyncio.sleep(0)
        with pytest.raises(StorageUnavailable):
            await database.write(lambda _: None)
        busy.let_go()
        await asyncio.gather(held, *waiting)


async def test_what_is_handed_over_at_once_is_committed_in_groups(path: Path) -> None:
    """The file is never held for longer than one group takes."""
    disk = Disk()
    async with open_database(path, disk) as database:
        disk.commits = 0
        asked = (database.write(partial(_same, number)) for number in range(2 * GROUP_MAX_WORKS))
        assert await asyncio.gather(*asked) == list(range(2 * GROUP_MAX_WORKS))
        assert disk.commits == 2


@sqlite_only
async def test_another_process_is_waited_for(path: Path) -> None:
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(log.append([intent()]))
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
        other.execute("COMMIT")
        other.close()
        assert len(await waiting) == 1


async def test_an_answer_of_the_disk_is_never_shown(path: Path) -> None:
    async with open_database(path) as database:
        with pytest.raises(StorageUnavailable) as told:
            await database.write(lambda t: t.execute("SELECT secret FROM nowhere"))
    assert "secret" not in str(told.value)


async def test_what_was_read_once_is_read_again_after_a_change(path: Path) -> None:
    count = "SELECT count(*) FROM facts WHERE name >= ?"
    disk = Disk()

    def work(unit: UnitOfWork) -> list[int]:
        def counted() -> int:
            ((found,),) = unit.read_once(count, ("",))
            return int(found)

        before = [counted(), counted()]
        unit.execute("INSERT INTO facts VALUES ('a', 1, '')")
        between = [counted(), counted()]
        unit.execute_many("DELETE FROM facts WHERE name = ?", [("a",)])
        return [*before, *between, counted()]

    async with open_database(path, disk) as database:
        await database.write(lambda _: None)
        disk.statements = 0
        assert await database.write(work) == [0, 0, 1, 1, 0]
        assert await database.write(lambda unit: unit.read_once(count, ("b",))) == [(0,)]
