"""The city's SQLite file; everything that one event changes is kept whole or not at all.

One process, one connection, one thread. The file holds documents in the clear, as the city's own
system must. It lies in the issuer's directory, which only its owner can read.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

_APPLICATION_ID = 0x5A4A4331
_VERSION = 1
_CACHE_KIB = 65_536

_TABLES = """
CREATE TABLE holders (ordinal INTEGER PRIMARY KEY, due_at INTEGER, state BLOB NOT NULL);
CREATE INDEX holders_due ON holders (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE applications (ordinal INTEGER PRIMARY KEY, place TEXT NOT NULL);
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY, ordinal INTEGER NOT NULL, at INTEGER NOT NULL,
    event TEXT NOT NULL, state BLOB NOT NULL);
CREATE TABLE tallies (
    figure TEXT NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (figure, hour)) WITHOUT ROWID;
CREATE TABLE newcomers (
    ordinal INTEGER PRIMARY KEY, kind TEXT NOT NULL, number TEXT NOT NULL, name TEXT NOT NULL,
    UNIQUE (kind, number));
CREATE TABLE controls (ordinal INTEGER PRIMARY KEY, began_at INTEGER NOT NULL);
CREATE TABLE households (
    member INTEGER NOT NULL, controlled INTEGER NOT NULL,
    PRIMARY KEY (member, controlled)) WITHOUT ROWID;
CREATE TABLE stays (
    ordinal INTEGER NOT NULL, region TEXT NOT NULL,
    first_day INTEGER NOT NULL, last_day INTEGER NOT NULL,
    PRIMARY KEY (ordinal, region, first_day, last_day)) WITHOUT ROWID;
CREATE TABLE handovers (
    seq INTEGER PRIMARY KEY, ordinal INTEGER NOT NULL, district TEXT NOT NULL,
    region TEXT NOT NULL, day INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE INDEX handovers_of ON handovers (ordinal);
CREATE TABLE notices (
    seq INTEGER PRIMARY KEY, number TEXT NOT NULL, name TEXT NOT NULL,
    text TEXT NOT NULL, at INTEGER NOT NULL);
"""

Row = tuple[Any, ...]


class NotTheCitysBooks(Exception):
    """The file belongs to another program, or to another version of this one."""


class Store:
    """Made by ``Store.open``. Every write happens inside ``transaction``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._depth = 0

    @classmethod
    def open(cls, path: Path) -> Self:
        """Makes the file if it is missing. Raises NotTheCitysBooks, sqlite3.Error."""
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """On disk when the outermost transaction ends; undone if anything in it fails."""
        if self._depth == 0:
            self._connection.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._end("ROLLBACK")
            raise
        self._end("COMMIT")

    def _end(self, how: str) -> None:
        self._depth -= 1
        if self._depth:
            return
        try:
            self._connection.execute(how)
        except sqlite3.Error:
            self._connection.rollback()
            raise

    def run(self, statement: str, values: Sequence[object] = ()) -> None:
        self._connection.execute(statement, values)

    def row(self, query: str, values: Sequence[object] = ()) -> Row | None:
        found: Row | None = self._connection.execute(query, values).fetchone()
        return found

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        self._connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    # One flush for a declaration in place of four. What older libraries lose in this mode, they
    # lose with a second connection (decision 40); there is one.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if (application, version, tables) == (0, 0, 0):
        connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} {_MARK} COMMIT;")
    elif (application, version) != (_APPLICATION_ID, _VERSION):
        raise NotTheCitysBooks


_MARK = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION};"
