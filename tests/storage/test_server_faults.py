"""A PostgreSQL server is killed, stopped, full, or put back: nothing that was acknowledged is lost,
nothing is acknowledged that is not there, and the hub goes on by itself."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from tests.storage.disk import Disk, Moment
from tests.storage.own_server import OwnServer
from tests.storage.records import SIGNER, intent
from tests.storage.server_load import database_over, loaded
from tongxing.gateway.storage import Database, StorageUnavailable
from tongxing.gateway.storage.audit import (
    AuditDamaged,
    AuditLog,
    AuditMark,
    AuditUnavailable,
    Damage,
)
from tongxing.gateway.storage.faults import StorageRefusal, StorageRefused
from tongxing.gateway.storage.postgres import PostgresEngine

pytestmark = pytest.mark.processes


KILLS = 3


async def test_a_server_that_is_killed_under_load_has_lost_nothing(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start()
    url, moments = own_server.new_database(), random.Random(20200306)
    async with loaded(url, tmp_path / "one") as load, loaded(url, tmp_path / "other") as beside:
        for _ in range(KILLS):
            await asyncio.sleep(moments.uniform(0.05, 0.3))  # when to kill is what is tried here
            own_server.kill()
            await asyncio.to_thread(own_server.start)  # meanwhile both go on asking
            await load.goes_on()
            await beside.goes_on()
    async with database_over(url, tmp_path / "third") as database:
        log = await AuditLog.open(database)
        for each in (load, beside):
            await log.verify([*each.acknowledged, *each.signed])
            assert each.refused >= KILLS


async def test_connections_that_are_ended_at_any_moment_lose_nothing(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start()
    url, moments = own_server.new_database(), random.Random(20200306)
    async with loaded(url, tmp_path / "one") as load:
        for _ in range(25):
            await asyncio.sleep(moments.uniform(0, 0.05))  # so is this
            await asyncio.to_thread(
                own_server.sql,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'tongxing'",
            )
        await load.goes_on()
        assert load.refused > 0
    async with database_over(url, tmp_path / "one") as database:
        log = await AuditLog.open(database)
        await log.verify([*load.acknowledged, *load.signed])


async def test_a_server_that_was_started_again_costs_no_caller_anything(
    own_server: OwnServer, tmp_path: Path
) -> None:
    """Connections that ended while nothing was asked are noticed before the next question."""
    own_server.start()
    async with database_over(own_server.new_database(), tmp_path / "one") as database:
        log = await AuditLog.open(database)
        await asyncio.gather(*(database.fetch("SELECT pg_sleep(0.05)::text") for _ in range(2)))
        await log.append([intent(1)])
        own_server.stop()
        own_server.start()
        assert [await database.fetch("SELECT 1") for _ in range(2)] == [[(1,)]] * 2
        await log.append([intent(2)])


async def test_readers_find_a_server_that_was_started_again(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start()
    async with database_over(own_server.new_database(), tmp_path / "one") as database:
        await asyncio.gather(*(database.fetch("SELECT pg_sleep(0.05)::text") for _ in range(2)))
        own_server.kill()
        with pytest.raises(StorageUnavailable):
            await database.fetch("SELECT 1")
        own_server.start()
        assert await database.fetch("SELECT 1") == [(1,)]
        assert await database.fetch("SELECT 1") == [(1,)]


async def test_without_a_connection_to_spare_nobody_is_answered_and_then_all_are(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start("max_connections=8")
    url = own_server.new_database()
    async with database_over(url, tmp_path / "one") as database:
        log = await AuditLog.open(database)
        [first] = await log.append([intent(1)])
        own_server.sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'tongxing'"
        )
        taken = _all_connections(own_server.url())
        for _ in range(3):
            with pytest.raises(AuditUnavailable):
                await log.append([intent(2)])
            with pytest.raises(StorageUnavailable):
                await database.fetch("SELECT 1")
        with pytest.raises(StorageUnavailable):
            database_over(url, tmp_path / "other")
        for connection in taken:
            connection.close()
        [last] = await _once_it_can(log)
        assert last.index == first.index + 1
        await log.verify([first, last])


def _all_connections(url: str) -> list[psycopg.Connection[tuple[object, ...]]]:
    taken = []
    try:
        while True:
            taken.append(psycopg.connect(url))
    except psycopg.OperationalError:
        return taken


async def _once_it_can(log: AuditLog) -> Sequence[AuditMark]:
    """A server notices a closed connection a moment later."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await log.append([intent(3)])
            except AuditUnavailable:
                await asyncio.sleep(0.01)


async def test_callers_of_a_server_that_says_nothing_get_out_and_it_goes_on(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start()
    async with loaded(own_server.new_database(), tmp_path / "one") as load:
        with own_server.held():
            before = len(load.acknowledged)
            for act in (load.log.append([intent(1)]), load.database.fetch("SELECT 1")):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await act
            assert len(load.acknowledged) - before <= 2 * CALLERS_IN_ONE_GROUP
        await load.goes_on()
        assert await load.database.fetch("SELECT 1") == [(1,)]
        await load.check()


async def test_a_process_that_stops_in_a_transaction_does_not_stop_the_others(
    own_server: OwnServer, tmp_path: Path
) -> None:
    """Its machine sleeps, or is cut off, and the server waits for it with everybody's lock."""
    own_server.start()
    url = own_server.new_database()
    async with database_over(url, tmp_path / "one") as database:
        log = await AuditLog.open(database)
        engine = PostgresEngine(url, tmp_path / "other.head")
        stopped = engine.writing_session()
        with (
            pytest.raises(psycopg.OperationalError),
            engine.transaction(stopped),
        ):
            async with asyncio.timeout(60):
                [mark] = await log.append([intent(1)])
        stopped.close()
        await log.verify([mark])


CALLERS_IN_ONE_GROUP = 8
"""What was on its way when the server was stopped may still be told."""


async def test_a_server_whose_commit_means_nothing_is_refused(
    own_server: OwnServer, tmp_path: Path
) -> None:
    for setting in ("fsync", "full_page_writes"):
        own_server.start(f"{setting}=off")
        with pytest.raises(StorageRefused, match=setting) as refused:
            database_over(own_server.url(), tmp_path / "one")
        assert refused.value.refusal is StorageRefusal.NOT_DURABLE
        own_server.stop()


async def test_why_a_database_cannot_be_used_is_said_without_the_password(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start()
    taken = own_server.new_database()
    with psycopg.connect(taken, autocommit=True) as session:
        session.execute("CREATE TABLE clients (of_another_program TEXT)")
    own_server.sql("CREATE ROLE guest LOGIN")
    guest = own_server.new_database().replace("//postgres@", "//guest@")
    absent = own_server.url("absent").replace("//postgres@", "//postgres:s3cret%zz@")
    for url, said in (
        (taken, "give the hub an empty database"),
        (guest, "give the hub an empty database"),
        (own_server.url("absent"), "check the address, the account"),
        (absent, "check the address, the account"),
    ):
        with pytest.raises(StorageUnavailable, match=said) as refused:
            database_over(url, tmp_path / "one")
        assert "s3cret" not in str(refused.value)


async def test_a_commit_waits_for_the_disk_although_the_server_says_otherwise(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start("synchronous_commit=off", *NOBODY_ELSE_FLUSHES)
    await _check_flushed(own_server, tmp_path)


async def test_the_empty_transaction_flushes_all_that_was_committed_before_it(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start(*NOBODY_ELSE_FLUSHES)
    await _check_flushed(own_server, tmp_path)


NOBODY_ELSE_FLUSHES = ("wal_writer_delay=10000", "wal_writer_flush_after=1GB", "autovacuum=off")


async def _check_flushed(own_server: OwnServer, tmp_path: Path) -> None:
    disk, url, seen = Disk(), own_server.new_database(), []

    def look() -> None:
        """After COMMIT, before what makes it durable."""
        seen.extend(looking.execute(_FLUSHED_AND_WRITTEN).fetchall())

    engine = PostgresEngine(url, tmp_path / "hub.head", disk.connect_server)
    with psycopg.connect(url, autocommit=True) as looking:
        async with Database.over(engine, signer=SIGNER) as database:
            log = await AuditLog.open(database)
            await log.append([intent(1)])
            disk.arm("COMMIT", Moment.AFTER, look)
            await log.append([intent(2)])
            ((flushed, written),) = seen
            assert flushed < written, "the COMMIT has waited under the lock"
            ((flushed, _),) = looking.execute(_FLUSHED_AND_WRITTEN).fetchall()
            assert flushed >= written


_FLUSHED_AND_WRITTEN = """
    SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn, pg_current_wal_insert_lsn() - '0/0'::pg_lsn
"""


async def test_an_older_state_that_is_put_in_place_is_not_written_to(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start()
    url, folder = own_server.new_database(), tmp_path / "one"
    name = url.partition("@/")[2].partition("?")[0]
    async with database_over(url, folder) as database:
        await (await AuditLog.open(database)).append([intent(n) for n in range(10)])
    own_server.sql(f"CREATE DATABASE yesterday TEMPLATE {name}")
    async with database_over(url, folder) as database:
        log = await AuditLog.open(database)
        await log.append([intent(50)])
        _put_in_place(own_server, "yesterday", name)
        for _ in range(3):
            with pytest.raises(AuditUnavailable):
                await log.append([intent(51)])
        with pytest.raises(AuditDamaged) as found:
            await log.check_signed()
        assert (found.value.index, found.value.damage) == (10, Damage.TRUNCATED)
        with pytest.raises(StorageUnavailable):
            await database.fetch("SELECT 1")
        with psycopg.connect(url) as session:
            count = session.execute("SELECT count(*) FROM audit_entries").fetchall()
        assert count == [(10,)]
    async with database_over(url, folder) as database:
        with pytest.raises(AuditDamaged) as found:
            await AuditLog.open(database)
    assert (found.value.index, found.value.damage) == (10, Damage.TRUNCATED)
    async with database_over(url, tmp_path / "another machine") as database:
        await (await AuditLog.open(database)).append([intent(60), intent(61)])
    async with database_over(url, folder) as database:
        with pytest.raises(AuditDamaged) as found:
            await AuditLog.open(database)
        assert found.value.damage is Damage.FORKED
        with pytest.raises(StorageUnavailable):
            await database.write(lambda _: None)


def _put_in_place(own_server: OwnServer, older: str, name: str) -> None:
    own_server.sql(
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608 - a name of tests
        f"DROP DATABASE {name}",
        f"ALTER DATABASE {older} RENAME TO {name}",
    )
