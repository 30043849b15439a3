"""``POST /oauth/enroll``: a device with a code that an operator made for it becomes a client.

Responsible for how little is said to whoever has no good code: in production every reason reads
alike, as at the token endpoint. Refuses to know where codes are kept and how often one may be
guessed at; what becomes of a request is handed in (``keys.enrollment_requests`` has what it is).
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from starlette.responses import Response
from starlette.types import Scope

from tongxing.gateway.http.credential_refusal import CredentialRefusal
from tongxing.gateway.http.form_endpoint import Parameters
from tongxing.gateway.http.oauth_refusal import (
    NOT_FOR_ONE_ADDRESS,
    Descriptions,
    NotBelieved,
    json_response,
    malformed,
)
from tongxing.gateway.http.request_envelope import REQUEST_ID
from tongxing.gateway.http.request_ids import RequestId
from tongxing.gateway.http.told_causes import FormFault
from tongxing.keys.enrollment_requests import EnrollmentRequest, check_enrollment_request
from tongxing.keys.token_check import InvalidToken

ENROLLMENT_PATH = "/oauth/enroll"

Enroll = Callable[
    [EnrollmentRequest, datetime, RequestId],
    Awaitable[Mapping[str, str] | CredentialRefusal],
]
"""What the device is from now on, durably, or why its code is not good. Raises
StorageUnavailable."""


class EnrollmentRequests:
    """``audience`` is what requests must be addressed to."""

    def __init__(self, *, audience: str, enroll: Enroll, utc_clock: Callable[[], datetime]) -> None:
        self._audience = audience
        self._enroll = enroll
        self._utc_clock = utc_clock

    @property
    def descriptions(self) -> Descriptions:
        return NOT_FOR_ONE_ADDRESS

    async def answer(self, parameters: Parameters, scope: Scope) -> Response:
        at, unverified = self._utc_clock(), parameters.get("request", "")
        if not unverified:
            raise malformed(FormFault.NO_REQUEST)
        try:
            asked = check_enrollment_request(unverified, audience=self._audience, at=at)
        except InvalidToken as refused:
            raise NotBelieved(refused.reason) from None
        made = await self._enroll(asked, at, scope[REQUEST_ID])
        if isinstance(made, CredentialRefusal):
            raise NotBelieved(made)
        return json_response(200, made)
