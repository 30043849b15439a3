"""Reads beside the writer: a few threads, each query on a connection of its own.

A query must be short. With the rollback journal a reader holds up every COMMIT, so whoever reads
much reads it in pieces.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TypeVar

from gateway.storage.errors import StorageUnavailable

T = TypeVar("T")

READER_THREADS = 2


class Readers:
    """``connect`` makes one connection that changes no data."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._threads = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="storage-reader")

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """The result of ``query``, which runs in a reader's thread. Raises StorageUnavailable."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._query, query)
        except (sqlite3.Error, RuntimeError) as error:  # RuntimeError: the threads have ended
            raise StorageUnavailable("storage cannot be read at this moment") from error

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _query(self, query: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._take()
        try:
            result = query(connection)
        except BaseException:
            connection.close()
            raise
        self._idle.put(connection)
        return result

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._connect()
