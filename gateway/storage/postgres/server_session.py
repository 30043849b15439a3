"""A connection to a PostgreSQL server, as storage uses it.

The only file that knows the driver (psycopg 3, with its own C library). Statements come with ``?``
for each value, as SQLite takes them; the server numbers them.
"""

import logging
import select
from collections.abc import AsyncGenerator, Iterable, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Self

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper

DATABASE_ERRORS = (psycopg.Error,)
DAMAGE = (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted)
"""The server's own word that a page or an index makes no sense."""

CHANNEL = "tongxing"
"""Of what is announced in the hub's database."""

REMEMBERED_STATEMENTS = 512
"""Texts whose places are numbered already. There are some 150, and a few for each length of a
list."""

CONNECT_SECONDS = 2
UNACKNOWLEDGED_MILLISECONDS = 5_000
IDLE_SECONDS, INTERVAL_SECONDS, PROBES = 5, 2, 2
"""How long a machine that is silent is believed to be there: 5 s if something was sent to it, 9 s
if nothing was. A deadline is 3 s, so nobody waits for it any more, and a network that drops a few
packets recovers before. Asked of both sides: the server's own default is two hours, and for so long
it would keep the locks of a machine that is gone."""

UNANSWERED_SECONDS = 15.0
"""How long a statement may take, seen from here: where something between the two acknowledges for
a server that says nothing, no setting of TCP helps. Longer than the server itself allows
(``server_engine``), so that the server's own word comes first."""

_ALIVE = {
    "connect_timeout": CONNECT_SECONDS,
    "tcp_user_timeout": UNACKNOWLEDGED_MILLISECONDS,
    "keepalives_idle": IDLE_SECONDS,
    "keepalives_interval": INTERVAL_SECONDS,
    "keepalives_count": PROBES,
    "target_session_attrs": "read-write",
    "client_encoding": "utf8",
    "application_name": "tongxing",
}
"""A standby is never read from: it does not know yet what this process has been told."""

FLUSH = "SELECT pg_logical_emit_message(true, 'tongxing', '')"
"""A transaction of its own that changes nothing and is written all the same."""

_TIMELINE = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"

logging.getLogger("psycopg").addHandler(logging.NullHandler())
"""What it warns of is raised too; on standard error there are events alone."""


class _Connection(psycopg.Connection[tuple[Any, ...]]):
    """One that ends rather than wait for ever."""

    def wait(
        self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = UNANSWERED_SECONDS
    ) -> RV:
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                self.close()  # it is not asked to roll back: that would be waited for again
            raise


class PostgresSession:
    """In autocommit mode: a transaction begins with BEGIN and with nothing else."""

    __slots__ = (
        *("_connection", "_cursor", "_is_warned", "_rows", "_unasked"),
        *("changes", "timeline"),
    )

    def __init__(self, url: str) -> None:
        """Raises psycopg.Error."""
        self._connection = _Connection.connect(url, autocommit=True, **_ALIVE)  # type: ignore[arg-type]
        self._connection.add_notice_handler(self._heard)
        self._is_warned = False
        # One kind of number: a statement is prepared once, not once for each size of its values.
        self._connection.adapters.register_dumper(int, Int8Dumper)
        self._connection.adapters.register_dumper(int, Int8BinaryDumper)
        self._cursor = psycopg.RawCursor(self._connection)
        self._unasked = select.poll()
        self._unasked.register(self._connection, select.POLLIN)
        self._rows: list[tuple[str, list[Sequence[object]]]] = []
        self.changes = 0
        self.timeline = 0

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        self._send_rows()
        cursor = self._cursor.execute(_numbered(sql), parameters, binary=True)
        if cursor.description is None:
            self.changes += max(0, cursor.rowcount)
            return []
        if not _reads(cursor.statusmessage):
            self.changes += cursor.rowcount
        return cursor.fetchall()

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """They leave with the next statement: others wait for every exchange with the server."""
        several = list(rows)
        if several:
            self._rows.append((_numbered(sql), several))
            self.changes += len(several)

    def announce(self, topics: Iterable[str]) -> None:
        """The server passes it on at the COMMIT, to every session that listens."""
        self.execute_many(_ANNOUNCE, [(CHANNEL, topic) for topic in topics])

    def commit(self) -> None:
        """With the rows that have not left yet."""
        with self._connection.pipeline():
            self._send_rows()
            self._connection.execute("COMMIT")

    def flush(self) -> None:
        """Return once all that was committed before is as durable as the server is told to make it.
        Raises psycopg.Error. A server that gives up waiting for its standby (somebody cancels the
        statement, or it takes too long) says so in a warning, and calls it a success."""
        self._is_warned = False
        self.run(FLUSH)
        if self._is_warned:
            raise psycopg.OperationalError("the server has not waited for its standby")

    def _heard(self, notice: psycopg.errors.Diagnostic) -> None:
        self._is_warned |= notice.severity_nonlocalized == "WARNING"

    def see_timeline(self) -> None:
        """``timeline``: how often a standby has become the primary, up to this one. Of two
        primaries the one of the larger number came later. Raises psycopg.Error."""
        ((timeline,),) = self.execute(_TIMELINE)
        self.timeline = int(timeline, 16)

    def run(self, statements: str) -> None:
        """Several statements without values, separated by semicolons, in one exchange."""
        self._connection.execute(statements)

    def roll_back(self) -> None:
        """If a transaction is open."""
        self._rows = []
        if not self._connection.closed:
            self._connection.rollback()

    def _send_rows(self) -> None:
        rows, self._rows = self._rows, []
        for sql, several in rows:
            self._cursor.executemany(sql, several)

    def is_over(self) -> bool:
        """A server that says something without being asked says goodbye, or is gone. Whatever else
        it may be costs a new connection."""
        return self._connection.closed or bool(self._unasked.poll(0))

    def close(self) -> None:
        self._connection.close()


class ListeningSession:
    """Made by ``open``. Hears what is announced in its database; used in an event loop."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: str) -> Self:
        """All that is committed from now on is heard. Raises psycopg.Error."""
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True, **_ALIVE)  # type: ignore[arg-type]
        opened = cls(connection)
        try:
            await connection.execute(f"LISTEN {CHANNEL}")
        except BaseException:
            await opened.aclose()
            raise
        return opened

    async def notifications(self) -> AsyncGenerator[str, None]:
        """What is announced, as it comes. Raises psycopg.Error once the session has ended."""
        async for each in self._connection.notifies():
            yield each.payload

    async def aclose(self) -> None:
        await self._connection.close()


_ANNOUNCE = "SELECT pg_notify(?, ?)"


def _reads(status: str | None) -> bool:
    return status is not None and status.startswith(("SELECT", "SHOW"))


@lru_cache(REMEMBERED_STATEMENTS)
def _numbered(sql: str) -> str:
    """No statement of ours has a question mark in a text."""
    numbers = count(1)
    return "".join(f"${next(numbers)}" if c == "?" else c for c in sql)
