"""The SQLite that this program uses for every connection: the one that ``pysqlite3`` brings.

The operating system's may be one that loses committed writes in WAL mode (``storage.sqlite``), and
two libraries must never have one file open in one process: closing it in one of them gives up the
locks of both. Import ``sqlite3`` from here only.

``pysqlite3`` has no wheel for Linux on ARM. There the operating system's is used for everything,
and ``storage.sqlite`` chooses the journal that its version allows.
"""

try:
    from pysqlite3 import dbapi2 as sqlite3
except ImportError:
    import sqlite3  # type: ignore[no-redef]

__all__ = ["sqlite3"]
