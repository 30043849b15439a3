"""Any number of processes on one PostgreSQL server: one order, one tree, one set of tables."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from tests.back_ends import stands_for
from tests.storage.mortal import append
from tests.storage.own_server import OwnServer
from tests.storage.processes import reports, start
from tests.storage.records import intent
from tests.storage.server_load import database_over, loaded
from tongxing.gateway.storage import StorageUnavailable, UnitOfWork
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.faults import StorageRefusal, StorageRefused
from tongxing.gateway.storage.postgres.server_engine import SERVER_SCHEMA_VERSION

pytestmark = pytest.mark.processes

PROCESSES = 4
GROUPS = 50


async def test_processes_that_start_at_once_make_the_tables_once_and_one_log(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start()
    url = own_server.new_database()
    path = tmp_path / "state" / "hub"
    stands_for(path, url)
    started = [start(append, path, f"client-{n}", GROUPS) for n in range(PROCESSES)]
    marks = [mark for _, pipe in started for [mark] in reports(pipe)]
    for process, _ in started:
        process.join()
    assert sorted(mark.index for mark in marks) == list(range(PROCESSES * GROUPS))
    async with database_over(url, tmp_path / "another machine") as database:
        await (await AuditLog.open(database)).verify(marks)


async def test_two_machines_that_write_at_once_sign_one_tree(
    own_server: OwnServer, tmp_path: Path
) -> None:
    """Each has a head file of its own, and each signs what both have written."""
    own_server.start()
    url = own_server.new_database()
    async with loaded(url, tmp_path / "one") as one, loaded(url, tmp_path / "other") as other:
        await asyncio.gather(one.goes_on(500), other.goes_on(500))
    async with database_over(url, tmp_path / "third") as database:
        log = await AuditLog.open(database)
        marks = [*one.acknowledged, *other.acknowledged]
        head = await log.verify([*marks, *one.signed, *other.signed])
    assert (one.refused, other.refused) == (0, 0)
    assert head is not None
    indexes = sorted(mark.index for mark in marks)
    assert indexes == list(range(head.index + 1))


async def test_another_process_is_waited_for_and_what_it_wrote_is_seen(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start()
    url = own_server.new_database()
    async with (
        database_over(url, tmp_path / "one") as one,
        database_over(url, tmp_path / "other") as other,
    ):
        inside, go_on = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def first(unit: UnitOfWork) -> None:
            unit.execute("INSERT INTO facts VALUES ('a', 1, '')")
            loop.call_soon_threadsafe(inside.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()

        held = asyncio.create_task(one.write(first))
        await inside.wait()
        count = "SELECT count(*) FROM facts"
        waiting = asyncio.create_task(other.write(lambda unit: unit.execute(count)))
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        assert not done
        assert await other.fetch(count) == [(0,)]
        go_on.set()
        assert await waiting == [(1,)]
        await held


async def test_tables_of_a_newer_program_are_refused(own_server: OwnServer, tmp_path: Path) -> None:
    own_server.start()
    url = own_server.new_database()
    await database_over(url, tmp_path / "one").close()
    _set_version(url, SERVER_SCHEMA_VERSION + 1)
    with pytest.raises(StorageRefused) as refused:
        database_over(url, tmp_path / "one")
    assert refused.value.refusal is StorageRefusal.NEWER_SCHEMA


async def test_tables_are_not_changed_beside_a_process_that_runs_with_them(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start()
    url = own_server.new_database()
    async with database_over(url, tmp_path / "one") as running:
        await (await AuditLog.open(running)).append([intent(1)])
        _set_version(url, SERVER_SCHEMA_VERSION - 1)
        with pytest.raises(StorageRefused) as refused:
            await asyncio.to_thread(database_over, url, tmp_path / "other")
        assert refused.value.refusal is StorageRefusal.OLDER_SCHEMA


async def test_a_process_does_not_write_to_tables_that_were_changed_while_it_was_away(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start()
    url = own_server.new_database()
    async with database_over(url, tmp_path / "one") as running:
        await running.write(lambda _: None)
        own_server.stop()
        own_server.start()
        _set_version(url, SERVER_SCHEMA_VERSION + 1)
        for _ in range(2):
            with pytest.raises(StorageUnavailable):
                await running.write(lambda _: None)
        _set_version(url, SERVER_SCHEMA_VERSION)
        await running.write(lambda _: None)


def _set_version(url: str, version: int) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("UPDATE tongxing SET version = %s", (version,))
