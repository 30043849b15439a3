"""One database file: its writer and its readers, opened and closed together.

The seam of storage: what changes goes through ``write`` as a unit of work, what is read through
``read`` or ``fetch``; no store sees a connection. A query must be short: while one reads, the
write-ahead log can only grow, so long reads are done in pieces.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

from tongxing.gateway.storage.appending import LogEnd, SignedHead
from tongxing.gateway.storage.faults import StorageDamaged, StorageUnavailable
from tongxing.gateway.storage.head_file import HeadFile, head_file_of
from tongxing.gateway.storage.sqlite import (
    Connect,
    FileIdentity,
    Identify,
    claim_file,
    connect,
    file_identity,
    is_damage,
    migrate,
    reading_connection,
    writing_connection,
)
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.writer import Writer
from tongxing.keys.signed_note import NoteSigner

T = TypeVar("T")

READER_THREADS = 2


class ReadSession:
    """What a query sees of the database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """The rows of one statement, which changes no data."""
        return self._connection.execute(sql, parameters).fetchall()


class Readers:
    """``connect`` makes one connection that changes no data; ``identify`` says to which file."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], identify: Identify) -> None:
        self._connect = connect
        self._identify = identify
        self._identity: FileIdentity | None = None
        self._idle: SimpleQueue[tuple[FileIdentity, sqlite3.Connection]] = SimpleQueue()
        self._threads = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="storage-reader")

    async def read(self, query: Callable[[ReadSession], T]) -> T:
        """The result of ``query``, which runs in a reader's thread. Raises StorageUnavailable."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._query, query)
        except (sqlite3.Error, OSError, RuntimeError) as error:
            # OSError: there is no file; RuntimeError: the threads have ended.
            if is_damage(error):
                raise StorageDamaged("the database is damaged") from error
            raise StorageUnavailable("storage cannot be read at this moment") from error

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        while True:
            try:
                self._idle.get_nowait()[1].close()
            except Empty:
                return

    def _query(self, query: Callable[[ReadSession], T]) -> T:
        identity = self._identity = self._identify(self._identity)
        connection = self._take(identity)
        try:
            result = query(ReadSession(connection))
        except BaseException:
            connection.close()
            raise
        self._idle.put((identity, connection))
        return result

    def _take(self, identity: FileIdentity) -> sqlite3.Connection:
        """A connection to the file that is there now."""
        while True:
            try:
                opened, connection = self._idle.get_nowait()
            except Empty:
                return self._connect()
            if opened == identity:
                return connection
            connection.close()


class Database:
    """Made by ``Database.open``; several processes may have the same file open. ``write`` and
    ``read`` are those of its writer and its readers. ``head_file`` lies beside the file."""

    def __init__(
        self, path: Path, head_file: HeadFile, end: LogEnd, writer: Writer, readers: Readers
    ) -> None:
        self.path = path
        self.head_file = head_file
        self._end = end
        self.write = writer.write
        self.read = readers.read
        self._writer = writer
        self._readers = readers

    @classmethod
    def open(
        cls, path: Path, connect_to: Connect = connect, *, signer: NoteSigner | None = None
    ) -> Self:
        """Make or migrate the file, then start the threads. ``signer`` signs the checkpoints; a
        command that cannot read the hub's key signs none. Tests hand in ``connect_to`` to let the
        disk fail.

        Raises StorageRefused for a file that the program does not run with, StorageUnavailable if
        the file cannot be opened, AuditDamaged if an earlier version's log is not whole.
        """
        try:
            _prepare(path, connect_to)
        except (sqlite3.Error, OSError) as error:
            if is_damage(error):
                raise StorageDamaged("the database is damaged") from error
            raise StorageUnavailable("the database cannot be opened") from error
        identify = partial(file_identity, path)
        head_file = HeadFile(head_file_of(path), None if signer is None else signer.verifier)
        end = LogEnd(head_file, signer)
        return cls(
            path,
            head_file,
            end,
            Writer(partial(writing_connection, path, connect_to), identify, end),
            Readers(partial(reading_connection, path, connect_to), identify),
        )

    @property
    def signed_head(self) -> SignedHead | None:
        """The latest checkpoint; None before the first commit, and in a process that signs none."""
        return self._end.signed

    async def fetch(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """The rows of one statement that changes no data. Raises StorageUnavailable."""
        return await self.read(lambda session: session.execute(sql, parameters))

    async def close(self) -> None:
        """Finish all work that waits and close the file. Loses nothing."""
        await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self._readers.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def _prepare(path: Path, connect_to: Connect) -> None:
    claim_file(path)
    connection = writing_connection(path, connect_to)
    try:
        migrate(connection)
    finally:
        connection.close()
