"""One SQLite file as the database of a hub."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from tongxing.gateway.storage.faults import StorageDamaged, StorageUnavailable
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.sessions import Identity, Session
from tongxing.gateway.storage.sqlite import (
    Connect,
    FileIdentity,
    claim_file,
    connect,
    empty_write_ahead_log,
    file_identity,
    is_damage,
    migrate,
    reading_connection,
    refuse_another_form,
    transaction,
    write_links_anew,
    writing_connection,
)
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.sqlite_session import SqliteSession


class SqliteEngine:
    """``connect_to`` makes a bare connection; tests hand in one whose disk fails."""

    shows_what_may_go = False

    def __init__(self, path: Path, connect_to: Connect = connect) -> None:
        self._path = path
        self._connect_to = connect_to
        self.head_file = head_file_of(path)

    def prepare(self) -> None:
        try:
            claim_file(self._path)
            connection = writing_connection(self._path, self._connect_to)
            try:
                migrate(connection)
            finally:
                connection.close()
        except (sqlite3.Error, OSError) as error:
            if is_damage(error):
                raise StorageDamaged("the database is damaged") from error
            raise StorageUnavailable("the database cannot be opened") from error

    def identify(self, opened: Identity | None) -> Identity:
        return file_identity(self._path, cast("FileIdentity | None", opened))

    def accept(self, session: Session) -> None:
        """There is one file at a path."""

    def look_for_a_later(self) -> None:
        """``identify`` looks at the file each time."""

    def scrub(self) -> bool:
        connection = writing_connection(self._path, self._connect_to)
        try:
            with transaction(connection):
                refuse_another_form(connection)
                write_links_anew(connection)
            return empty_write_ahead_log(connection)
        finally:
            connection.close()

    def writing_session(self) -> Session:
        return SqliteSession(writing_connection(self._path, self._connect_to))

    def reading_session(self) -> Session:
        return SqliteSession(reading_connection(self._path, self._connect_to))

    @contextmanager
    def transaction(self, session: Session) -> Iterator[None]:
        """Raises StorageUnavailable if a newer program has changed the tables meanwhile."""
        connection = cast("SqliteSession", session).connection
        with transaction(connection):
            refuse_another_form(connection)
            yield

    def is_fault(self, error: BaseException) -> bool:
        """An OSError: there is no file."""
        return isinstance(error, sqlite3.Error | OSError)

    def is_damage(self, error: BaseException) -> bool:
        return is_damage(error)
