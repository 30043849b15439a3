"""The log records whoever looks at records on the hub's own machine, as it records a client."""

import typer

from tongxing.gateway.cli.local import local_actor, local_request_id
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.local_state import LocalState
from tongxing.gateway.storage.audit import AuditUnavailable, ReadingRecord
from tongxing.schema.audit_words import ReadingAction

NOT_RECORDED = "！此次查看未能记入审计日志 this reading could not be recorded in the audit log"


async def record_reading(state: LocalState, action: ReadingAction) -> None:
    """Before anything is shown. A disk that takes no record must not keep an operator from reading
    why, and a person who may read the file needs no command for it: then the output says so."""
    record = ReadingRecord(
        at=now(), request_id=local_request_id(), client_id=local_actor(), action=action
    )
    try:
        await state.audit.append([record])
    except AuditUnavailable:
        typer.echo(NOT_RECORDED, err=True)
