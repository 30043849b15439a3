"""A disk that fails when it is told to, seen through SQLite's own connection; or a server that
does, seen through our session."""

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from tongxing.gateway.storage.postgres.server_session import PostgresSession
from tongxing.gateway.storage.sqlite import connect
from tongxing.gateway.storage.sqlite_library import sqlite3

T = TypeVar("T")


class Moment(Enum):
    BEFORE = "before the statement"
    AFTER = "after the statement was done"


class Disk:
    """``connect`` is handed to ``Database.open``, ``connect_server`` to ``PostgresEngine``. Keeps
    what was ``said`` and counts it; does ``fault`` at the n-th statement from when it was armed, or
    at the first of that text. ``fills`` are those transactions that fill in what is looked up."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.statements = 0
        self.commits = 0
        self.fills = 0
        self.pages: int | None = None
        self.cache_pages: int | None = None
        self._fault_at: int | str | None = None
        self._moment = Moment.BEFORE
        self._fault: Callable[[], None] = fail

    def connect(self, path: Path) -> sqlite3.Connection:
        connection = connect(path, WatchedConnection)
        assert isinstance(connection, WatchedConnection)
        if self.pages is not None:
            connection.execute(f"PRAGMA max_page_count = {self.pages}")
        if self.cache_pages is not None:
            connection.execute(f"PRAGMA cache_size = {self.cache_pages}")
        connection.disk = self
        return connection

    def connect_server(self, url: str) -> PostgresSession:
        session = WatchedSession(url)
        session.disk = self
        return session

    def arm(self, at: int | str, moment: Moment, fault: Callable[[], None]) -> None:
        self.statements = 0
        self._fault_at, self._moment, self._fault = at, moment, fault

    @property
    def has_failed(self) -> bool:
        return self._fault_at is None

    def disarm(self) -> None:
        self._fault_at = None

    def passed(self, moment: Moment, sql: str) -> None:
        if self._fault_at in (self.statements, sql) and moment is self._moment:
            self._fault_at = None
            self._fault()


class WatchedConnection(sqlite3.Connection):
    disk: Disk | None = None

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        return self._watched(sql, lambda: super(WatchedConnection, self).execute(sql, parameters))

    def executemany(self, sql: str, parameters: Iterable[Any]) -> sqlite3.Cursor:
        many = super().executemany
        return self._watched(sql, lambda: many(sql, parameters))

    def _watched(self, sql: str, do: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        disk = self.disk
        if disk is None or sql.startswith("ROLLBACK"):
            return do()
        disk.statements += 1
        disk.said.append(sql)
        disk.passed(Moment.BEFORE, sql)
        cursor = do()
        disk.commits += sql == "COMMIT"
        disk.fills += sql.startswith("UPDATE audit_indexed")
        try:
            disk.passed(Moment.AFTER, sql)
        except sqlite3.Error:
            cursor.close()  # as SQLite does itself with a statement that failed
            raise
        return cursor


class WatchedSession(PostgresSession):
    __slots__ = ("disk",)

    disk: Disk

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        return self._watched(sql, lambda: super(WatchedSession, self).execute(sql, parameters))

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self._watched(sql, lambda: super(WatchedSession, self).execute_many(sql, rows))

    def run(self, statements: str) -> None:
        self._watched(statements, lambda: super(WatchedSession, self).run(statements))

    def commit(self) -> None:
        self._watched("COMMIT", super().commit)

    def _watched(self, sql: str, do: Callable[[], T]) -> T:
        disk = self.disk
        disk.statements += 1
        disk.said.append(sql)
        try:
            disk.passed(Moment.BEFORE, sql)
            result = do()
            disk.commits += sql == "COMMIT"
            disk.fills += sql.startswith("UPDATE audit_indexed")
            disk.passed(Moment.AFTER, sql)
        except sqlite3.Error as error:
            raise psycopg.OperationalError("the connection is lost") from error
        return result


def fail() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    raise error


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
