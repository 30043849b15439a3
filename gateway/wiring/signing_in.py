"""People who sign in to the pages: whose sessions they are, and what the log learns."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from starlette.requests import Request

from tongxing.gateway.http.request_envelope import REQUEST_ID
from tongxing.gateway.storage.audit import AdministrationRecord, AuditLog
from tongxing.gateway.storage.page_sessions import SessionKind
from tongxing.schema.audit_words import AdministrativeAction

OF_COORDINATORS = SessionKind("coordinator", timedelta(hours=8), timedelta(minutes=30))
"""A working day; half an hour away from the desk ends it."""

OF_TRAVELERS = SessionKind("traveler", timedelta(minutes=10), timedelta(minutes=10))
"""What it shows was true when it began."""


def note_sign_in(
    audit: AuditLog, clock: Callable[[], datetime]
) -> Callable[[Request, str], Awaitable[object]]:
    """Records that a client has signed in. Raises AuditUnavailable."""

    async def note(request: Request, client_id: str) -> None:
        record = AdministrationRecord(
            at=clock(),
            request_id=request.scope[REQUEST_ID],
            client_id=client_id,
            action=AdministrativeAction.SIGNED_IN,
            actor=client_id,
        )
        await audit.append([record])

    return note
