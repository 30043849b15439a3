"""The client that sends a request: an access token of this hub, of a client that is still
registered, and with what the token is bound to."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from starlette.types import Scope

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.http.credential_refusal import CredentialRefusal, OnRefused, Reason
from tongxing.gateway.http.credentials_shown import Credential
from tongxing.gateway.http.possession import NotShown, Possession, Unproven, holds_certificate
from tongxing.gateway.memory import BoundedMemory
from tongxing.keys import HubSigner
from tongxing.keys.client_tokens import AccessToken, check_access_token
from tongxing.keys.token_binding import BindingKind
from tongxing.keys.token_check import InvalidToken, TokenRefusal

REMEMBERED_BYTES = 20_000_000
"""For verified tokens, some 10,000, kept until they expire, so that a signature is checked once;
beyond it the token that expires first goes first."""

TOKEN_BYTES = 1_200
"""What is kept of a token beside its text, and beside its scopes and regions."""


class Registered(Protocol):
    @property
    def bound(self) -> BindingKind | None:
        """What all of the client's tokens must be bound to."""
        ...


class FindClient(Protocol):
    async def __call__(self, client_id: str) -> Registered | None:
        """None if no client of this id is registered, or if it is revoked."""
        ...


class Authentication:
    """``clock`` gives aware UTC times. ``on_refused`` is told why a token was not believed."""

    def __init__(
        self,
        *,
        signer: HubSigner,
        hub_id: str,
        find_client: FindClient,
        possession: Possession,
        on_refused: OnRefused,
        clock: Callable[[], datetime],
    ) -> None:
        self._public_key = signer.public_key
        self._hub_id = hub_id
        self._find_client = find_client
        self._possession = possession
        self._on_refused = on_refused
        self._clock = clock
        # Tokens expire by this clock, not by a monotonic one; each use compares the time again.
        self._verified: BoundedMemory[str, AccessToken]
        self._verified = BoundedMemory(REMEMBERED_BYTES, lambda: clock().timestamp())

    async def __call__(self, shown: Credential | None, scope: Scope) -> AccessToken:
        """The client of the request ``scope``, which has ``shown`` this. Raises
        Refused(UNAUTHENTICATED), with one text whatever the reason."""
        if shown is None:
            raise self._refused(CredentialRefusal.NO_CREDENTIAL)
        token = self._token(shown.token)
        await self._check_registered(token)
        if token.binding is not None or shown.is_dpop:
            await self._check_binding(token, shown, scope)
        return token

    def recall(self, shown: Credential | None, scope: Scope) -> AccessToken | None:
        """The client of a token that was checked before, if nothing dear is left to check: a proof
        has to be checked each time. Whether the token may still be used is another question; asking
        for it is cheap."""
        if shown is None or shown.is_dpop:
            return None
        token = self._verified.get(shown.token)
        if token is None or token.binding is None or holds_certificate(token, scope):
            return token
        return None

    async def still_allowed(self, token: AccessToken) -> None:
        """Raises Refused once a client that was let in must be told nothing more."""
        if token.expires_at <= self._clock():
            raise self._refused(TokenRefusal.EXPIRED)
        await self._check_registered(token)

    async def _check_registered(self, token: AccessToken) -> None:
        client = await self._find_client(token.client_id)
        if client is None:
            raise self._refused(CredentialRefusal.UNKNOWN_CLIENT)
        if client.bound is not None and not _is_bound(token, client.bound):
            raise self._refused(CredentialRefusal.NOT_BOUND)

    async def _check_binding(self, token: AccessToken, shown: Credential, scope: Scope) -> None:
        try:
            await self._possession.check(token.binding, shown, scope)
        except NotShown as missing:
            self._on_refused("access_token", missing.reason)
            is_certificate = _is_bound(token, BindingKind.CERTIFICATE)
            if is_certificate and not shown.is_dpop:
                raise Refused(ErrorCode.UNAUTHENTICATED) from None
            raise Unproven(missing.error) from None

    def _refused(self, reason: Reason) -> Refused:
        self._on_refused("access_token", reason)
        return Refused(ErrorCode.UNAUTHENTICATED)

    def _token(self, unverified: str) -> AccessToken:
        at = self._clock()
        token = self._verified.get(unverified)
        if token is None:
            token = self._check(unverified, at)
            size = TOKEN_BYTES + 2 * sys.getsizeof(unverified)
            self._verified.put(unverified, token, size=size, ends=token.expires_at.timestamp())
        if token.expires_at <= at:
            raise self._refused(TokenRefusal.EXPIRED)
        return token

    def _check(self, unverified: str, at: datetime) -> AccessToken:
        try:
            return check_access_token(
                unverified, public_key=self._public_key, issuer=self._hub_id, at=at
            )
        except InvalidToken as refused:
            raise self._refused(refused.reason) from None


def _is_bound(token: AccessToken, kind: BindingKind) -> bool:
    return token.binding is not None and token.binding.kind is kind
