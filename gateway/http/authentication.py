"""The client that sends a request: an access token of this hub, of a client that is still
registered."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from starlette.datastructures import Headers

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.memory import BoundedMemory
from tongxing.keys import HubSigner
from tongxing.keys.client_tokens import AccessToken, check_access_token
from tongxing.keys.token_check import TOKEN_MAX_BYTES, InvalidToken

REMEMBERED_TOKENS = 10_000
"""Verified tokens kept until they expire, so that a signature is checked once; beyond this number
the token that expires first goes first."""

_SCHEME = "bearer "


class FindClient(Protocol):
    async def __call__(self, client_id: str) -> object | None:
        """None if no client of this id is registered, or if it is revoked."""
        ...


class Authentication:
    """``clock`` gives aware UTC times."""

    def __init__(
        self,
        *,
        signer: HubSigner,
        hub_id: str,
        find_client: FindClient,
        clock: Callable[[], datetime],
    ) -> None:
        self._public_key = signer.public_key
        self._hub_id = hub_id
        self._find_client = find_client
        self._clock = clock
        # Tokens expire by this clock, not by a monotonic one; each use compares the time again.
        self._verified: BoundedMemory[str, AccessToken]
        self._verified = BoundedMemory(REMEMBERED_TOKENS, lambda: clock().timestamp())

    async def __call__(self, headers: Headers) -> AccessToken:
        """Raises Refused(UNAUTHENTICATED), with one text whatever the reason."""
        token = self._token(_bearer(headers))
        if await self._find_client(token.client_id) is None:
            raise Refused(ErrorCode.UNAUTHENTICATED)
        return token

    def _token(self, unverified: str) -> AccessToken:
        at = self._clock()
        token = self._verified.get(unverified)
        if token is None:
            token = self._check(unverified, at)
            self._verified.put(unverified, token, ends=token.expires_at.timestamp())
        if token.expires_at <= at:
            raise Refused(ErrorCode.UNAUTHENTICATED)
        return token

    def _check(self, unverified: str, at: datetime) -> AccessToken:
        try:
            return check_access_token(
                unverified, public_key=self._public_key, issuer=self._hub_id, at=at
            )
        except InvalidToken:
            raise Refused(ErrorCode.UNAUTHENTICATED) from None


def _bearer(headers: Headers) -> str:
    """RFC 6750 §2.1, in the header only: a token in a URL or a form ends up in logs. Two headers
    are refused, because two readers could choose different ones."""
    given = headers.getlist("authorization")
    if len(given) != 1 or given[0][: len(_SCHEME)].lower() != _SCHEME:
        raise Refused(ErrorCode.UNAUTHENTICATED)
    token = given[0][len(_SCHEME) :]
    if len(token) > TOKEN_MAX_BYTES:
        raise Refused(ErrorCode.UNAUTHENTICATED)
    return token
