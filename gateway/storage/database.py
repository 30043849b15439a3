"""One database file: its writer and its readers, opened and closed together."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from gateway.storage.errors import StorageUnavailable
from gateway.storage.readers import Readers
from gateway.storage.sqlite import (
    Connect,
    claim_file,
    connect,
    migrate,
    reading_connection,
    writing_connection,
)
from gateway.storage.writer import Transaction, Writer

T = TypeVar("T")


class Database:
    """Made by ``Database.open``; several processes may have the same file open."""

    def __init__(self, path: Path, writer: Writer, readers: Readers) -> None:
        self.path = path
        self._writer = writer
        self._readers = readers

    @classmethod
    def open(cls, path: Path, connect_to: Connect = connect) -> Self:
        """Make or migrate the file, then start the threads. ``connect_to`` stands for the disk.

        Raises StorageRefused for a file that the program does not run with, StorageUnavailable
        where it cannot be opened.
        """
        try:
            _prepare(path, connect_to)
        except (sqlite3.Error, OSError) as error:
            raise StorageUnavailable("the database cannot be opened") from error
        return cls(
            path,
            Writer(partial(writing_connection, path, connect_to)),
            Readers(partial(reading_connection, path, connect_to)),
        )

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """The result of ``work`` once it is durable; see Writer.write."""
        return await self._writer.write(work)

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """The result of ``query``, off the event loop; see Readers.read."""
        return await self._readers.read(query)

    async def close(self) -> None:
        """Finish what waits and close the file. Loses nothing."""
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
