"""How much a database holds, and since when: what an operator sees grow.

Each question is answered from the end of an index or from the size of a file, however long the log
is. ``postgres.server_sizes`` asks a server what only a server knows.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tongxing.gateway.storage.columns import from_microseconds
from tongxing.gateway.storage.database import Database, ReadSession
from tongxing.gateway.storage.sqlite import write_ahead_log_of


@dataclass(frozen=True, slots=True)
class LogSize:
    """``entries`` that there ever were; the time of the ``oldest`` that is still there."""

    entries: int
    oldest: datetime | None


async def log_size(database: Database) -> LogSize:
    """Raises StorageUnavailable."""
    return await database.read(_log_size)


def _log_size(session: ReadSession) -> LogSize:
    ((entries,),) = session.execute("SELECT coalesce(max(idx) + 1, 0) FROM audit_entries")
    oldest = session.execute("SELECT at FROM audit_entries ORDER BY idx LIMIT 1")
    return LogSize(entries, from_microseconds(oldest[0][0]) if oldest else None)


def file_sizes(database: Path) -> dict[str, int]:
    """Bytes of the file, and of what waits beside it to be brought in. Raises OSError."""
    beside = write_ahead_log_of(database)
    return {
        "data": database.stat().st_size,
        "write_ahead": beside.stat().st_size if beside.exists() else 0,
    }
