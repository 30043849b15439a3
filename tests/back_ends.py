"""One suite of tests over both databases: which one a test uses, and how it opens it.

A test that asks for ``back_end``, itself or by way of ``path``, runs once over an SQLite file and
once over PostgreSQL. ``open_database`` then opens the database that stands for a path: the file, or
one of the server's databases, whose address lies in a small file beside the path, where processes
that a test starts find it, too.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.storage.disk import Disk
from tests.storage.own_server import new_server
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.indexing import PART_ENTRIES
from tongxing.gateway.storage.postgres import PostgresEngine
from tongxing.gateway.storage.postgres.partition_tables import FIRST_PARTITION
from tongxing.gateway.storage.postgres.server_session import PostgresSession
from tongxing.gateway.storage.sessions import Session
from tongxing.gateway.storage.sqlite import connect
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.sqlite_session import SqliteSession
from tongxing.keys.signed_note import NoteSigner

_SHARED = (
    "" if "PYTEST_XDIST_WORKER" in os.environ else "postgresql://postgres@127.0.0.1:5432/postgres"
)
SERVER = os.environ.get("TONGXING_TEST_POSTGRES", _SHARED)
"""Of somebody who may make databases; those that are made are dropped. If nobody answers there, or
it is empty, the tests start a server of their own in memory. Each of several workers does: that
takes two seconds of processor time, and then a commit waits for no disk, some 10 ms each, thousands
of times."""

SMALL = "max_wal_size=128MB"
"""Its files take memory, too."""

sqlite_only = pytest.mark.parametrize("back_end", ["sqlite"], indirect=True)
"""For a test that speaks of the file, its pages or its library."""


def open_database(
    path: Path, disk: Disk | None = None, *, signer: NoteSigner | None = None
) -> Database:
    """As ``Database.open``, over the back end of the test that runs; watched by ``disk``."""
    url = server_url(path)
    if url is None:
        return Database.open(path, connect if disk is None else disk.connect, signer=signer)
    connect_to = PostgresSession if disk is None else disk.connect_server
    return Database.over(PostgresEngine(url, head_file_of(path), connect_to), signer=signer)


def open_session(path: Path) -> Session:
    """A connection that nothing watches, outside of a transaction."""
    url = server_url(path)
    if url is None:
        return SqliteSession(sqlite3.connect(path, isolation_level=None))
    return PostgresSession(url)


def server_url(path: Path) -> str | None:
    """The database that stands for ``path``; None if it is the file itself."""
    note = _note(path)
    if note.exists():
        return note.read_text("utf-8")
    if _Use.pool is None:
        return None
    url = _Use.pool.take(note)
    stands_for(path, url)
    return url


def stands_for(path: Path, url: str) -> None:
    """From now on, and in every process."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _note(path).write_text(url, "utf-8")


def run_sql(path: Path, *statements: str, parameters: Sequence[object] = ()) -> list[Any]:
    """The rows of the last, through a connection of its own: what another program could do."""
    url = server_url(path)
    if url is None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for statement in statements:
                rows = connection.execute(statement, parameters).fetchall()
            return rows
    with psycopg.connect(url, autocommit=True) as session:
        cursor = psycopg.RawCursor(session)
        for statement in statements:
            cursor.execute(_for_server(statement), parameters)
        return cursor.fetchall() if cursor.description else []


def _for_server(statement: str) -> str:
    numbers = count(1)
    numbered = re.sub(r"\?", lambda _: f"${next(numbers)}", statement)
    return re.sub(r"\bx'([0-9a-f]*)'", r"'\\x\1'::bytea", numbered)


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".server")


class _Pool:
    """Empty databases of the server. One that was used is emptied, which takes milliseconds, where
    making one takes up to a second."""

    def __init__(self, url_of: Callable[[str], str]) -> None:
        self._url_of = url_of
        self._free: list[str] = []
        self._used: list[tuple[Path, str]] = []
        self._made: list[str] = []
        self._numbers = count(1)
        self._first_rows: dict[str, list[Any]] = {}

    def take(self, note: Path) -> str:
        """An empty database for as long as there is a file ``note``, at most until ``empty``."""
        for each in [used for used in self._used if not used[0].exists()]:
            self._used.remove(each)
            self._empty(each[1])
        url = self._free.pop() if self._free else self._make()
        self._used.append((note, url))
        return url

    def empty(self) -> None:
        while self._used:
            note, url = self._used.pop()
            note.unlink(missing_ok=True)
            self._empty(url)

    def drop(self) -> None:
        with psycopg.connect(self._url_of("postgres"), autocommit=True) as server:
            for name in self._made:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _make(self) -> str:
        name = f"tongxing_test_{os.getpid()}_{next(self._numbers)}"
        url = self._url_of(name)
        with psycopg.connect(self._url_of("postgres"), autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        self._made.append(name)
        PostgresEngine(url, Path()).prepare()
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(_RANDOMBLOB)
            session.execute(_ROOM_EVERYWHERE)
            for table in _tables(session):
                rows = session.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
                self._first_rows[table] = rows
        return url

    def _empty(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(_END_THE_OTHERS)
            if sorted(_tables(session)) != sorted(self._first_rows):
                return  # a test has made tables of its own: it is not used again
            emptied = "; ".join(f"DELETE FROM {table}" for table in self._first_rows)  # noqa: S608
            session.execute(f"SET session_replication_role = replica; {emptied}")
            for table, rows in self._first_rows.items():
                for row in rows:
                    places = ", ".join(["%s"] * len(row))
                    session.execute(f"INSERT INTO {table} VALUES ({places})", row)  # noqa: S608
            session.execute(_BEGIN_NUMBERS_ANEW)
        self._free.append(url)


_RANDOMBLOB = """
    CREATE FUNCTION randomblob(size integer) RETURNS bytea LANGUAGE sql VOLATILE
        RETURN substring(sha256(random()::text::bytea) FOR size)
"""
"""What tests of tampering write; SQLite has it."""

_ROOM_EVERYWHERE = ";".join(
    f"CREATE TABLE {table}_{name} PARTITION OF {table} FOR VALUES FROM ({begin}) TO ({end})"
    for table, first_end in (
        ("audit_entries", FIRST_PARTITION.until),
        ("audit_holders", FIRST_PARTITION.until // PART_ENTRIES),
        ("audit_requests", FIRST_PARTITION.until),
    )
    for name, begin, end in (("before", "MINVALUE", 0), ("behind", first_end, "MAXVALUE"))
)
"""So that tests can put entries where the hub would make room later, or never."""

_END_THE_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

_BEGIN_NUMBERS_ANEW = """
    SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'
"""


def _tables(session: psycopg.Connection[Any]) -> list[str]:
    found = session.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return [table for (table,) in found]


class _Use:
    """``pool`` while a test over PostgreSQL runs."""

    pool: _Pool | None = None


@pytest.fixture(scope="session")
def postgres_pool() -> Iterator[_Pool]:
    if _answers(SERVER):
        pool = _Pool(lambda name: f"{SERVER.rpartition('/')[0]}/{name}")
        yield pool
        pool.drop()
    else:
        with new_server() as server:
            server.start(SMALL)
            yield _Pool(server.url)  # dropped with the server


def _answers(url: str) -> bool:
    if not url:
        return False
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error:
        return False
    return True


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.processes)])
def back_end(request: pytest.FixtureRequest) -> Iterator[str]:
    """Its name. ``open_database`` opens it during the test."""
    if request.param == "sqlite":
        yield request.param
        return
    _Use.pool = request.getfixturevalue("postgres_pool")
    try:
        yield request.param
    finally:
        _Use.pool.empty()
        _Use.pool = None
