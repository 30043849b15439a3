"""``POST /oauth/client-key``: a client changes its own key, by a request that the key has signed.

Responsible for the order in which such a request is looked at, for how little is said to whoever is
not believed, as at the token endpoint, and for how often one client may ask. Refuses access tokens:
with a stolen one nobody puts in a key. What a request asks for is in ``keys.key_requests``; what
becomes of it is handed in.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tongxing.gateway.errors import ERRORS, CodeOf, ErrorCode
from tongxing.gateway.http.credential_refusal import CredentialRefusal
from tongxing.gateway.http.deadline import Deadline
from tongxing.gateway.http.door import Door
from tongxing.gateway.http.graphql_endpoint import RecordRefusal
from tongxing.gateway.http.request_envelope import REQUEST_ID
from tongxing.gateway.http.request_ids import RequestId
from tongxing.gateway.http.shares import address_of
from tongxing.gateway.http.token_endpoint import (
    Descriptions,
    FindGrant,
    Grant,
    NotBelieved,
    OAuthError,
    TokenWatch,
    json_response,
    malformed,
    oauth_refusal,
    other_refusal,
    parameters_of,
    with_present_keys,
)
from tongxing.gateway.http.told_causes import FormFault
from tongxing.keys.key_requests import KeyChange, KeyEnd, check_key_request
from tongxing.keys.token_check import ClientKey, InvalidToken, TokenRefusal

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
    "invalid_request": (400, "A parameter is missing, repeated or malformed."),
    "invalid_client": (401, "The client could not be authenticated."),
    **{error: (ERRORS[code].status, ERRORS[code].en) for code, error in _REFUSALS.items()},
}


class ChangeKeys(Protocol):
    async def __call__(
        self, asked: KeyChange | KeyEnd, at: datetime, request_id: RequestId
    ) -> Sequence[ClientKey] | ErrorCode:
        """The keys that the client has from now on, durably; or why nothing has changed:
        UNAUTHENTICATED if the key that signed does not count any more. Raises
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


class ClientKeyEndpoint:
    """An ASGI application for one path. The parameters mean what those of TokenEndpoint mean;
    ``seconds`` is a monotonic clock."""

    def __init__(
        self,
        *,
        audience: str,
        find_grant: FindGrant,
        first_use: Callable[[str, datetime], Awaitable[bool]],
        change_keys: ChangeKeys,
        record_refusal: RecordRefusal[str],
        code_of: CodeOf,
        watch: TokenWatch,
        door: Door,
        deadline_seconds: float,
        tells_why: bool,
        utc_clock: Callable[[], datetime],
        seconds: Callable[[], float],
    ) -> None:
        self._audience = audience
        self._find_grant = find_grant
        self._first_use = first_use
        self._change_keys = change_keys
        self._record_refusal = record_refusal
        self._code_of = code_of
        self._watch = watch
        self._door = door
        self._deadline_seconds = deadline_seconds
        self._tells_why = tells_why
        self._utc_clock = utc_clock
        self._frequency = Frequency(seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(scope, receive)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        try:
            return await self._answer(scope, receive)
        except OAuthError as error:
            descriptions, tells_why = _DESCRIPTIONS, self._tells_why
            return oauth_refusal(error, descriptions, self._watch, scope, tells_why=tells_why)
        except Exception as error:  # noqa: BLE001 - the rim: no part of it may reach the client
            return other_refusal(error, self._code_of, self._watch)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        parameters = await parameters_of(scope, receive)
        deadline = Deadline(self._deadline_seconds)
        with self._door.place_of_stranger(address_of(scope)) as place:
            async with deadline.counted():
                await place.enter()
                return await self._answer_form(parameters.get("request", ""), scope[REQUEST_ID])

    async def _answer_form(self, unverified: str, request_id: RequestId) -> Response:
        try:
            return _told(await self._changed(unverified, request_id))
        except OAuthError as error:
            if error.client_id is not None:
                await self._record_refusal(error.client_id, request_id, error.code)
            raise

    async def _changed(self, unverified: str, request_id: RequestId) -> Sequence[ClientKey]:
        at = self._utc_clock()
        if not unverified:
            raise malformed(FormFault.NO_REQUEST)
        asked = await self._believed(unverified, at)
        client_id = asked.request.client_id
        made = await self._change_keys(asked, at, request_id)
        if made is ErrorCode.UNAUTHENTICATED:
            raise NotBelieved(TokenRefusal.UNKNOWN_KEY, client_id, client_id)
        if isinstance(made, ErrorCode):
            raise OAuthError(_REFUSALS[made], made, client_id)
        return made

    async def _believed(self, unverified: str, at: datetime) -> KeyChange | KeyEnd:
        """What a key of the client has signed. This uses the request up, durably."""
        claimed = self._claimed_client_id(unverified, at)
        _registered, asked = await with_present_keys(
            self._find_grant, claimed, partial(self._checked, unverified, at)
        )
        if self._frequency.is_over(claimed):
            raise OAuthError("too_many_keys", ErrorCode.TOO_MANY_KEYS)
        request = asked.request
        key = f"client-key\x00{claimed}\x00{request.jti}"
        if not await self._first_use(key, request.expires_at):
            raise NotBelieved(CredentialRefusal.USED_BEFORE, claimed, claimed)
        return asked

    def _checked(self, unverified: str, at: datetime, registered: Grant) -> KeyChange | KeyEnd:
        claimed, keys = registered.client_id, registered.keys
        try:
            return check_key_request(
                unverified,
                keys_of=lambda client_id: keys if client_id == claimed else (),
                audience=self._audience,
                at=at,
            )
        except InvalidToken as refused:
            raise NotBelieved(refused.reason, claimed) from None

    def _claimed_client_id(self, unverified: str, at: datetime) -> str:
        """As at the token endpoint: the name only finds the keys to check with."""
        claimed: list[str] = []

        def no_keys_of(client_id: str) -> Sequence[ClientKey]:
            claimed.append(client_id)
            return ()

        with suppress(InvalidToken):
            check_key_request(unverified, keys_of=no_keys_of, audience=self._audience, at=at)
        if not claimed:
            raise NotBelieved(TokenRefusal.MALFORMED)
        return claimed[0]


def _told(keys: Sequence[ClientKey]) -> Response:
    """All keys of the client, so that it sees one that it has not put in. ``ends_at`` is in seconds
    since 1970, as in a token."""
    return json_response(200, {"keys": [_shown(key) for key in keys]})


def _shown(key: ClientKey) -> dict[str, object]:
    shown: dict[str, object] = {"kid": key.key_id}
    if key.ends_at is not None:
        shown["ends_at"] = int(key.ends_at.timestamp())
    return shown
