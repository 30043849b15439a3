"""Opens the database file: who owns it, who may read it, and that a COMMIT means "on disk".

Refuses a file or a directory that others may read, a file of another program, and one that a newer
program wrote; and to know what is stored.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tongxing.gateway.storage.adoption import adopt_chain
from tongxing.gateway.storage.faults import (
    StorageDamaged,
    StorageRefusal,
    StorageRefused,
    StorageUnavailable,
)
from tongxing.gateway.storage.indexing import fill_all
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.sqlite_session import SqliteSession
from tongxing.gateway.storage.tables import (
    APPLICATION_ID,
    INDEXED_BEHIND_SINCE,
    MIGRATIONS,
    TREE_SINCE,
)

LOST_WRITES_MENDED_IN = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""Before these releases of their lines, two connections in WAL mode can lose a committed write
when one of them resets the log (the release notes of 3.51.3)."""


@dataclass(frozen=True, slots=True)
class Durability:
    journal_mode: str
    synchronous: str
    reason: str


ROLLBACK_JOURNAL = Durability(
    "delete",
    "EXTRA",
    "此版本的 WAL 日志可能丢失已提交的数据，故用回滚日志，无须处理 "
    "in WAL mode this SQLite can lose committed writes, so the hub uses a rollback journal",
)
WRITE_AHEAD_LOG = Durability(
    "wal", "FULL", "WAL 日志，每次提交都写入磁盘 WAL mode, the log flushed with every commit"
)


def durability(version: tuple[int, int, int]) -> Durability:
    """WAL if it is safe, else the rollback journal, whose directory is flushed as well."""
    return WRITE_AHEAD_LOG if _is_mended(version) else ROLLBACK_JOURNAL


def _is_mended(version: tuple[int, int, int]) -> bool:
    if version >= LOST_WRITES_MENDED_IN[-1]:
        return True
    return any(version[:2] == mended[:2] and version >= mended for mended in LOST_WRITES_MENDED_IN)


WRITE_AHEAD_LOG_BYTES = 64 * 1024 * 1024
"""What the log of a busy time may keep of the disk afterwards."""

BUSY_TIMEOUT_SECONDS = 5.0
"""How long a COMMIT waits for readers, and a reader for a COMMIT."""

MOST_WRITTEN_ANEW = 100_000
"""Links that are written anew when an epoch is destroyed: nobody else writes for under a second."""

TURN_ATTEMPTS = 5_000
TURN_PAUSE_SECONDS = 0.001
"""How a transaction waits for one of another process: SQLite's own waiting grows to 100 ms between
two tries, so that a busy process keeps the file for seconds while another one starves."""

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

_PRIMARY_CODE = 0xFF
"""The low byte of SQLite's result codes says what failed; the bytes above it say why."""

SCHEMA_VERSION = len(MIGRATIONS)

Connect = Callable[[Path], sqlite3.Connection]
"""Makes a bare connection to an existing file, in SQLite's own autocommit mode."""


def connect(
    path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        factory=factory,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_SECONDS,
    )


FileIdentity = tuple[int, int]
"""Device and inode."""


Identify = Callable[[FileIdentity | None], FileIdentity]
"""``file_identity`` of one path, given the file that a connection has open."""


def file_identity(path: Path, opened: FileIdentity | None) -> FileIdentity:
    """Which file ``path`` names now. A connection goes on writing to the file that it opened, even
    if that was moved away or replaced since.

    Raises StorageUnavailable if another file took the place of ``opened`` and the write-ahead log
    of ``opened`` still lies there: SQLite would take it for the log of the new file, and mix the
    two. Raises OSError."""
    found = path.stat()
    identity = found.st_dev, found.st_ino
    if opened not in {None, identity} and write_ahead_log_of(path).exists():
        raise StorageUnavailable("the database was replaced while the hub had it open")
    return identity


def write_ahead_log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")


_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def is_damage(error: BaseException) -> bool:
    """Whether the library says that what is on the disk makes no sense. For a text that is not
    UTF-8 it gives no code."""
    if not isinstance(error, sqlite3.Error):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return str(error).startswith("Could not decode to UTF-8")
    return code & _PRIMARY_CODE in _DAMAGE


def claim_file(path: Path) -> None:
    """Make ``path`` and its directory, for their owner alone, if they do not exist; raises
    StorageRefused if others may read or enter what exists."""
    path.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
    for place, mode in ((path.parent, DIRECTORY_MODE), (path, FILE_MODE)):
        if place.stat().st_mode & _OTHERS:
            raise StorageRefused(
                StorageRefusal.OPEN_TO_OTHERS, f"{place} is open to others: chmod {mode:o} {place}"
            )


def writing_connection(path: Path, connect_to: Connect) -> sqlite3.Connection:
    """A connection whose COMMIT returns only when the data is on disk. Raises StorageRefused before
    it changes anything: the journal mode is written into the file."""
    with _closed_on_failure(connect_to(path)) as connection:
        schema_version(connection)
        chosen = durability(sqlite3.sqlite_version_info)
        _set_journal_mode(connection, chosen)
        connection.execute(f"PRAGMA synchronous = {chosen.synchronous}")
        connection.execute(f"PRAGMA journal_size_limit = {WRITE_AHEAD_LOG_BYTES}")
        connection.execute("PRAGMA trusted_schema = OFF")
        # What is deleted is overwritten: it was about people, or is the secret of an epoch.
        connection.execute("PRAGMA secure_delete = ON")
        return connection


def reading_connection(path: Path, connect_to: Connect) -> sqlite3.Connection:
    """A connection that changes no data. It is not opened read-only: the first reader after a
    process was killed must be able to roll back what that process left half written."""
    with _closed_on_failure(connect_to(path)) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        return connection


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to SCHEMA_VERSION, in one transaction; raises StorageRefused, and AuditDamaged
    if the chain of an earlier version is not whole."""
    with transaction(connection):
        version = schema_version(connection)
        for step in MIGRATIONS[version:]:
            for statement in step:
                connection.execute(statement)
        if version < TREE_SINCE:
            adopt_chain(connection)
        if version < INDEXED_BEHIND_SINCE:
            fill_all(SqliteSession(connection))
        if version < SCHEMA_VERSION:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def form_of(path: Path) -> int:
    """The form of the tables in a file that is there, which is not changed. Raises
    StorageRefused, StorageUnavailable."""
    try:
        with closing(reading_connection(path, connect)) as connection:
            return schema_version(connection)
    except sqlite3.Error as error:
        if is_damage(error):
            raise StorageDamaged("the database is damaged") from error
        raise StorageUnavailable("the database cannot be opened") from error


def refuse_another_form(connection: sqlite3.Connection) -> None:
    """A command of a newer program has brought the file to its form while this one ran: what this
    one would write is not what the new tables mean. From here on the program answers nobody. Raises
    StorageUnavailable."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != SCHEMA_VERSION:
        raise StorageUnavailable("the tables of the database are not those of this program")


def empty_write_ahead_log(connection: sqlite3.Connection) -> bool:
    """Bring all of it into the file and leave it empty, so that nothing that was overwritten lies
    there; False while somebody reads from it, which is not waited for: writers wait meanwhile."""
    connection.execute("PRAGMA busy_timeout = 0")
    ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return not busy


def write_links_anew(connection: sqlite3.Connection) -> None:
    """Bring the links that are left into pages of their own, and overwrite those in which they lay:
    ``secure_delete`` overwrites a row that is deleted, but not what is left of it where it lay
    before its page was full and parted."""
    ((links,),) = connection.execute("SELECT COUNT(*) FROM holder_links").fetchall()
    if links > MOST_WRITTEN_ANEW:
        return
    declared = connection.execute(_DECLARED).fetchall()
    connection.execute("ALTER TABLE holder_links RENAME TO holder_links_before")
    connection.execute(next(sql for kind, sql in declared if kind == "table"))
    connection.execute("INSERT INTO holder_links SELECT * FROM holder_links_before ORDER BY holder")
    connection.execute("DROP TABLE holder_links_before")  # and its indexes
    for kind, sql in declared:
        if kind == "index":
            connection.execute(sql)


_DECLARED = "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'holder_links' AND sql NOT NULL"


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT, rolled back if anything in it fails. The lock is taken at the
    start, so that what is read inside is still true at the COMMIT."""
    _begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _begin(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA busy_timeout = 0")
    for _ in range(TURN_ATTEMPTS):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(TURN_PAUSE_SECONDS)
        else:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1_000:.0f}")
            return
    raise StorageUnavailable("another process holds the database")


@contextmanager
def _closed_on_failure(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


def _set_journal_mode(connection: sqlite3.Connection, chosen: Durability) -> None:
    (mode,) = connection.execute(f"PRAGMA journal_mode = {chosen.journal_mode}").fetchone()
    if mode != chosen.journal_mode:
        raise StorageRefused(
            StorageRefusal.JOURNAL_MODE,
            f"another program holds the database in journal mode {mode}; close that program first",
        )


def schema_version(connection: sqlite3.Connection) -> int:
    """Raises StorageRefused for a file that this program does not write."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise StorageRefused(StorageRefusal.NOT_OURS, "the file is a database of another program")
    if version > SCHEMA_VERSION:
        raise StorageRefused(
            StorageRefusal.NEWER_SCHEMA,
            f"the database has schema version {version}, this program knows {SCHEMA_VERSION}: "
            "run the program that wrote it, or a newer one",
        )
    return int(version)
