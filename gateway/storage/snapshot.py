"""A copy of a file that others are writing to, as of one moment.

The copy is one transaction of a reader: with a write-ahead log it stops no writer, however long it
takes; that log only grows meanwhile. Refuses to know who asks for it, and to copy what another form
of the tables holds.
"""

import os
from contextlib import closing
from pathlib import Path

from tongxing.gateway.storage.faults import (
    StorageDamaged,
    StorageRefusal,
    StorageRefused,
    StorageUnavailable,
)
from tongxing.gateway.storage.sqlite import (
    FILE_MODE,
    SCHEMA_VERSION,
    connect,
    is_damage,
    reading_connection,
    schema_version,
)
from tongxing.gateway.storage.sqlite_library import sqlite3

OLDER = (
    "此库由旧版程序所写，请用当时的程序备份，或先升级 the database has an older form: back it up "
    "with the program that runs the hub, or let this one upgrade it first"
)


def copy_file(source: Path, target: Path) -> None:
    """``target`` is new. Raises StorageRefused, StorageUnavailable, OSError."""
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))
    try:
        with closing(reading_connection(source, connect)) as reader:
            if schema_version(reader) < SCHEMA_VERSION:
                raise StorageRefused(StorageRefusal.OLDER_SCHEMA, OLDER)
            with closing(connect(target)) as writer:
                reader.backup(writer)
                alone(writer)
    except sqlite3.Error as error:
        if is_damage(error):
            raise StorageDamaged("the database is damaged") from error
        raise StorageUnavailable("the database cannot be copied at this moment") from error
    sync(target)


def alone(connection: sqlite3.Connection) -> None:
    """All of it in one file."""
    connection.execute("PRAGMA journal_mode = DELETE").fetchall()


def sync(path: Path) -> None:
    """A file, or the names in a directory."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
