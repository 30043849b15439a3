"""The client that sends a request: an access token of this hub, of a client that is still
registered, and with what the token is bound to."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol
from weakref import ref

from starlette.types import Scope

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.http.credential_refusal import CredentialRefusal, OnRefused, Reason
from tongxing.gateway.http.credentials_shown import ShownCredential
from tongxing.gateway.http.possession import NotShown, Possession, Unproven, holds_certificate
from tongxing.gateway.memory import BoundedMemory
from tongxing.keys.client_tokens import AccessToken, check_access_token
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.token_binding import BindingKind
from tongxing.keys.token_check import InvalidToken, TokenRefusal

REMEMBERED_BYTES = 20_000_000
"""For verified tokens, some 10,000, kept until they expire, so that a signature is checked once;
beyond it the token that expires first goes first."""

TOKEN_BYTES = 2_400
"""What is kept of a token beside its text, with its scopes and regions as they were granted and as
they are now."""


class Registered(Protocol):
    """A registered client, as it is now."""

    @property
    def bound(self) -> BindingKind | None:
        """What all of the client's tokens must be bound to."""
        ...

    def present(self, token: AccessToken) -> AccessToken | None:
        """``token`` as far as the client still has what it grants, and as long as the key counts
        that it was got with; the same object if nothing was taken away. None if the client no
        longer has that key."""
        ...


class FindClient(Protocol):
    async def __call__(self, client_id: str, *, anew: bool = False) -> Registered | None:
        """None if no client of this id is registered, or if it is revoked. The same object again as
        long as nothing has changed, or seldom another. With ``anew`` nothing that is remembered
        counts."""
        ...


class _Verified(NamedTuple):
    """A token, and what it allowed by the client as it was ``seen`` last."""

    token: AccessToken
    seen: Callable[[], Registered | None] = lambda: None
    present: AccessToken | None = None


class Authentication:
    """``clock`` gives aware UTC times. ``on_refused`` is told why a token was not believed."""

    def __init__(
        self,
        *,
        keys: HubKeys,
        hub_id: str,
        find_client: FindClient,
        possession: Possession,
        on_refused: OnRefused,
        clock: Callable[[], datetime],
    ) -> None:
        self._keys = keys
        self._hub_id = hub_id
        self._find_client = find_client
        self._possession = possession
        self._on_refused = on_refused
        self._clock = clock
        self._verified = self._nothing_verified()
        self._verified_by = keys.current.version
        self._verified_until = keys.tokens_change_at(clock())

    def _nothing_verified(self) -> BoundedMemory[str, _Verified]:
        # Tokens expire by this clock, not by a monotonic one; each use compares the time again.
        return BoundedMemory(REMEMBERED_BYTES, lambda: self._clock().timestamp())

    async def __call__(self, shown: ShownCredential | None, scope: Scope) -> AccessToken:
        """The client of the request ``scope``, which has ``shown`` this, with what it is still
        allowed. Raises Refused(UNAUTHENTICATED), with one text whatever the reason."""
        if shown is None:
            raise self._refused(CredentialRefusal.NO_CREDENTIAL)
        at = self._clock()
        verified = self._token(shown.token, at)
        client = await self._registered(verified.token)
        present = verified.present
        if present is None or verified.seen() is not client:
            present = await self._seen_again(shown.token, verified.token, client)
        if present.expires_at <= at:
            raise self._refused(TokenRefusal.UNKNOWN_KEY)
        if present.binding is not None or shown.is_dpop:
            await self._check_binding(present, shown, scope)
        return present

    def recall(self, shown: ShownCredential | None, scope: Scope) -> AccessToken | None:
        """What a token was when it was checked before, if nothing dear is left to check: a proof
        has to be checked each time. Whether the token may still be used is another question; asking
        for it is cheap."""
        if shown is None or shown.is_dpop:
            return None
        found = self._verified.get(shown.token)
        token = None if found is None else found.present
        if token is None or token.binding is None or holds_certificate(token, scope):
            return token
        return None

    async def still_allowed(self, token: AccessToken) -> AccessToken:
        """What a client that was let in with ``token`` may do now. Raises Refused once it must be
        told nothing more."""
        if token.expires_at <= self._clock():
            raise self._refused(TokenRefusal.EXPIRED)
        present = (await self._registered(token)).present(token)
        if present is None:
            raise self._refused(TokenRefusal.UNKNOWN_KEY)
        return present

    async def _registered(self, token: AccessToken) -> Registered:
        client = await self._find_client(token.client_id)
        if client is None:
            raise self._refused(CredentialRefusal.UNKNOWN_CLIENT)
        if client.bound is not None and not _is_bound(token, client.bound):
            raise self._refused(CredentialRefusal.NOT_BOUND)
        return client

    async def _check_binding(
        self, token: AccessToken, shown: ShownCredential, scope: Scope
    ) -> None:
        try:
            await self._possession.check(token.binding, shown, scope)
        except NotShown as missing:
            self._on_refused("access_token", missing.reason)
            is_certificate = _is_bound(token, BindingKind.CERTIFICATE)
            if is_certificate and not shown.is_dpop:
                raise Refused(ErrorCode.UNAUTHENTICATED) from None
            raise Unproven(missing.error) from None

    async def _seen_again(
        self, unverified: str, token: AccessToken, client: Registered
    ) -> AccessToken:
        """The same object as before if nothing has changed: what is remembered of a request goes by
        it. The client itself is not kept alive: it is larger than its tokens."""
        present = client.present(token)
        if present is None:
            # Another worker may have granted it by a key of which this one has not heard yet.
            now = await self._find_client(token.client_id, anew=True)
            present, client = (None if now is None else now.present(token)), now or client
        if present is None:
            raise self._refused(TokenRefusal.UNKNOWN_KEY)
        before = self._verified.get(unverified)
        if before is not None and before.present == present:
            present = before.present
        self._keep(unverified, _Verified(token, ref(client), present))
        return present

    def _keep(self, unverified: str, verified: _Verified) -> None:
        size = TOKEN_BYTES + 2 * sys.getsizeof(unverified)
        ends = verified.token.expires_at.timestamp()
        self._verified.put(unverified, verified, size=size, ends=ends)

    def _refused(self, reason: Reason) -> Refused:
        self._on_refused("access_token", reason)
        return Refused(ErrorCode.UNAUTHENTICATED)

    def _token(self, unverified: str, at: datetime) -> _Verified:
        self._forget_if_keys_changed(at)
        verified = self._verified.get(unverified)
        if verified is None:
            verified = _Verified(self._check(unverified, at))
            self._keep(unverified, verified)
        if verified.token.expires_at <= at:
            raise self._refused(TokenRefusal.EXPIRED)
        return verified

    def _forget_if_keys_changed(self, at: datetime) -> None:
        """A key that was revoked, or whose overlap has ended, counts no more for what is remembered
        either."""
        version, until = self._keys.current.version, self._verified_until
        if version != self._verified_by or (until is not None and at >= until):
            self._verified, self._verified_by = self._nothing_verified(), version
            self._verified_until = self._keys.tokens_change_at(at)

    def _check(self, unverified: str, at: datetime) -> AccessToken:
        try:
            return check_access_token(
                unverified, public_keys=self._keys.of_tokens(), issuer=self._hub_id, at=at
            )
        except InvalidToken as refused:
            raise self._refused(refused.reason) from None


def _is_bound(token: AccessToken, kind: BindingKind) -> bool:
    return token.binding is not None and token.binding.kind is kind
