"""``POST /oauth/client-key``: a client changes its own key, by a request that the key has signed.

Responsible for the order in which such a request is looked at, for how little is said to whoever is
not believed, as at the token endpoint, and for how often one client may ask. Refuses access tokens:
with a stolen one nobody puts in a key. What a request asks for is in ``keys.key_requests``; what
becomes of it is handed in.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from starlette.responses import Response
from starlette.types import Scope

from tongxing.gateway.errors import ERRORS, ErrorCode
from tongxing.gateway.http.credential_refusal import CredentialRefusal
from tongxing.gateway.http.form_endpoint import Parameters
from tongxing.gateway.http.oauth_refusal import (
    NOT_FOR_ONE_ADDRESS,
    Descriptions,
    NotBelieved,
    OAuthError,
    json_response,
    malformed,
)
from tongxing.gateway.http.possession import FirstUse
from tongxing.gateway.http.request_envelope import REQUEST_ID
from tongxing.gateway.http.request_ids import RequestId
from tongxing.gateway.http.signed_forms import FindGrant, believed
from tongxing.gateway.http.told_causes import FormFault
from tongxing.keys.key_requests import KeyChange, KeyEnd, check_key_request
from tongxing.keys.token_check import ClientKey, TokenRefusal

CLIENT_KEY_PATH = "/oauth/client-key"

REQUESTS_A_MINUTE = 10
"""Of one client, to one worker: each costs two signature checks and two commits. Refused as
TOO_MANY_KEYS, before any of the commits."""

MINUTE_SECONDS = 60.0

_REFUSALS = {
    ErrorCode.TOO_MANY_KEYS: "too_many_keys",
    ErrorCode.KEY_NOT_NEW: "key_not_new",
    ErrorCode.LAST_KEY: "last_key",
}

_DESCRIPTIONS: Descriptions = {
    **NOT_FOR_ONE_ADDRESS,
    **{error: (ERRORS[code].status, ERRORS[code].en) for code, error in _REFUSALS.items()},
}


class ChangeKeys(Protocol):
    async def __call__(
        self, asked: KeyChange | KeyEnd, at: datetime, request_id: RequestId
    ) -> Sequence[ClientKey] | ErrorCode:
        """The keys that the client has from now on, durably; or why nothing has changed:
        UNAUTHENTICATED if the key that signed no longer counts. Raises
        StorageUnavailable."""
        ...


class Frequency:
    """How often each registered client has asked, counted anew each minute. ``clock`` is
    monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._asked: Counter[str] = Counter()

    def is_over(self, client_id: str) -> bool:
        at = self._clock()
        if at - self._began >= MINUTE_SECONDS:
            self._began, self._asked = at, Counter()
        self._asked[client_id] += 1
        return self._asked[client_id] > REQUESTS_A_MINUTE


class ClientKeyRequests:
    """``audience`` is what requests must be addressed to; ``seconds`` is a monotonic clock."""

    def __init__(
        self,
        *,
        audience: str,
        find_grant: FindGrant,
        first_use: FirstUse,
        change_keys: ChangeKeys,
        utc_clock: Callable[[], datetime],
        seconds: Callable[[], float],
    ) -> None:
        self._audience = audience
        self._find_grant = find_grant
        self._first_use = first_use
        self._change_keys = change_keys
        self._utc_clock = utc_clock
        self._frequency = Frequency(seconds)

    @property
    def descriptions(self) -> Descriptions:
        return _DESCRIPTIONS

    async def answer(self, parameters: Parameters, scope: Scope) -> Response:
        at, unverified = self._utc_clock(), parameters.get("request", "")
        if not unverified:
            raise malformed(FormFault.NO_REQUEST)
        asked = await self._believed(unverified, at)
        client_id = asked.request.client_id
        made = await self._change_keys(asked, at, scope[REQUEST_ID])
        if made is ErrorCode.UNAUTHENTICATED:
            raise NotBelieved(TokenRefusal.UNKNOWN_KEY, client_id, client_id)
        if isinstance(made, ErrorCode):
            raise OAuthError(_REFUSALS[made], made, client_id)
        return _told(made)

    async def _believed(self, unverified: str, at: datetime) -> KeyChange | KeyEnd:
        """What a key of the client has signed. This uses the request up, durably."""
        registered, asked = await believed(
            self._find_grant,
            lambda keys_of: check_key_request(
                unverified, keys_of=keys_of, audience=self._audience, at=at
            ),
        )
        known, request = registered.client_id, asked.request
        if self._frequency.is_over(known):
            raise OAuthError("too_many_keys", ErrorCode.TOO_MANY_KEYS)
        key = f"client-key\x00{known}\x00{request.jti}"
        if not await self._first_use(key, request.expires_at):
            raise NotBelieved(CredentialRefusal.USED_BEFORE, known, known)
        return asked


def _told(keys: Sequence[ClientKey]) -> Response:
    """All keys of the client, so that it sees one that it has not put in. ``ends_at`` is in seconds
    since 1970, as in a token."""
    return json_response(200, {"keys": [_shown(key) for key in keys]})


def _shown(key: ClientKey) -> dict[str, object]:
    shown: dict[str, object] = {"kid": key.key_id}
    if key.ends_at is not None:
        shown["ends_at"] = int(key.ends_at.timestamp())
    return shown
