"""An ID token: what an organization's provider states about who has signed in there.

Responsible for every check of OpenID Connect Core 1.0 §3.1.3.7 that a token of the code flow needs,
by a kept library. Stricter than it: the hub is the only audience, and the nonce is always there.
Refuses to know who the subject is here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Public keys alone: a token under the client's own secret, or under none, is refused."""

LEEWAY_SECONDS = 30
"""As far as the hub lets its clients' clocks be off."""

SUBJECT_MAX_CHARACTERS = 255
"""OpenID Connect Core §2."""


@unique
class IdTokenFault(StrEnum):
    """Why a token is not believed; for operators, never for who sent it."""

    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    NONCE = "nonce"
    TIME = "time"
    SUBJECT = "subject"


class IdTokenRefused(ValueError):
    """Repeats nothing of the token."""

    def __init__(self, fault: IdTokenFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class ExpectedToken:
    """``claim`` is the one that names the person: ``sub``, or another text of the token."""

    issuer: str
    client_id: str
    nonce: str
    claim: str = "sub"


def provider_keys(jwks: Mapping[str, Any]) -> KeySet:
    """The public keys of a provider (RFC 7517 §5). Raises IdTokenRefused."""
    try:
        return KeySet.import_key_set({"keys": list(jwks["keys"])})
    except (JoseError, KeyError, TypeError, ValueError, AttributeError):
        raise IdTokenRefused(IdTokenFault.UNKNOWN_KEY) from None


def verified_subject(
    unverified_token: str, keys: KeySet, expected: ExpectedToken, at: datetime
) -> str:
    """Who signed in, as ``expected.claim`` names the person. Raises IdTokenRefused."""
    if expected.issuer == "" or expected.client_id == "" or expected.nonce == "":
        raise RuntimeError("a token is held against something")
    try:
        token = jwt.decode(unverified_token, keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": expected.issuer},
                "aud": {"essential": True, "value": expected.client_id},
                "nonce": {"essential": True, "value": expected.nonce},
            },
            {"nonce": expected.nonce, "client_id": expected.client_id},
        )
        claims.validate(int(at.timestamp()), LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError) as error:
        raise IdTokenRefused(_fault_of(error)) from None
    if claims["aud"] not in (expected.client_id, [expected.client_id]):
        raise IdTokenRefused(IdTokenFault.AUDIENCE)
    return _subject(claims.get(expected.claim))


def _subject(stated: object) -> str:
    if not isinstance(stated, str) or not 0 < len(stated) <= SUBJECT_MAX_CHARACTERS:
        raise IdTokenRefused(IdTokenFault.SUBJECT)
    return stated


def _fault_of(error: Exception) -> IdTokenFault:
    match error:
        case ExpiredTokenError():
            return IdTokenFault.TIME
        case InvalidClaimError() | MissingClaimError():
            return _CLAIMS.get(error.claim, _MALFORMED)
        case InvalidKeyIdError():
            return IdTokenFault.UNKNOWN_KEY
        case UnsupportedAlgorithmError():
            return IdTokenFault.ALGORITHM
        case BadSignatureError():
            return IdTokenFault.SIGNATURE
        case _:
            return _MALFORMED


_MALFORMED = IdTokenFault.MALFORMED
_CLAIMS = {
    "iss": IdTokenFault.ISSUER,
    "aud": IdTokenFault.AUDIENCE,
    "azp": IdTokenFault.AUDIENCE,
    "nonce": IdTokenFault.NONCE,
    "exp": IdTokenFault.TIME,
    "iat": IdTokenFault.TIME,
    "nbf": IdTokenFault.TIME,
    "sub": IdTokenFault.SUBJECT,
}
