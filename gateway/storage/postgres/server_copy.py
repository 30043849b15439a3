"""All rows of a server's database in an SQLite file, and back: the file is what a backup holds.

Both have the same tables and columns, so a hub may also move from one to the other with it. Read
as of one moment (REPEATABLE READ), which stops nobody. Refuses to check what it carries.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from tongxing.gateway.storage.entries import ENTRY_COLUMNS
from tongxing.gateway.storage.faults import StorageRefusal, StorageRefused, StorageUnavailable
from tongxing.gateway.storage.indexing import PART_ENTRIES
from tongxing.gateway.storage.postgres.partition_tables import (
    FIRST_PARTITION,
    LEAST_ENTRIES,
    Partition,
    partition_dropped,
    partition_made,
)
from tongxing.gateway.storage.postgres.server_engine import (
    NOT_LET_IN,
    SERVER_SCHEMA_VERSION,
    PostgresEngine,
    server_version,
)
from tongxing.gateway.storage.postgres.server_session import DATABASE_ERRORS, PostgresSession
from tongxing.gateway.storage.snapshot import OLDER, alone, sync
from tongxing.gateway.storage.sqlite import connect, transaction
from tongxing.gateway.storage.sqlite_engine import SqliteEngine
from tongxing.gateway.storage.sqlite_library import sqlite3

ROWS_AT_ONCE = 5_000

_FULL = "须为空库 the database on the server is not empty: give the hub an empty one"


class _Table(NamedTuple):
    """``counted``: the column whose numbers the database gives out, if there is one."""

    name: str
    columns: Sequence[str]
    counted: str | None

    @property
    def listed(self) -> str:
        return ", ".join(self.columns)


def copy_server(url: str, target: Path) -> None:
    """Into a new file ``target``. Raises StorageRefused, StorageUnavailable, OSError."""
    SqliteEngine(target).prepare()
    try:
        with closing(_session(url)) as server, closing(connect(target)) as file:
            server.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if server_version(server) != SERVER_SCHEMA_VERSION:
                raise StorageRefused(StorageRefusal.OLDER_SCHEMA, OLDER)
            with transaction(file):
                for table in _tables(server):
                    _take(table, server, file)
            alone(file)
    except (sqlite3.Error, *DATABASE_ERRORS) as error:
        raise StorageUnavailable("the database cannot be copied at this moment") from error
    sync(target)


def fill_server(source: Path, url: str, head_file: Path) -> None:
    """An empty database at ``url`` with all that the file ``source`` holds: all of it or none.
    Raises as ``copy_server``."""
    PostgresEngine(url, head_file).prepare()
    try:
        with closing(_session(url)) as server, closing(connect(source)) as file:
            server.run("BEGIN")
            tables = _tables(server)
            if not _is_empty(server):
                raise StorageRefused(StorageRefusal.NOT_OURS, _FULL)
            begin = _make_room(server, file)
            for table in tables:
                _put(table, begin, server, file)
            server.commit()
            server.flush()
    except (sqlite3.Error, *DATABASE_ERRORS) as error:
        raise StorageUnavailable("the database on the server cannot be filled") from error


def refuse_filled(url: str, head_file: Path) -> None:
    """Raises StorageRefused if there is anything in the database; makes its tables. Raises
    StorageUnavailable."""
    PostgresEngine(url, head_file).prepare()
    with closing(_session(url)) as server:
        if not _is_empty(server):
            raise StorageRefused(StorageRefusal.NOT_OURS, _FULL)


def _session(url: str) -> PostgresSession:
    try:
        return PostgresSession(url)
    except DATABASE_ERRORS as error:
        raise StorageUnavailable(NOT_LET_IN) from error


def _is_empty(server: PostgresSession) -> bool:
    """Nobody has run a hub with it yet."""
    ((used,),) = server.execute(_USED)
    return not used


def _tables(server: PostgresSession) -> list[_Table]:
    """Those of the hub that a file has, too."""
    found = server.execute(_COLUMNS)
    names = list(dict.fromkeys(name for name, _, _ in found))
    return [
        _Table(
            name,
            [column for table, column, _ in found if table == name],
            next((column for table, column, counts in found if table == name and counts), None),
        )
        for name in names
    ]


def _take(table: _Table, server: PostgresSession, file: sqlite3.Connection) -> None:
    file.execute(f"DELETE FROM {table.name}")  # noqa: S608 - names of our own
    places = ", ".join("?" * len(table.columns))
    put = f"INSERT INTO {table.name} ({table.listed}) VALUES ({places})"  # noqa: S608
    server.run(f"DECLARE rows NO SCROLL CURSOR FOR SELECT {table.listed} FROM {table.name}")  # noqa: S608
    while rows := server.execute(f"FETCH {ROWS_AT_ONCE} FROM rows"):
        file.executemany(put, rows)
    server.run("CLOSE rows")
    if table.counted is not None and _is_counted(table, file):
        file.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        given = _given_out(table, server)
        file.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, given))


def _is_counted(table: _Table, file: sqlite3.Connection) -> bool:
    """Whether a file, too, never gives out a number twice (AUTOINCREMENT)."""
    ((sql,),) = file.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table.name,))
    return "AUTOINCREMENT" in sql


def _given_out(table: _Table, server: PostgresSession) -> int:
    """The highest number so far."""
    ((sequence,),) = server.execute(_SEQUENCE, (table.name, table.counted))
    ((last, is_called),) = server.execute(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608
    return int(last) if is_called else int(last) - 1


def _put(table: _Table, begin: int, server: PostgresSession, file: sqlite3.Connection) -> None:
    server.run(f"DELETE FROM {table.name}")  # noqa: S608 - names of our own
    places = ", ".join("?" * len(table.columns))
    put = f"INSERT INTO {table.name} ({table.listed}) OVERRIDING SYSTEM VALUE VALUES ({places})"  # noqa: S608
    every = f"SELECT {table.listed} FROM {table.name}"  # noqa: S608
    part, limits = _FROM.get(table.name, (every, lambda _: ()))
    rows = file.execute(part, limits(begin))
    for some in _in_pieces(rows):
        server.execute_many(put, some)
        server.execute("SELECT 1")  # they leave with it
    if table.counted is None:
        return
    ((highest,),) = file.execute(f"SELECT coalesce(max({table.counted}), 0) FROM {table.name}")  # noqa: S608
    if _is_counted(table, file):
        given = file.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,))
        highest = max(highest, *(seq for (seq,) in given.fetchall()), 0)
    if highest:
        server.execute(_GO_ON, (table.name, table.counted, highest))


def _in_pieces(rows: sqlite3.Cursor) -> Iterator[Sequence[Sequence[object]]]:
    while some := rows.fetchmany(ROWS_AT_ONCE):
        yield some


def _make_room(server: PostgresSession, file: sqlite3.Connection) -> int:
    """Partitions for all entries that are not forgotten, the first of which begins where this says;
    the hub makes those ahead."""
    ((forgotten,),) = file.execute("SELECT forgotten FROM audit_tree")
    ((end,),) = file.execute("SELECT coalesce(max(idx) + 1, 0) FROM audit_entries")
    first = forgotten // PART_ENTRIES * PART_ENTRIES
    begin = first or FIRST_PARTITION.until
    if first:
        for statement in partition_dropped(FIRST_PARTITION):
            server.run(statement)
        server.run("DELETE FROM audit_partitions")
    if first or end > begin:
        size = -(-max(end - begin, 1) // LEAST_ENTRIES) * LEAST_ENTRIES
        for statement in partition_made(Partition(begin, begin + size)):
            server.run(statement)
    return int(first)


_FROM: dict[str, tuple[str, Callable[[int], Sequence[int]]]] = {
    "audit_entries": (
        f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE idx >= ?",  # noqa: S608 - constants
        lambda begin: (begin,),
    ),
    "audit_holders": (
        "SELECT part, prefix, place FROM audit_holders WHERE part >= ?",
        lambda begin: (begin // PART_ENTRIES,),
    ),
    "audit_requests": (
        "SELECT prefix, max(first, ?), max(last) FROM audit_requests WHERE last >= ? GROUP BY 1, 2",
        lambda begin: (begin, begin),
    ),
}
"""What lies in partitions: rows of forgotten entries, which a file deletes at leisure, stay behind.
The columns are those of the server, in its order."""


_USED = """
    SELECT EXISTS (SELECT FROM audit_entries) OR EXISTS (SELECT FROM clients)
        OR EXISTS (SELECT FROM facts)
"""
_COLUMNS = """
    SELECT c.relname, a.attname, a.attidentity <> ''
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
        AND c.relname NOT IN ('tongxing', 'audit_partitions')
    ORDER BY c.relname, a.attnum
"""
_SEQUENCE = "SELECT pg_get_serial_sequence(?, ?)"
_GO_ON = "SELECT setval(pg_get_serial_sequence(?, ?), ?)"
