"""The one writer of this process: a thread, a session, and groups of work.

All work that waits is done in one transaction and committed once, up to a heavy one, which is the
last of its group; a caller learns the result only after COMMIT returned. If anything in a group
fails, all of the group is rolled back, all of its callers are told, and the next group begins with
a new session. What is asked for during one turn of an event loop is handed over together: to wake
the thread costs more than most works do.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from tongxing.gateway.storage.appending import Group, LogEnd, Logged
from tongxing.gateway.storage.entries import ENTRY_COLUMNS, AuditRow
from tongxing.gateway.storage.faults import KeptWithoutMark, StorageUnavailable
from tongxing.gateway.storage.indexing import Backlog, fill, unindexed_entries
from tongxing.gateway.storage.news import News, Topic
from tongxing.gateway.storage.sessions import Engine, Identity, Session
from tongxing.gateway.storage.tree import ADD_NODES

T = TypeVar("T")

GROUP_MAX_WORKS = 4_096
"""Most works in one transaction; bounds the time for which other processes wait."""

HEAVY_ROWS = 32
"""A work that changes or appends so many is the last of its group: a piece of a manifest takes some
5 ms. Whoever comes with it waits for one such piece, however many manifests there are."""

QUEUE_MAX_WORKS = 32_768
"""Most works that may wait; more are refused at once, because they would only time out later."""


KEPT_WITHOUT_MARK = "storage kept this, but could not mark its place beside the database"


class UnitOfWork:
    """What is committed together: changes, and the audit records of these changes. Shared by all
    works of one group."""

    def __init__(self, session: Session, end: LogEnd) -> None:
        self._session = session
        self._end = end
        self._group: Group | None = None
        self.announced: set[Topic] = set()
        self._read: dict[tuple[str, tuple[object, ...]], list[Any]] = {}
        self._read_at = -1

    @property
    def written(self) -> int:
        """Rows changed by this session, and entries appended, which are inserted before
        COMMIT."""
        return self._session.changes + self.appended

    @property
    def appended(self) -> int:
        """Entries of the audit log."""
        return 0 if self._group is None else len(self._group.rows())

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        return self._session.execute(sql, parameters)

    def read_once(self, sql: str, parameters: tuple[object, ...]) -> list[Any]:
        """The rows of a statement that changes nothing. Works of one group that ask the same get
        the same, unless anything was changed between them."""
        changes = self._session.changes
        if changes != self._read_at:
            self._read, self._read_at = {}, changes
        asked = sql, parameters
        found = self._read.get(asked)
        if found is None:
            found = self._read[asked] = self.execute(sql, parameters)
        return found

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self._session.execute_many(sql, rows)

    def next_index(self) -> int:
        """The place in the log of what is recorded next."""
        self._group = self._group or self._end.begin(self)
        return self._group.growth.size

    def record(self, rows: Sequence[AuditRow]) -> Sequence[Logged]:
        """Append ``rows`` to the audit log; the place of each, in order. They are encoded before
        the work begins if possible: a record that cannot be encoded fails the whole group. What the
        works of a group record is inserted together, before COMMIT: none of them sees it."""
        # The end of the log is read once for each group; within it, works append one after another.
        self._group = self._group or self._end.begin(self)
        return [self._group.append(row) for row in rows]

    def announce(self, topic: Topic) -> None:
        """Tell every process of the hub, once this is committed, that it has to read again. For
        what happens rarely: commits that announce anything take turns on the whole server."""
        self.announced.add(topic)

    def before_commit(self) -> None:
        """What can be known to fail fails here, while nothing is kept yet. Raises OSError,
        AuditDamaged."""
        if self._group is not None:
            self.execute_many(_APPEND, self._group.rows())
            self.execute_many(ADD_NODES, self._group.nodes())
        elif self._end.signs:  # what a command has appended is signed soon
            self._group = self._end.begin(self)
        if self.announced:
            self._session.announce(sorted(self.announced))
        self._end.before_commit()

    def committed(self) -> None:
        """COMMIT returned, and no caller has been told yet. Raises KeptWithoutMark."""
        if self._group is None:
            return
        try:
            self._end.committed(self._group)
        except OSError as error:
            raise KeptWithoutMark(KEPT_WITHOUT_MARK) from error


Work = Callable[[UnitOfWork], object]
"""Done in the writer's thread, inside its transaction."""

_APPEND = f"INSERT INTO audit_entries ({ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants


class _Waiting(NamedTuple):
    work: Callable[[UnitOfWork], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


_Gathered = list[_Waiting]


@dataclass(frozen=True, slots=True)
class _Failure:
    cause: BaseException


class Writer:
    """``engine`` opens a session in the writer's thread, at the start and after every failure.
    ``news`` is told what works announce, in the event loops that asked for them."""

    def __init__(self, engine: Engine, end: LogEnd, news: News) -> None:
        self.news = news
        self._announced: set[Topic] = set()
        self._engine = engine
        self._identity: Identity | None = None
        self._end = end
        self._backlog = Backlog()
        self._session: Session | None = None
        self._gate = threading.Lock()
        self._closed = False
        self._waiting = 0
        self._gathered: dict[asyncio.AbstractEventLoop, _Gathered] = {}
        self._queue: SimpleQueue[_Gathered | None] = SimpleQueue()
        self._left: _Gathered = []
        self._ends = False
        # A daemon, so that a program that forgot to close still ends; no caller waits by then.
        self._thread = threading.Thread(target=self._run, name="storage-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Works that nobody has begun."""
        return self._waiting

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """The result of ``work``, once it is on disk. Raises StorageUnavailable. ``work`` runs in
        the writer's thread and must be short: prepare before it whatever can be prepared."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._gate:
            if self._closed or self._waiting >= QUEUE_MAX_WORKS:
                raise StorageUnavailable("storage is closed or takes no more at this moment")
            self._waiting += 1
            gathered = self._gathered.get(loop)
            if gathered is None:
                gathered = self._gathered[loop] = []
                loop.call_soon(self._hand_over, loop)
            gathered.append(_Waiting(work, loop, future))
        return await future

    def close(self) -> None:
        """Do all work that waits, then stop. Blocks until done."""
        with self._gate:
            if not self._closed:
                self._closed = True
                for gathered in self._gathered.values():  # their loops need not turn once more
                    self._queue.put(gathered)
                self._gathered.clear()
                self._queue.put(None)
        self._thread.join()

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """At the end of a turn of ``loop``."""
        with self._gate:
            gathered = self._gathered.pop(loop, None)
            if gathered is not None:
                self._queue.put(gathered)

    def _run(self) -> None:
        while group := self._next_group():
            results = self._commit(group)
            tell = partial(self.news.tell, self._announced)
            self._put_back(group[_deliver(group, results, tell) :])
            if not self._ends:
                self._keep_up()
        self._drop_session()
        self._end.close()

    def _next_group(self) -> _Gathered:
        """All work that waits, up to the limit; waits for the first work. None of it once the
        writer was closed and everything is done."""
        group, self._left = self._left, []
        while not self._ends and len(group) < GROUP_MAX_WORKS:
            try:
                gathered = self._queue.get(block=not group)
            except Empty:
                break
            if gathered is None:
                self._ends = True
            else:
                group += gathered
        self._left = group[GROUP_MAX_WORKS:]
        del group[GROUP_MAX_WORKS:]
        with self._gate:
            self._waiting -= len(group)
        return group

    def _put_back(self, group: _Gathered) -> None:
        """They come first in the next group."""
        self._left = group + self._left
        with self._gate:
            self._waiting += len(group)

    def _commit(self, group: list[_Waiting]) -> list[Any] | _Failure:
        self._announced = set()
        try:
            return self._do(group)
        except Exception as error:  # noqa: BLE001 - the callers must be told of any failure
            self._drop_session()
            return _Failure(error)

    def _do(self, group: list[_Waiting]) -> list[Any]:
        session = self._connected()
        unit = UnitOfWork(session, self._end)
        self._announced = unit.announced
        with self._engine.transaction(session):
            results = _done(group, unit)
            unit.before_commit()
        self._backlog.grew(unit.appended)
        unit.committed()
        return results

    def _keep_up(self) -> None:
        """Nobody waits for what is done here, but for its end."""
        left = self._backlog.blocks_in_a_turn()
        while left and self._backlog.is_due(is_busy=self._is_waited_for()):
            self._fill()
            left -= self._is_waited_for()

    def _is_waited_for(self) -> bool:
        return bool(self._left) or not self._queue.empty()

    def _fill(self) -> None:
        try:
            session = self._connected()
            with self._engine.transaction(session):
                behind = fill(session, 1)
        except Exception:  # noqa: BLE001 - it is tried again, and no answer depends on it
            self._drop_session()
            self._backlog.failed()
        else:
            self._backlog.filled(behind)

    def _connected(self) -> Session:
        """To the database that is there now: what is written to a file that was moved away is lost
        to whoever opens the database next."""
        identity = self._engine.identify(self._identity)
        if identity != self._identity or (self._session is not None and self._session.is_over()):
            self._drop_session()
        if self._session is None:
            self._session, self._identity = self._engine.writing_session(), identity
            self._end.connected(UnitOfWork(self._session, self._end))
            self._engine.accept(self._session)
            self._backlog.counted(unindexed_entries(self._session))
        return self._session

    def _drop_session(self) -> None:
        """After a failure the session is not trusted; a new one finds what is on disk, and rolls
        back what is half written."""
        session, self._session = self._session, None
        if session is not None:
            session.close()


def _done(group: list[_Waiting], unit: UnitOfWork) -> list[Any]:
    """The results of the works that come first in ``group``, up to a heavy one; the others are left
    for the next transaction."""
    results: list[Any] = []
    for waiting in group:
        written = unit.written
        results.append(waiting.work(unit))
        if unit.written - written >= HEAVY_ROWS:
            break
    return results


def _deliver(group: list[_Waiting], results: list[Any] | _Failure, tell: Callable[[], None]) -> int:
    """Wake the callers whose work was done, with one call into each event loop; how many. A failure
    is all the group's. ``tell`` comes first, also after a failure: it may have been kept."""
    outcomes = [results] * len(group) if isinstance(results, _Failure) else results
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]]
    by_loop = {waiting.loop: [] for waiting in group}
    for (_, loop, future), outcome in zip(group, outcomes, strict=False):
        by_loop[loop].append((future, outcome))
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, settled, tell)
        except RuntimeError:
            continue  # the loop was closed, so its callers are gone
    return len(outcomes)


def _told(cause: BaseException) -> StorageUnavailable:
    """One for each caller: they may raise it at the same time."""
    if isinstance(cause, KeptWithoutMark):
        error: StorageUnavailable = KeptWithoutMark(KEPT_WITHOUT_MARK)
    else:
        error = StorageUnavailable("storage does not know that it recorded this")
    error.__cause__ = cause
    return error


def _settle(settled: list[tuple[asyncio.Future[Any], Any]], tell: Callable[[], None]) -> None:
    tell()
    for future, outcome in settled:
        if future.done():
            continue  # the caller gave up; what was recorded stays recorded
        if isinstance(outcome, _Failure):
            future.set_exception(_told(outcome.cause))
        else:
            future.set_result(outcome)
