"""``POST /oauth/token``: a client system's signed assertion in, a short access token out.

Responsible for the client credentials grant (RFC 6749 §4.4) with a JWT for client authentication
(RFC 7523 §2.2), for narrowing the grant to fewer scopes, regions and purposes, and for binding the
token of a client that is registered so (RFC 8705, RFC 9449). Refuses every other grant, and to tell
a client why it was not believed.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.http.credential_refusal import CredentialRefusal
from tongxing.gateway.http.credentials_shown import proof_of
from tongxing.gateway.http.form_endpoint import Parameters
from tongxing.gateway.http.oauth_refusal import (
    NOT_FOR_ONE_ADDRESS,
    Descriptions,
    NotBelieved,
    OAuthError,
    json_response,
    malformed,
)
from tongxing.gateway.http.possession import INVALID_PROOF, FirstUse, NotShown, Possession
from tongxing.gateway.http.signed_forms import FindGrant, Grant, believed
from tongxing.gateway.http.told_causes import FormFault
from tongxing.keys.client_tokens import ClientKey, check_client_assertion, issue_access_token
from tongxing.keys.signing import SignsReceipts
from tongxing.keys.token_binding import Binding, BindingKind
from tongxing.keys.token_check import TokenRefusal

GRANT_TYPE = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

SHORTEST = timedelta(seconds=1)
"""A token's life is told in whole seconds. A key that ends sooner gets no more tokens."""

_DESCRIPTIONS: Descriptions = {
    **NOT_FOR_ONE_ADDRESS,
    "unsupported_grant_type": (400, "The grant type is client_credentials."),
    INVALID_PROOF: (400, "The DPoP proof is missing, or is not one for this request."),
    "invalid_scope": (400, "A scope, region or purpose is not granted to this client."),
}
"""RFC 6749 §5.2, RFC 9449 §5."""


class TokenRequests:
    """``audience`` is what assertions must be addressed to."""

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
        utc_clock: Callable[[], datetime],
    ) -> None:
        self._signer = signer
        self._issuer = issuer
        self._audience = audience
        self._lifetime = lifetime
        self._find_grant = find_grant
        self._first_use = first_use
        self._possession = possession
        self._utc_clock = utc_clock

    @property
    def descriptions(self) -> Descriptions:
        return _DESCRIPTIONS

    async def answer(self, parameters: Parameters, scope: Scope) -> Response:
        return _granted(*await self._grant(parameters, scope))

    def _lifetime_with(self, key: ClientKey, at: datetime) -> timedelta:
        """A token ends with the key that it is got with, and says so from the beginning."""
        return self._lifetime if key.ends_at is None else min(self._lifetime, key.ends_at - at)

    async def _grant(self, parameters: Parameters, scope: Scope) -> tuple[str, Grant, timedelta]:
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

    async def _authenticated(self, unverified: str, parameters: Parameters, at: datetime) -> Grant:
        """The client that sent the assertion, with the one key that it used. This uses the
        assertion up, durably. A ``client_id`` beside the assertion must name the same client
        (RFC 7521 §4.2)."""
        registered, assertion = await believed(
            self._find_grant,
            lambda keys_of: check_client_assertion(
                unverified, keys_of=keys_of, audience=self._audience, at=at
            ),
        )
        known = registered.client_id
        if parameters.get("client_id", known) != known:
            raise NotBelieved(CredentialRefusal.OTHER_CLIENT_ID, known)
        key = f"client-assertion\x00{known}\x00{assertion.jti}"
        if not await self._first_use(key, assertion.expires_at):
            raise NotBelieved(CredentialRefusal.USED_BEFORE, known, known)
        return replace(registered, keys=(assertion.key,))


def _assertion(parameters: Parameters) -> str:
    if "grant_type" not in parameters:
        raise malformed(FormFault.NO_GRANT_TYPE)
    if parameters["grant_type"] != GRANT_TYPE:
        raise malformed(FormFault.OTHER_GRANT_TYPE, "unsupported_grant_type")
    assertion = parameters.get("client_assertion", "")
    if parameters.get("client_assertion_type") != ASSERTION_TYPE or not assertion:
        raise NotBelieved(CredentialRefusal.NO_CREDENTIAL)
    return assertion


def _narrowed(registered: Grant, parameters: Parameters) -> Grant:
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
