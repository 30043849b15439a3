"""What the audit log holds, through a connection of its own: what is not on disk is not there."""

from pathlib import Path

from tongxing.gateway.storage.audit import AuditRecord
from tongxing.gateway.storage.audit.encoding import decode_record
from tongxing.gateway.storage.entries import ENTRY_COLUMNS, AuditRow
from tongxing.gateway.storage.sqlite_library import sqlite3


def records_of(path: Path, request_id: str) -> list[AuditRecord]:
    database = sqlite3.connect(path)
    rows = database.execute(
        f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE request = ?",  # noqa: S608 - constants
        (request_id,),
    ).fetchall()
    database.close()
    return [decode_record(AuditRow(*row[2:])) for row in rows]
