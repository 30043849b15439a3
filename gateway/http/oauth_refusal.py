"""Refusals at the addresses that take a form, as RFC 6749 §5.2 writes them.

Responsible for how little they say: in production every reason for which a client is not believed
reads alike, and the operator finds it in the log and in the figures. The open profile tells it.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec
from starlette.responses import Response
from starlette.types import Scope

from tongxing.gateway.errors import ERRORS, CodeOf, ErrorCode
from tongxing.gateway.http.credential_refusal import Reason
from tongxing.gateway.http.door import retry_of
from tongxing.gateway.http.request_envelope import REQUEST_ID, RequestWatch, refusal_response
from tongxing.gateway.http.told_causes import CAUSES, Cause, FormFault

NOT_A_FORM = "The body must be application/x-www-form-urlencoded in UTF-8."

Descriptions = Mapping[str, tuple[int, str]]
"""The status and the text of each code in a member ``error``."""

NOT_FOR_ONE_ADDRESS: Descriptions = {
    "invalid_request": (400, "A parameter is missing, repeated or malformed."),
    "invalid_client": (401, "The client could not be authenticated."),
}


class OAuthError(Exception):
    """A refusal as RFC 6749 names it. ``client_id`` is set if the client is known; then ``code``
    goes to the audit log. ``cause`` is what the open profile tells besides."""

    def __init__(
        self,
        error: str,
        code: ErrorCode,
        client_id: str | None = None,
        cause: Cause | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.code = code
        self.client_id = client_id
        self.cause = cause


def malformed(fault: FormFault, error: str = "invalid_request") -> OAuthError:
    return OAuthError(error, ErrorCode.MALFORMED_REQUEST, cause=fault)


class NotBelieved(OAuthError):
    """``reason`` is for the operator, and for the open profile. ``claimed`` is the registered
    client that the assertion names; ``client_id`` is set if it was this client."""

    def __init__(
        self,
        reason: Reason,
        claimed: str | None = None,
        client_id: str | None = None,
        error: str = "invalid_client",
    ) -> None:
        super().__init__(error, ErrorCode.UNAUTHENTICATED, client_id, reason)
        self.reason = reason
        self.claimed = claimed


class FormWatch(RequestWatch, Protocol):
    def assertion_refused(self, request_id: str, reason: str, client: str | None) -> None: ...


def oauth_refusal(
    error: OAuthError,
    descriptions: Descriptions,
    watch: FormWatch,
    scope: Scope,
    *,
    tells_why: bool,
) -> Response:
    """What a client that is known may not have is told in any case."""
    watch.refused(error.code)
    if isinstance(error, NotBelieved):
        watch.assertion_refused(scope[REQUEST_ID], error.reason, error.claimed)
    told = tells_why or error.error == "invalid_scope"
    status, description = descriptions[error.error]
    return _oauth_response(status, description, error.error, error.cause if told else None)


def other_refusal(error: Exception, code_of: CodeOf, watch: FormWatch) -> Response:
    code = code_of(error)
    watch.refused(code)
    if code is ErrorCode.UNSUPPORTED_MEDIA_TYPE:
        return _oauth_response(ERRORS[code].status, NOT_A_FORM, "invalid_request")
    response = refusal_response(
        code, allow="POST" if code is ErrorCode.METHOD_NOT_ALLOWED else None
    )
    response.headers.update(retry_of(error))
    return response


def _oauth_response(
    status: int, description: str, error: str, cause: Cause | None = None
) -> Response:
    body = {"error": error, "error_description": description}
    if cause is not None:
        text = CAUSES[cause]
        told = {"error_description": f"{description} {text.en}", "reason": cause, "zh": text.zh}
        body |= told
    response = json_response(status, body)
    if status == 401:  # noqa: PLR2004 - RFC 9110 §15.5.2 asks for a challenge
        response.headers["www-authenticate"] = "Bearer"
    return response


def json_response(status: int, body: Mapping[str, object]) -> Response:
    return Response(
        msgspec.json.encode(body), status, {"cache-control": "no-store"}, "application/json"
    )
