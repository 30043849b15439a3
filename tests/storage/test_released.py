"""A database of each released form opens with all that it held; killed on the way, it is in the old
form or in the new one; and an older program does not go on beside a newer one."""

import json
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from shutil import copy

import psycopg
import pytest

from tests.storage.disk import Disk, Moment, fail
from tests.storage.mortal import die_at_upgrade
from tests.storage.own_server import OwnServer, new_server
from tests.storage.processes import start
from tests.storage.records import SIGNER, intent
from tongxing.gateway.storage import Database, Fact, Facts, StorageFault, StorageUnavailable
from tongxing.gateway.storage.audit import AuditLog, AuditUnavailable
from tongxing.gateway.storage.clients import ClientRegistry
from tongxing.gateway.storage.postgres import PostgresEngine
from tongxing.gateway.storage.postgres.server_engine import SERVER_SCHEMA_VERSION
from tongxing.gateway.storage.postgres.server_tables import SERVER_MIGRATIONS
from tongxing.gateway.storage.sqlite import SCHEMA_VERSION, form_of
from tongxing.gateway.storage.sqlite_engine import SqliteEngine
from tongxing.gateway.storage.sqlite_library import sqlite3

RELEASED = Path(__file__).parent / "released"
FILES = sorted(RELEASED.glob("*.sql"))
"""Written by the programs of the releases, as SQL: every new release with other tables adds one."""

OLDEST = RELEASED / "0.1.0.sql"


def _made(script: Path, path: Path) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script.read_text("utf-8"))
    path.chmod(0o600)
    head = script.with_suffix(".head")
    copy(head, path.with_name(f"{path.name}.head"))
    return path


async def _holds_all(path: Path) -> None:
    async with Database.open(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        last = await log.verify()
        assert last is not None
        assert last.index == 15
        clients = {each.id: each.revoked_at for each in await ClientRegistry(database).list()}
        assert set(clients) == {"city-system", "gone"}
        assert clients["city-system"] is None
        assert clients["gone"] is not None
        held = await Facts(database).highest(Fact.TRUST_LIST)
        assert held is not None
        assert held.version == 3
        await log.append([intent(100)])


@pytest.mark.parametrize("script", FILES, ids=lambda each: each.stem)
async def test_a_database_of_a_release_opens_with_all_that_it_held(
    script: Path, tmp_path: Path
) -> None:
    path = _made(script, tmp_path / "state" / "hub.sqlite3")
    assert form_of(path) < SCHEMA_VERSION
    await _holds_all(path)
    assert form_of(path) == SCHEMA_VERSION


async def test_an_upgrade_that_fails_at_any_statement_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state" / "hub.sqlite3"
    for number in range(1, 500):
        for left in path.parent.glob("hub*"):
            left.unlink()
        _made(OLDEST, path)
        disk = Disk()
        disk.arm(number, Moment.BEFORE, fail)
        with suppress(StorageUnavailable):
            SqliteEngine(path, disk.connect).prepare()
        if not disk.has_failed:
            break
        assert form_of(path) in {7, SCHEMA_VERSION}
    assert number > 50
    await _holds_all(path)


@pytest.mark.processes
@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
async def test_an_upgrade_that_is_killed_leaves_the_old_form_or_the_new(
    tmp_path: Path, share: float
) -> None:
    whole = Disk()
    SqliteEngine(_made(OLDEST, tmp_path / "whole" / "hub.sqlite3"), whole.connect).prepare()
    path = _made(OLDEST, tmp_path / "state" / "hub.sqlite3")
    process, pipe = start(die_at_upgrade, path, int(share * whole.statements))
    process.join()
    pipe.close()
    assert process.exitcode != 0
    await _holds_all(path)


async def test_an_older_program_writes_nothing_once_a_newer_one_was_there(tmp_path: Path) -> None:
    path = tmp_path / "state" / "hub.sqlite3"
    async with Database.open(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.append([intent(1)])
        with closing(sqlite3.connect(path)) as newer:
            newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        with pytest.raises(AuditUnavailable):
            await log.append([intent(2)])
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT count(*) FROM audit_entries").fetchall()
    assert json.dumps(rows) == "[[1]]"


@pytest.fixture(scope="module")
def own_server() -> Iterator[OwnServer]:
    with new_server() as server:
        server.start()
        yield server


def _earlier(server: OwnServer, name: str, form: int) -> str:
    server.sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    url = server.url(name)
    with psycopg.connect(url, autocommit=True) as session:
        for step in SERVER_MIGRATIONS[:form]:
            for statement in step:
                session.execute(statement)
        session.execute("CREATE TABLE tongxing (version BIGINT NOT NULL)")
        session.execute(f"INSERT INTO tongxing (version) VALUES ({form})")  # noqa: S608
    return url


@pytest.mark.processes
@pytest.mark.parametrize("form", range(1, SERVER_SCHEMA_VERSION))
async def test_a_servers_earlier_form_is_brought_to_this_one_or_left_as_it_is(
    own_server: OwnServer, tmp_path: Path, form: int
) -> None:
    """No release had a server; these are the forms that came before this one."""
    url = _earlier(own_server, f"form_{form}", form)
    for number in range(1, 100):
        disk = Disk()
        disk.arm(number, Moment.BEFORE, fail)
        engine = PostgresEngine(url, tmp_path / "head", disk.connect_server)
        with suppress(StorageFault):
            engine.prepare()
        if not disk.has_failed:
            break
        assert PostgresEngine(url, tmp_path / "head").form() in {form, SERVER_SCHEMA_VERSION}
    assert PostgresEngine(url, tmp_path / "head").form() == SERVER_SCHEMA_VERSION
    async with Database.over(PostgresEngine(url, tmp_path / "head"), signer=SIGNER) as database:
        log = await AuditLog.open(database)
        assert await log.append([intent(1)])
