"""One database: its writer and its readers, opened and closed together.

The seam of storage: what changes goes through ``write`` as a unit of work, what is read through
``read`` or ``fetch``; no store sees a connection. A query must be short: while one reads, the
write-ahead log can only grow, so long reads are done in pieces.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

from tongxing.gateway.storage.appending import LogEnd, SignedHead
from tongxing.gateway.storage.entries import LogLacking
from tongxing.gateway.storage.faults import StorageDamaged, StorageUnavailable
from tongxing.gateway.storage.head_file import HeadFile
from tongxing.gateway.storage.log_names import LogNames, read_log_names
from tongxing.gateway.storage.news import News
from tongxing.gateway.storage.sessions import Engine, Identity, Session
from tongxing.gateway.storage.sqlite import Connect, connect
from tongxing.gateway.storage.sqlite_engine import SqliteEngine
from tongxing.gateway.storage.writer import UnitOfWork, Writer
from tongxing.keys.signed_note import NoteSigner, VerifierKey

T = TypeVar("T")

READER_THREADS = 2


class ReadSession:
    """What a query sees of the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """The rows of one statement, which changes no data."""
        return self._session.execute(sql, parameters)


class Readers:
    """``check`` raises for a session that must not be read from: it is connected to a database that
    lacks what this process has written."""

    def __init__(self, engine: Engine, check: Callable[[Session], object]) -> None:
        self._engine = engine
        self._check = check
        self._identity: Identity | None = None
        self._idle: SimpleQueue[tuple[Identity, Session]] = SimpleQueue()
        self._threads = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="storage-reader")

    async def read(self, query: Callable[[ReadSession], T]) -> T:
        """The result of ``query``, which runs in a reader's thread. Raises StorageUnavailable."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._query, query)
        except Exception as error:
            if self._engine.is_damage(error):
                raise StorageDamaged("the database is damaged") from error
            if isinstance(error, LogLacking):
                raise StorageUnavailable("the database lacks entries that were signed") from error
            # RuntimeError: the threads have ended.
            if self._engine.is_fault(error) or isinstance(error, RuntimeError):
                raise StorageUnavailable("storage cannot be read at this moment") from error
            raise

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        while True:
            try:
                self._idle.get_nowait()[1].close()
            except Empty:
                return

    def _query(self, query: Callable[[ReadSession], T]) -> T:
        identity = self._identity = self._engine.identify(self._identity)
        session = self._take(identity)
        try:
            result = query(ReadSession(session))
        except BaseException:
            session.close()
            raise
        self._idle.put((identity, session))
        return result

    def _take(self, identity: Identity) -> Session:
        """A session of the database that is there now."""
        while True:
            try:
                opened, session = self._idle.get_nowait()
            except Empty:
                return self._checked(self._engine.reading_session())
            if opened == identity and not session.is_over():
                return session
            session.close()

    def _checked(self, session: Session) -> Session:
        try:
            self._check(session)
            self._engine.accept(session)
        except OSError as error:
            session.close()
            raise StorageUnavailable("the head file cannot be read at this moment") from error
        except BaseException:
            session.close()
            raise
        return session


class Database:
    """Made by ``Database.open``; several processes may have the same one open. ``write`` and
    ``read`` are those of its writer and its readers. ``head_file`` lies on this machine;
    ``log_keys`` check what the log's key has signed, if they are known. ``news`` tells this process
    what has been changed. ``names`` are those of its log."""

    def __init__(
        self, engine: Engine, head_file: HeadFile, end: LogEnd, news: News, names: LogNames
    ) -> None:
        self._shows_what_may_go = engine.shows_what_may_go
        self.news = news
        self.names = names
        self.head_file = head_file
        self.log_keys = head_file.keys
        self._engine = engine
        self._end = end
        self._writer = Writer(engine, end, news)
        self._readers = Readers(engine, end.check)
        self.write = self._writer.write
        self.read = self._readers.read

    @classmethod
    def open(
        cls, path: Path, connect_to: Connect = connect, *, signer: NoteSigner | None = None
    ) -> Self:
        """The SQLite file ``path``. Tests hand in ``connect_to`` to let the disk fail. Otherwise as
        ``over``."""
        return cls.over(SqliteEngine(path, connect_to), signer=signer)

    @classmethod
    def over(cls, engine: Engine, *, signer: NoteSigner | None = None) -> Self:
        """Make or migrate the database, then start the threads. ``signer`` signs the checkpoints; a
        command that cannot read the hub's key signs none. Raises as ``Engine.prepare``."""
        engine.prepare()
        names = _log_names(engine)
        if signer is not None:
            signer = signer.named(names.now(signer.verifier.name))
        head_file = HeadFile(engine.head_file, *(() if signer is None else (signer.verifier,)))
        return cls(engine, head_file, LogEnd(head_file, signer), News(), names)

    def named(self, first_name: str) -> str:
        """The name under which the log is signed, which began as ``first_name``."""
        return self.names.now(first_name)

    def sign_with(
        self,
        signer: NoteSigner,
        keys: Sequence[VerifierKey],
        formerly: Sequence[VerifierKey] = (),
    ) -> None:
        """From the next commit on; ``keys`` are those whose word counts. The head file may still
        be signed by one that counted ``formerly``."""
        self.log_keys = tuple(keys)
        self.head_file.keys = (*keys, *formerly)
        self._end.sign_with(signer)

    def sign_no_more(self) -> None:
        """This machine has no key that counts: from now on nothing is recorded here."""
        self._end.sign_no_more()

    @property
    def signed_head(self) -> SignedHead | None:
        """The latest checkpoint; None before the first commit, and in a process that signs none."""
        return self._end.signed

    @property
    def works_waiting(self) -> int:
        """To be written."""
        return self._writer.waiting

    @property
    def lacking(self) -> LogLacking | None:
        """What the database that was connected to last lacks of all that this process, or another
        of this machine, has signed. Nobody is answered from it."""
        return self._end.lacking

    async def look_for_a_later(self) -> None:
        """As ``Engine.look_for_a_later``."""
        await asyncio.to_thread(self._engine.look_for_a_later)

    async def fetch(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """The rows of one statement that changes no data. Raises StorageUnavailable."""
        return await self.read(lambda session: session.execute(sql, parameters))

    async def settle(self) -> None:
        """Returns once all that this process has read is as durable as what it writes: of a server
        it may have read what would be gone if that failed now. Raises StorageUnavailable."""
        if self._shows_what_may_go:
            await self.write(_nothing)

    async def scrub(self) -> bool:
        """As ``Engine.scrub``. Raises StorageUnavailable."""
        try:
            return await asyncio.to_thread(self._engine.scrub)
        except Exception as error:
            if self._engine.is_fault(error):
                raise StorageUnavailable("storage cannot be cleaned at this moment") from error
            raise

    async def close(self) -> None:
        """Finish all work that waits and close the database. Loses nothing."""
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


def _log_names(engine: Engine) -> LogNames:
    """Raises StorageUnavailable."""
    try:
        session = engine.reading_session()
        try:
            return read_log_names(session)
        finally:
            session.close()
    except Exception as error:
        if engine.is_damage(error):
            raise StorageDamaged("the database is damaged") from error
        if engine.is_fault(error):
            raise StorageUnavailable("the database cannot be read") from error
        raise


def _nothing(_unit: UnitOfWork) -> None:
    """Its COMMIT waits for all that came before it."""
