"""What the audit log holds, through a connection of its own: what is not on disk is not there."""

from contextlib import closing
from pathlib import Path

from tests.back_ends import open_session
from tongxing.gateway.storage.audit import AuditRecord
from tongxing.gateway.storage.audit.encoding import decode_record
from tongxing.gateway.storage.audit.held_evidence import completed
from tongxing.gateway.storage.entries import ENTRY_COLUMNS, AuditRow
from tongxing.schema import AuditIndex


def records_of(path: Path, request_id: str) -> list[AuditRecord]:
    """With the evidence that a record leaves to an earlier one."""
    with closing(open_session(path)) as database:

        def find(where: str, sought: object) -> list[tuple[AuditIndex, AuditRecord]]:
            sql = f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE {where} = ?"  # noqa: S608 - constants
            rows = database.execute(sql, (sought,))
            return [(AuditIndex(row[0]), decode_record(AuditRow(*row[2:]))) for row in rows]

        def held(index: AuditIndex) -> AuditRecord:
            ((_, record),) = find("idx", index)
            return record

        return [completed(record, index, held) for index, record in find("request", request_id)]
