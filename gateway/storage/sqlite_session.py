"""A connection to an SQLite file, as storage uses it."""

from collections.abc import Iterable, Sequence
from typing import Any

from tongxing.gateway.storage.sqlite_library import sqlite3


class SqliteSession:
    __slots__ = ("connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @property
    def changes(self) -> int:
        return self.connection.total_changes

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        return self.connection.execute(sql, parameters).fetchall()

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self.connection.executemany(sql, rows)

    def announce(self, topics: Iterable[str]) -> None:
        """Nobody to pass it on to: what this process changes it tells itself."""

    def is_over(self) -> bool:
        """A file has no other side."""
        return False

    def close(self) -> None:
        self.connection.close()
