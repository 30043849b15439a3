"""The hub's own database, opened on its machine while the hub may be running beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.audit import SqliteAuditLog
from gateway.audit.head_file import head_file_of
from gateway.cli.failure import CommandFailed
from gateway.cli.settings_file import read_settings
from gateway.clients import SqliteClientRegistry
from gateway.storage import Database

MEND_A_LOST_DATABASE = "restore it; the head file beside it says that it held audit records"


@dataclass(frozen=True, slots=True)
class LocalState:
    audit: SqliteAuditLog
    clients: SqliteClientRegistry


def existing_database(settings: Path | None) -> Path:
    """The database of the settings; CommandFailed where the hub has not made it yet, or where it
    is gone."""
    database = read_settings(settings).database
    if database.is_file():
        return database
    if head_file_of(database).exists():
        raise CommandFailed(f"{database} is gone with its records: {MEND_A_LOST_DATABASE}")
    raise CommandFailed(f"there is no database at {database}: the hub has not run yet")


@asynccontextmanager
async def opened(database: Path) -> AsyncIterator[LocalState]:
    """Raises StorageFault, AuditDamaged."""
    async with Database.open(database) as file:
        audit = await SqliteAuditLog.open(file)
        yield LocalState(audit, SqliteClientRegistry(file, audit))
