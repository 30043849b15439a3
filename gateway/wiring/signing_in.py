"""People who sign in to the pages: whose sessions they are, and what the log learns."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from time import monotonic

from starlette.requests import Request

from tongxing.gateway.http.request_envelope import REQUEST_ID
from tongxing.gateway.operation.credentials import bearer_credential
from tongxing.gateway.pages.provider import Provider
from tongxing.gateway.pages.provider_client import answered_json
from tongxing.gateway.pages.provider_sign_in import RETURN_PATH
from tongxing.gateway.settings import Settings
from tongxing.gateway.settings_checks import proves_who_answers
from tongxing.gateway.storage.audit import AdministrationRecord, AuditLog
from tongxing.gateway.storage.page_sessions import SessionKind
from tongxing.schema.audit_words import AdministrativeAction

OF_COORDINATORS = SessionKind("coordinator", timedelta(hours=8), timedelta(minutes=30))
"""A working day; half an hour away from the desk ends it."""

OF_ATTEMPTS = SessionKind("provider", timedelta(minutes=10), timedelta(minutes=10))
"""As long as somebody may take to sign in at the provider."""

OF_TRAVELERS = SessionKind("traveler", timedelta(minutes=10), timedelta(minutes=10))
"""What it shows was true when it began."""


def open_provider(settings: Settings, clock: Callable[[], datetime]) -> Provider | None:
    """The one that the settings name. Raises OSError, ValueError."""
    if settings.sign_in is None or settings.hub.url is None:
        return None
    return Provider(
        settings.sign_in,
        secret=bearer_credential(settings.sign_in.client_secret.read_bytes()),
        return_url=settings.hub.url + RETURN_PATH,
        ask=answered_json,
        may_ask=proves_who_answers,
        clock=clock,
        seconds=monotonic,
    )


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
