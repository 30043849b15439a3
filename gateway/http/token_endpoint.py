"""``POST /oauth/token``: a client system's signed assertion in, a short access token out.

Responsible for the client credentials grant (RFC 6749 §4.4) with a JWT for client authentication
(RFC 7523 §2.2), for narrowing the grant to fewer scopes, regions and purposes, and for binding the
token of a client that is registered so (RFC 8705, RFC 9449). Refuses every other grant, and, in
production, to tell a client why it was not believed: every reason reads alike. The operator finds
the reason in the log and in the figures.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tongxing.gateway.errors import ERRORS, CodeOf, ErrorCode, Refused
from tongxing.gateway.http.credential_refusal import CredentialRefusal, Reason
from tongxing.gateway.http.credentials_shown import proof_of
from tongxing.gateway.http.deadline import Deadline
from tongxing.gateway.http.door import Door, retry_of
from tongxing.gateway.http.graphql_endpoint import RecordRefusal
from tongxing.gateway.http.possession import INVALID_PROOF, FirstUse, NotShown, Possession
from tongxing.gateway.http.request import FORM, check_body_type, check_declared_length, read_body
from tongxing.gateway.http.request_envelope import (
    REQUEST_ID,
    RequestWatch,
    refusal_response,
)
from tongxing.gateway.http.request_ids import RequestId
from tongxing.gateway.http.shares import address_of
from tongxing.gateway.http.told_causes import CAUSES, Cause, FormFault
from tongxing.keys.client_tokens import (
    ClientAssertion,
    ClientKey,
    InvalidToken,
    check_client_assertion,
    issue_access_token,
)
from tongxing.keys.signing import SignsReceipts
from tongxing.keys.token_binding import Binding, BindingKind
from tongxing.keys.token_check import TokenRefusal

T = TypeVar("T")

MAX_FORM_BYTES = 16_384
"""Twice the longest assertion. Over: 413."""

MAX_PARAMETERS = 16

GRANT_TYPE = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

SHORTEST = timedelta(seconds=1)
"""A token's life is told in whole seconds. A key that ends sooner gets no more tokens."""

NOT_A_FORM = "The body must be application/x-www-form-urlencoded in UTF-8."

Descriptions = Mapping[str, tuple[int, str]]
"""The status and the text of each code in a member ``error``."""

_DESCRIPTIONS = {
    "invalid_request": (400, "A parameter is missing, repeated or malformed."),
    "unsupported_grant_type": (400, "The grant type is client_credentials."),
    "invalid_client": (401, "The client could not be authenticated."),
    INVALID_PROOF: (400, "The DPoP proof is missing, or is not one for this request."),
    "invalid_scope": (400, "A scope, region or purpose is not granted to this client."),
}
"""RFC 6749 §5.2, RFC 9449 §5: the codes that this endpoint uses, their statuses and texts."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What this endpoint has to know of a registered client: its keys, its rights, and what its
    tokens must be bound to."""

    client_id: str
    keys: Sequence[ClientKey]
    scopes: frozenset[str]
    regions: frozenset[str]
    purposes: frozenset[str]
    bound: BindingKind | None = None


class FindGrant(Protocol):
    async def __call__(self, client_id: str, *, anew: bool = False) -> Grant | None:
        """None if no client of this id is registered, or if it is revoked. With ``anew`` nothing
        that is remembered counts."""
        ...


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


class TokenWatch(RequestWatch, Protocol):
    def assertion_refused(self, request_id: str, reason: str, client: str | None) -> None: ...


class TokenEndpoint:
    """An ASGI application for one path. ``audience`` is what assertions must be addressed to;
    ``tells_why``: a client that is not believed is told the reason. A request has a place behind
    ``door`` once its body is there, as a stranger of its address: no client is known yet."""

    def __init__(
        self,
        *,
        signer: SignsReceipts,
        issuer: str,
        audience: str,
        lifetime: timedelta,
        find_grant: FindGrant,
        first_use: FirstUse,
        possession: Possession,
        record_refusal: RecordRefusal[str],
        code_of: CodeOf,
        watch: TokenWatch,
        door: Door,
        deadline_seconds: float,
        tells_why: bool,
        utc_clock: Callable[[], datetime],
    ) -> None:
        self._signer = signer
        self._issuer = issuer
        self._audience = audience
        self._lifetime = lifetime
        self._find_grant = find_grant
        self._first_use = first_use
        self._possession = possession
        self._record_refusal = record_refusal
        self._code_of = code_of
        self._watch = watch
        self._door = door
        self._deadline_seconds = deadline_seconds
        self._tells_why = tells_why
        self._utc_clock = utc_clock

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
                return await self._answer_form(parameters, scope)

    async def _answer_form(self, parameters: Mapping[str, str], scope: Scope) -> Response:
        try:
            return _granted(*await self._grant(parameters, scope))
        except OAuthError as error:
            if error.client_id is not None:
                request_id: RequestId = scope[REQUEST_ID]
                await self._record_refusal(error.client_id, request_id, error.code)
            raise

    def _lifetime_with(self, key: ClientKey, at: datetime) -> timedelta:
        """A token ends with the key that it is got with, and says so from the beginning."""
        return self._lifetime if key.ends_at is None else min(self._lifetime, key.ends_at - at)

    async def _grant(
        self, parameters: Mapping[str, str], scope: Scope
    ) -> tuple[str, Grant, timedelta]:
        """The access token, what it allows, and for how long."""
        at = self._utc_clock()
        registered = await self._authenticated(_assertion(parameters), parameters, at)
        granted = _narrowed(registered, parameters)
        (key,) = granted.keys
        lifetime = self._lifetime_with(key, at)
        if lifetime < SHORTEST:
            raise NotBelieved(TokenRefusal.UNKNOWN_KEY, granted.client_id, granted.client_id)
        token = issue_access_token(
            self._signer,
            issuer=self._issuer,
            client_id=granted.client_id,
            scopes=granted.scopes,
            regions=granted.regions,
            purposes=granted.purposes,
            key=key.public_key.thumbprint(),
            at=at,
            lifetime=lifetime,
            binding=await self._binding(granted, scope),
        )
        return token, granted, lifetime

    async def _binding(self, granted: Grant, scope: Scope) -> Binding | None:
        """A proof that comes from a client whose tokens are not bound means nothing."""
        if granted.bound is None:
            return None
        try:
            return await self._possession.bind(granted.bound, proof_of(Headers(scope=scope)), scope)
        except NotShown as missing:
            known, is_dpop = granted.client_id, granted.bound is BindingKind.DPOP
            error = INVALID_PROOF if is_dpop else "invalid_client"
            raise NotBelieved(missing.reason, known, known, error) from None

    async def _authenticated(
        self, unverified: str, parameters: Mapping[str, str], at: datetime
    ) -> Grant:
        """The client that sent the assertion, with the one key that it used. This uses the
        assertion up, durably. A ``client_id`` beside the assertion must name the same client
        (RFC 7521 §4.2)."""
        claimed = self._claimed_client_id(unverified, at)
        registered, assertion = await with_present_keys(
            self._find_grant, claimed, partial(self._checked, unverified, parameters, at)
        )
        key = f"client-assertion\x00{assertion.client_id}\x00{assertion.jti}"
        if not await self._first_use(key, assertion.expires_at):
            known = registered.client_id
            raise NotBelieved(CredentialRefusal.USED_BEFORE, known, known)
        return replace(registered, keys=(assertion.key,))

    def _claimed_client_id(self, unverified: str, at: datetime) -> str:
        """The client that the assertion names. Nothing is believed yet: the name only finds the
        keys to check with. Without a key the check below always fails."""
        claimed: list[str] = []

        def no_keys_of(client_id: str) -> Sequence[ClientKey]:
            claimed.append(client_id)
            return ()

        with suppress(InvalidToken):
            check_client_assertion(unverified, keys_of=no_keys_of, audience=self._audience, at=at)
        if not claimed:
            raise NotBelieved(TokenRefusal.MALFORMED)
        return claimed[0]

    def _checked(
        self, unverified: str, parameters: Mapping[str, str], at: datetime, registered: Grant
    ) -> ClientAssertion:
        claimed = registered.client_id
        if parameters.get("client_id", claimed) != claimed:
            raise NotBelieved(CredentialRefusal.OTHER_CLIENT_ID, claimed)

        def keys_of(client_id: str) -> Sequence[ClientKey]:
            return registered.keys if client_id == registered.client_id else ()

        try:
            return check_client_assertion(
                unverified, keys_of=keys_of, audience=self._audience, at=at
            )
        except InvalidToken as refused:
            raise NotBelieved(refused.reason, registered.client_id) from None


async def with_present_keys(
    find_grant: FindGrant, client_id: str, check: Callable[[Grant], T]
) -> tuple[Grant, T]:
    """The client, and what ``check`` made of its keys. A key that is not known is looked for again
    where nothing is remembered: it may have been put in a moment ago, by another worker. Raises
    NotBelieved."""
    registered = await find_grant(client_id)
    if registered is not None:
        try:
            return registered, check(registered)
        except NotBelieved as refused:
            if refused.reason is not TokenRefusal.UNKNOWN_KEY:
                raise
            registered = await find_grant(client_id, anew=True)
    if registered is None:
        raise NotBelieved(CredentialRefusal.UNKNOWN_CLIENT)
    return registered, check(registered)


def oauth_refusal(
    error: OAuthError,
    descriptions: Descriptions,
    watch: TokenWatch,
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


def other_refusal(error: Exception, code_of: CodeOf, watch: TokenWatch) -> Response:
    code = code_of(error)
    watch.refused(code)
    if code is ErrorCode.UNSUPPORTED_MEDIA_TYPE:
        return _oauth_response(ERRORS[code].status, NOT_A_FORM, "invalid_request")
    response = refusal_response(
        code, allow="POST" if code is ErrorCode.METHOD_NOT_ALLOWED else None
    )
    response.headers.update(retry_of(error))
    return response


def _no_room(_bytes: int) -> None:
    """A form is smaller than the first step of room."""


def _check_form(method: str, headers: Headers) -> None:
    if method != "POST":
        raise Refused(ErrorCode.METHOD_NOT_ALLOWED)
    check_body_type(headers, FORM)
    check_declared_length(headers, MAX_FORM_BYTES)


async def parameters_of(scope: Scope, receive: Receive) -> dict[str, str]:
    """Of a form. Raises Refused, OAuthError."""
    _check_form(scope["method"], Headers(scope=scope))
    return _parameters(await read_body(scope, receive, _no_room, MAX_FORM_BYTES))


def _parameters(body: bytes) -> dict[str, str]:
    """The form's parameters, each at most once; empty ones count as absent (RFC 6749 §3.2)."""
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, strict_parsing=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise malformed(FormFault.NOT_A_FORM) from None
    if len(dict(pairs)) != len(pairs):
        raise malformed(FormFault.REPEATED_PARAMETER)
    return dict(pairs)


def malformed(fault: FormFault, error: str = "invalid_request") -> OAuthError:
    return OAuthError(error, ErrorCode.MALFORMED_REQUEST, cause=fault)


def _assertion(parameters: Mapping[str, str]) -> str:
    if "grant_type" not in parameters:
        raise malformed(FormFault.NO_GRANT_TYPE)
    if parameters["grant_type"] != GRANT_TYPE:
        raise malformed(FormFault.OTHER_GRANT_TYPE, "unsupported_grant_type")
    assertion = parameters.get("client_assertion", "")
    if parameters.get("client_assertion_type") != ASSERTION_TYPE or not assertion:
        raise NotBelieved(CredentialRefusal.NO_CREDENTIAL)
    return assertion


def _narrowed(registered: Grant, parameters: Mapping[str, str]) -> Grant:
    """What the client asks for, which must be part of what it is registered for. A client that
    names nothing gets all of it."""

    def chosen(name: str, held: frozenset[str], code: ErrorCode) -> frozenset[str]:
        asked = frozenset(parameters.get(name, "").split())
        if not asked <= held:
            raise OAuthError("invalid_scope", code, registered.client_id, code)
        return asked or held

    return Grant(
        registered.client_id,
        registered.keys,
        chosen("scope", registered.scopes, ErrorCode.FORBIDDEN_SCOPE),
        chosen("regions", registered.regions, ErrorCode.FORBIDDEN_REGION),
        chosen("purposes", registered.purposes, ErrorCode.FORBIDDEN_PURPOSE),
        registered.bound,
    )


def _granted(token: str, grant: Grant, lifetime: timedelta) -> Response:
    return json_response(
        200,
        {
            "access_token": token,
            "token_type": "DPoP" if grant.bound is BindingKind.DPOP else "Bearer",
            "expires_in": int(lifetime.total_seconds()),
            "scope": " ".join(sorted(grant.scopes)),
            "regions": " ".join(sorted(grant.regions)),
            "purposes": " ".join(sorted(grant.purposes)),
        },
    )


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
