"""``POST /oauth/enroll``: a device with a code that an operator made for it becomes a client.

Responsible for the order in which such a request is looked at, and for how little is said to
whoever has no good code: every reason reads alike, as at the token endpoint. Refuses to know where
codes are kept and how often one may be guessed at; what becomes of a request is handed in. What it
asks for is in ``keys.enrollment_requests``.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tongxing.gateway.errors import CodeOf, ErrorCode
from tongxing.gateway.http.credential_refusal import CredentialRefusal
from tongxing.gateway.http.deadline import Deadline
from tongxing.gateway.http.door import Door
from tongxing.gateway.http.request_envelope import REQUEST_ID
from tongxing.gateway.http.request_ids import RequestId
from tongxing.gateway.http.shares import address_of
from tongxing.gateway.http.token_endpoint import (
    Descriptions,
    NotBelieved,
    OAuthError,
    TokenWatch,
    json_response,
    oauth_refusal,
    other_refusal,
    parameters_of,
)
from tongxing.keys.enrollment_requests import EnrollmentRequest, check_enrollment_request
from tongxing.keys.token_check import InvalidToken

ENROLLMENT_PATH = "/oauth/enroll"

Enroll = Callable[
    [EnrollmentRequest, datetime, RequestId],
    Awaitable[Mapping[str, str] | CredentialRefusal],
]
"""What the device is from now on, durably, or why its code is not good. Raises
StorageUnavailable."""

_DESCRIPTIONS: Descriptions = {
    "invalid_request": (400, "A parameter is missing, repeated or malformed."),
    "invalid_client": (401, "The code or the proof of the key is not good."),
}


class EnrollmentEndpoint:
    """An ASGI application for one path. The parameters mean what those of TokenEndpoint mean."""

    def __init__(
        self,
        *,
        audience: str,
        enroll: Enroll,
        code_of: CodeOf,
        watch: TokenWatch,
        door: Door,
        deadline_seconds: float,
        utc_clock: Callable[[], datetime],
    ) -> None:
        self._audience = audience
        self._enroll = enroll
        self._code_of = code_of
        self._watch = watch
        self._door = door
        self._deadline_seconds = deadline_seconds
        self._utc_clock = utc_clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(scope, receive)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        try:
            return await self._answer(scope, receive)
        except OAuthError as error:
            return oauth_refusal(error, _DESCRIPTIONS, self._watch, scope)
        except Exception as error:  # noqa: BLE001 - the rim: no part of it may reach the device
            return other_refusal(error, self._code_of, self._watch)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        parameters = await parameters_of(scope, receive)
        deadline = Deadline(self._deadline_seconds)
        with self._door.place_of_stranger(address_of(scope)) as place:
            async with deadline.counted():
                await place.enter()
                return await self._enrolled(parameters.get("request", ""), scope[REQUEST_ID])

    async def _enrolled(self, unverified: str, request_id: RequestId) -> Response:
        at = self._utc_clock()
        if not unverified:
            raise OAuthError("invalid_request", ErrorCode.MALFORMED_REQUEST)
        try:
            asked = check_enrollment_request(unverified, audience=self._audience, at=at)
        except InvalidToken as refused:
            raise NotBelieved(refused.reason) from None
        made = await self._enroll(asked, at, request_id)
        if isinstance(made, CredentialRefusal):
            raise NotBelieved(made)
        return json_response(200, made)
