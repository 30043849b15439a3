"""What makes a PostgreSQL server the database of a hub: one order, and a COMMIT that is durable.

One advisory lock is held from the first statement of a transaction to its COMMIT, so that works run
one after another over all processes, as they do in a file, and the log's indexes follow the order
of the commits. That COMMIT does not wait for the disk, or every process would wait for it under the
lock. A second, empty transaction does: its flush covers all that was written before it, is shared
with whoever flushes at the same time, and waits for the replicas that the server is told to wait
for. Nobody learns of anything before it (docs/decisions/0047-many-workers.md).
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import cast

from tongxing.gateway.storage.faults import StorageRefusal, StorageRefused, StorageUnavailable
from tongxing.gateway.storage.postgres.primaries import Primaries
from tongxing.gateway.storage.postgres.server_session import (
    DAMAGE,
    DATABASE_ERRORS,
    IDLE_SECONDS,
    INTERVAL_SECONDS,
    PROBES,
    UNACKNOWLEDGED_MILLISECONDS,
    PostgresSession,
)
from tongxing.gateway.storage.postgres.server_tables import SERVER_MIGRATIONS
from tongxing.gateway.storage.sessions import Identity, Session

SERVER_SCHEMA_VERSION = len(SERVER_MIGRATIONS)

LOCKS = 0x54584E47
"""``TXNG``: the first half of our advisory locks."""

_ORDER, _RUNNING = 1, 2
"""The second half: held by one transaction at a time; held shared by every process that has the
database open, and alone by one that changes its tables."""

BEGIN_LOCKED = (
    f"BEGIN; SET LOCAL synchronous_commit = off; SELECT pg_advisory_xact_lock({LOCKS}, {_ORDER})"
)
NOT_LET_IN = (
    "数据库服务器不让连接，请核对地址、账号、密码和库名，用 psql 可知详情 the database server "
    "lets nobody in: check the address, the account, the password and the database's name; psql "
    "says more"
)
"""The driver's own words may repeat the password."""

NO_TABLES = (
    "数据库中不能建立或读取平台的表，请给它一个属于该账号的空库 the hub's tables cannot be made or "
    "read there: give the hub an empty database that belongs to its account"
)

MIGRATION_SECONDS = 10
SCRUB_SECONDS = 2
"""How long a process waits for another that makes the tables."""

SILENT_SECONDS = 5
"""How long a process may say nothing within a transaction, while it has everybody's lock: its
machine may be asleep or cut off, which a server learns in hours. What is rolled back nobody was
told."""

STATEMENT_SECONDS = 8
"""How long a statement may take, above all one that waits: for the lock of a process that falls
silent with it, or for a standby that is gone. Nobody waits for its answer any more."""

_IN_A_SESSION = (
    "SET default_transaction_isolation = 'read committed'; "
    f"SET idle_in_transaction_session_timeout = '{SILENT_SECONDS}s'; "
    f"SET statement_timeout = '{STATEMENT_SECONDS}s'; "
    f"SET tcp_user_timeout = {UNACKNOWLEDGED_MILLISECONDS}; "
    f"SET tcp_keepalives_idle = {IDLE_SECONDS}; "
    f"SET tcp_keepalives_interval = {INTERVAL_SECONDS}; "
    f"SET tcp_keepalives_count = {PROBES}"
)
_RUNS = f"SELECT pg_advisory_lock_shared({LOCKS}, {_RUNNING})"
_WAITS_FOR_NOTHING = ("off", "local", "remote_write")


class PostgresEngine:
    """``url`` is that of the settings; ``head_file`` lies on this machine, for this machine's
    processes. ``connect_to`` makes a session; tests hand in one that fails."""

    shows_what_may_go = True

    def __init__(
        self,
        url: str,
        head_file: Path,
        connect_to: Callable[[str], PostgresSession] = PostgresSession,
    ) -> None:
        self._primaries = Primaries(url, connect_to)
        self.head_file = head_file

    def prepare(self) -> None:
        try:
            session = self._primaries.connect()
        except DATABASE_ERRORS as error:
            raise StorageUnavailable(NOT_LET_IN) from error
        try:
            _check_server(session)
            _migrate(session)
        except DATABASE_ERRORS as error:
            raise StorageUnavailable(NO_TABLES) from error
        finally:
            session.close()

    def form(self) -> int:
        """Of the tables that are there; 0 if there are none. Raises StorageRefused for newer
        ones, StorageUnavailable."""
        try:
            with closing(self._primaries.connect()) as session:
                return _checked_version(session)
        except DATABASE_ERRORS as error:
            raise StorageUnavailable(NOT_LET_IN) from error

    def identify(self, opened: Identity | None) -> Identity:  # noqa: ARG002 - a file can be replaced
        """A server that is replaced may live on, and its connections with it; but once a later
        one was seen, they are no longer those of the database."""
        return self._primaries.timeline

    def accept(self, session: Session) -> None:
        self._primaries.accept(cast("PostgresSession", session))

    def look_for_a_later(self) -> None:
        with suppress(*DATABASE_ERRORS):  # whoever uses it will notice
            self._primaries.look()

    def writing_session(self) -> Session:
        session = self._primaries.connect()
        try:
            session.run(_IN_A_SESSION)
            session.run(_RUNS)
            _check_version(session)
            ((waits,),) = session.execute("SHOW synchronous_commit")
            if waits in _WAITS_FOR_NOTHING:
                session.run("SET synchronous_commit = on")
        except BaseException:
            session.close()
            raise
        return session

    def scrub(self) -> bool:
        """The table of the secrets is written anew, in another file. The others are too large for
        that; the server vacuums them by itself."""
        session = self._primaries.connect()
        try:
            session.run(f"{_IN_A_SESSION}; SET lock_timeout = '{SCRUB_SECONDS}s'")
            session.run("VACUUM FULL holder_seals")
        finally:
            session.close()
        return True

    def reading_session(self) -> Session:
        session = self._primaries.connect()
        try:
            session.run(f"{_IN_A_SESSION}; SET default_transaction_read_only = on")
        except BaseException:
            session.close()
            raise
        return session

    @contextmanager
    def transaction(self, session: Session) -> Iterator[None]:
        here = cast("PostgresSession", session)
        here.run(BEGIN_LOCKED)
        try:
            yield
            here.commit()
        except BaseException:
            with suppress(*DATABASE_ERRORS):  # the first error is the one to tell
                here.roll_back()
            raise
        here.flush()

    def is_fault(self, error: BaseException) -> bool:
        return isinstance(error, DATABASE_ERRORS)

    def is_damage(self, error: BaseException) -> bool:
        return isinstance(error, DAMAGE)


def _check_server(session: PostgresSession) -> None:
    """Raises StorageRefused for a server whose COMMIT means nothing, or that cannot hold every
    text."""
    for setting, needed in (
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("server_encoding", "UTF8"),
    ):
        ((found,),) = session.execute(f"SHOW {setting}")
        if found != needed:
            raise StorageRefused(
                StorageRefusal.NOT_DURABLE,
                f"数据库服务器须设 {setting} = {needed} the server has {setting} = {found}: "
                f"it must be {needed}",
            )


def _migrate(session: PostgresSession) -> None:
    """Raises StorageRefused if other processes run with an earlier version of the tables."""
    if server_version(session) == SERVER_SCHEMA_VERSION:
        return
    session.run(f"SET lock_timeout = '{MIGRATION_SECONDS}s'")
    try:
        session.run(f"SELECT pg_advisory_lock({LOCKS}, {_RUNNING})")
    except DATABASE_ERRORS as error:
        raise StorageRefused(
            StorageRefusal.OLDER_SCHEMA,
            "其他进程仍在使用旧版数据表，请先停止它们 other processes run with earlier tables: "
            "stop them, then start this one",
        ) from error
    session.run("BEGIN")
    for step in SERVER_MIGRATIONS[_checked_version(session) :]:
        for statement in step:
            session.run(statement)
    session.run(f"{_NOTE_VERSION}; COMMIT")


_NOTE_VERSION = f"""
    CREATE TABLE IF NOT EXISTS tongxing (version BIGINT NOT NULL);
    DELETE FROM tongxing;
    INSERT INTO tongxing (version) VALUES ({SERVER_SCHEMA_VERSION})
"""  # noqa: S608 - constants


def server_version(session: Session) -> int:
    """0 for a database without our tables."""
    ((table,),) = session.execute("SELECT to_regclass('tongxing')::text")
    if table is None:
        return 0
    ((version,),) = session.execute("SELECT max(version) FROM tongxing")
    return int(version or 0)


def _checked_version(session: Session) -> int:
    """Raises StorageRefused for tables that this program does not know."""
    version = server_version(session)
    if version > SERVER_SCHEMA_VERSION:
        raise StorageRefused(
            StorageRefusal.NEWER_SCHEMA,
            f"the database has schema version {version}, this program knows "
            f"{SERVER_SCHEMA_VERSION}: run the program that wrote it, or a newer one",
        )
    return version


def _check_version(session: Session) -> None:
    """Raises StorageUnavailable: the process was started with other tables."""
    if server_version(session) != SERVER_SCHEMA_VERSION:
        raise StorageUnavailable("the tables of the database are not those of this program")
