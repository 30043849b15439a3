"""The client that sends a request: an access token of this hub, of a client that is still
registered."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from starlette.datastructures import Headers

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.http.credential_refusal import CredentialRefusal, OnRefused, Reason
from tongxing.gateway.memory import BoundedMemory
from tongxing.keys.client_tokens import AccessToken, check_access_token
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.token_check import InvalidToken, TokenRefusal

REMEMBERED_BYTES = 20_000_000
"""For verified tokens, some 10,000, kept until they expire, so that a signature is checked once;
beyond it the token that expires first goes first."""

TOKEN_BYTES = 1_200
"""What is kept of a token beside its text, and beside its scopes and regions."""

_SCHEME = "bearer"


class FindClient(Protocol):
    async def __call__(self, client_id: str) -> object | None:
        """None if no client of this id is registered, or if it is revoked."""
        ...


class Authentication:
    """``clock`` gives aware UTC times. ``on_refused`` is told why a token was not believed."""

    def __init__(
        self,
        *,
        keys: HubKeys,
        hub_id: str,
        find_client: FindClient,
        on_refused: OnRefused,
        clock: Callable[[], datetime],
    ) -> None:
        self._keys = keys
        self._hub_id = hub_id
        self._find_client = find_client
        self._on_refused = on_refused
        self._clock = clock
        self._verified = self._nothing_verified()
        self._verified_by = keys.current.version

    def _nothing_verified(self) -> BoundedMemory[str, AccessToken]:
        # Tokens expire by this clock, not by a monotonic one; each use compares the time again.
        return BoundedMemory(REMEMBERED_BYTES, lambda: self._clock().timestamp())

    async def __call__(self, unverified: str | None) -> AccessToken:
        """The client of a ``bearer``. Raises Refused(UNAUTHENTICATED), with one text whatever the
        reason."""
        if unverified is None:
            raise self._refused(CredentialRefusal.NO_CREDENTIAL)
        token = self._token(unverified)
        if await self._find_client(token.client_id) is None:
            raise self._refused(CredentialRefusal.UNKNOWN_CLIENT)
        return token

    def recall(self, unverified: str | None) -> AccessToken | None:
        """What ``unverified`` was when it was checked before. Whether it may still be used is
        another question; asking for it is cheap."""
        return None if unverified is None else self._verified.get(unverified)

    def _refused(self, reason: Reason) -> Refused:
        self._on_refused("access_token", reason)
        return Refused(ErrorCode.UNAUTHENTICATED)

    def _token(self, unverified: str) -> AccessToken:
        at = self._clock()
        if self._keys.current.version != self._verified_by:  # a key may not count any more
            self._verified, self._verified_by = self._nothing_verified(), self._keys.current.version
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
                unverified, public_keys=self._keys.of_tokens(), issuer=self._hub_id, at=at
            )
        except InvalidToken as refused:
            raise self._refused(refused.reason) from None


def bearer(headers: Headers) -> str | None:
    """RFC 6750 §2.1, in the header only: a token in a URL or a form ends up in logs. The scheme is
    in any case and is followed by one space or more (RFC 9110 §11.1, §11.4). Two headers are
    refused, because two readers could choose different ones."""
    given = headers.getlist("authorization")
    if len(given) != 1:
        return None
    scheme, _, token = given[0].strip(" \t").partition(" ")
    return token.lstrip(" ") or None if scheme.lower() == _SCHEME else None
