"""An organization's OpenID Connect provider: where people go to sign in, and who came back.

The authorization code flow with PKCE (RFC 7636), a state and a nonce (OpenID Connect Core §3.1).
What the provider says of itself (Discovery 1.0 §4) is fetched when somebody signs in, and kept.
"""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Any, Protocol
from urllib.parse import quote_plus, urlencode

import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import KeySet

from tongxing.gateway.pages.provider_client import ProviderAway
from tongxing.gateway.settings import SignInSettings
from tongxing.keys.id_token import (
    ExpectedToken,
    IdTokenFault,
    IdTokenRefused,
    provider_keys,
    verified_subject,
)

RANDOM_BYTES = 32
KEPT_SECONDS = 3_600
"""How long what a provider says of itself counts; a key that it has not named makes it be asked."""

ASKED_AGAIN_AFTER_SECONDS = 10
"""Sooner the provider is not asked again, whether it answered or not: anybody may begin to sign
in."""

OK = 200
BASIC = "client_secret_basic"
"""How a hub proves itself to the provider (OpenID Connect Core §9), unless it takes forms alone."""


class Attempt(msgspec.Struct, frozen=True, array_like=True):
    """One browser's way to the provider and back; each part is known to two of the three alone."""

    state: str
    nonce: str
    verifier: str

    def __repr__(self) -> str:
        return "Attempt()"


def new_attempt() -> Attempt:
    return Attempt(*(token_urlsafe(RANDOM_BYTES) for _ in range(3)))


class CodeRefused(Exception):
    """The provider gives no token for this code: it is old, used or not of this hub."""


class AskProvider(Protocol):
    """As ``provider_client.answered_json``."""

    def __call__(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Awaitable[tuple[int, Mapping[str, Any]]]: ...


class _Metadata(msgspec.Struct, frozen=True):
    """Of OpenID Connect Discovery 1.0 §3 and RFC 9207 §3, what the hub needs."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = (BASIC,)
    authorization_response_iss_parameter_supported: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.authorization_endpoint, self.token_endpoint, self.jwks_uri


@dataclass(frozen=True, slots=True)
class _Known:
    metadata: _Metadata
    keys: KeySet
    since: float


class Provider:
    """``return_url`` is where people come back, registered with the provider as it stands;
    ``may_ask`` says of an address whether its connections prove who answers."""

    def __init__(
        self,
        settings: SignInSettings,
        *,
        secret: str,
        return_url: str,
        ask: AskProvider,
        may_ask: Callable[[str], bool],
        clock: Callable[[], datetime],
        seconds: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._secret = secret
        self._return_url = return_url
        self._ask = ask
        self._may_ask = may_ask
        self._clock = clock
        self._seconds = seconds
        self._asking = asyncio.Lock()
        self._asked_at: float | None = None
        self._known: _Known | None = None

    @property
    def issuer(self) -> str:
        return self._settings.provider

    async def sign_in_address(self, attempt: Attempt) -> str:
        """Where a browser goes. Raises ProviderAway."""
        metadata = (await self._knowledge()).metadata
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._return_url,
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        return f"{metadata.authorization_endpoint}{joint}{urlencode(asked)}"

    async def subject(self, attempt: Attempt, code: str, issuer: str | None) -> str:
        """Who has come back with ``code``; ``issuer`` is what the answer says of its own (RFC
        9207). Raises ProviderAway, CodeRefused, IdTokenRefused."""
        metadata = (await self._knowledge()).metadata
        is_missing = issuer is None and metadata.authorization_response_iss_parameter_supported
        if is_missing or issuer not in (None, metadata.issuer):
            raise IdTokenRefused(IdTokenFault.ISSUER)
        token = await self._token(metadata, attempt, code)
        settings = self._settings
        expected = ExpectedToken(
            settings.provider, settings.client_id, attempt.nonce, settings.claim
        )
        known = await self._knowledge()
        try:
            return verified_subject(token, known.keys, expected, self._clock())
        except IdTokenRefused as refused:
            if refused.fault is not IdTokenFault.UNKNOWN_KEY:
                raise
        newer = await self._knowledge(than=known)
        return verified_subject(token, newer.keys, expected, self._clock())

    async def _token(self, metadata: _Metadata, attempt: Attempt, code: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return_url,
            "code_verifier": attempt.verifier,
        }
        headers: dict[str, str] = {}
        if BASIC in metadata.token_endpoint_auth_methods_supported:
            headers["authorization"] = _basic(self._settings.client_id, self._secret)
        else:
            form |= {"client_id": self._settings.client_id, "client_secret": self._secret}
        status, answer = await self._ask(
            "POST", metadata.token_endpoint, form=form, headers=headers
        )
        token = answer.get("id_token")
        if status != OK or not isinstance(token, str):
            raise CodeRefused
        return token

    async def _knowledge(self, than: _Known | None = None) -> _Known:
        """What is known of the provider, newer than ``than``. Raises ProviderAway."""
        async with self._asking:
            now, known = self._seconds(), self._known
            is_fresh = known is not None and now - known.since < KEPT_SECONDS
            if known is not None and is_fresh and known is not than:
                return known
            if self._asked_at is not None and now - self._asked_at < ASKED_AGAIN_AFTER_SECONDS:
                if known is not None and is_fresh:
                    return known
                raise ProviderAway("asked a moment ago")
            self._asked_at = now
            self._known = await self._learn(now)
            return self._known

    async def _learn(self, now: float) -> _Known:
        metadata = await self._metadata()
        status, jwks = await self._ask("GET", metadata.jwks_uri)
        if status != OK:
            raise ProviderAway("no keys")
        try:
            return _Known(metadata, provider_keys(jwks), now)
        except IdTokenRefused:
            raise ProviderAway("no keys") from None

    async def _metadata(self) -> _Metadata:
        status, stated = await self._ask("GET", self._settings.discovery_url)
        try:
            metadata = msgspec.convert(stated, _Metadata)
        except msgspec.ValidationError:
            raise ProviderAway("no metadata") from None
        is_of_it = status == OK and metadata.issuer == self._settings.provider
        if not is_of_it or not all(map(self._may_ask, metadata.addresses)):
            raise ProviderAway("metadata of another one")
        return metadata


def _basic(client_id: str, secret: str) -> str:
    """RFC 6749 §2.3.1: both are form-encoded first."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {b64encode(pair.encode()).decode()}"
