"""The checks that client assertions and access tokens have in common.

Responsible for the strict front, the signature, the plain claims and the times of a signed token.
Refuses symmetric algorithms, and to read a clock.

PyJWT checks the signature and the plain claims. The strict parser of keys/envelope.py runs before
it. The rules of time run after it, because PyJWT reads the system's clock. The algorithm is always
that of the registered key (RFC 8725 §3.1); there is no HMAC algorithm.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt import InvalidAudienceError, InvalidSignatureError, PyJWT, PyJWTError
from jwt.types import Options

from tongxing.keys.envelope import MalformedEnvelope, UnverifiedEnvelope
from tongxing.keys.sm2 import Sm2PublicKey
from tongxing.keys.strict_json import MalformedJson, parse_object
from tongxing.keys.suites import PublicKey, SuiteName, is_key_id

IDENTIFIER_MAX_CHARACTERS = 128
"""Of a client id and of a jti. Error: InvalidToken."""

TOKEN_MAX_BYTES = 8 * 1024
"""Many times what our claims need; as long as a header line of common servers. Error:
InvalidToken."""

LEEWAY_SECONDS = 30
"""How far a client's clock may be off. Error: InvalidToken."""


class TokenRefusal(StrEnum):
    """Why a token was refused: for tests and the hub's counters, never for the sender."""

    MALFORMED = "MALFORMED"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    OTHER_ALGORITHM = "OTHER_ALGORITHM"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    OTHER_AUDIENCE = "OTHER_AUDIENCE"
    OTHER_CLAIMS = "OTHER_CLAIMS"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    LIVES_TOO_LONG = "LIVES_TOO_LONG"
    OTHER_REQUEST = "OTHER_REQUEST"
    OTHER_TOKEN = "OTHER_TOKEN"  # noqa: S105  a reason, no secret


class InvalidToken(Exception):
    """The token is refused. All reasons have the same text; ``reason`` stays inside the hub."""

    def __init__(self, reason: TokenRefusal) -> None:
        super().__init__("the token is not valid")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A registered key of a client: ES256 or EdDSA. From ``ends_at`` on it is refused."""

    key_id: str
    public_key: PublicKey
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        if not is_key_id(self.key_id):
            raise ValueError("not a key id")
        if self.public_key.suite is SuiteName.SM2_SM3:
            raise ValueError("a client key is ES256 or EdDSA: SM2 has no JWS algorithm")


def envelope(unverified: str, parse: Callable[[bytes], UnverifiedEnvelope]) -> UnverifiedEnvelope:
    if len(unverified) > TOKEN_MAX_BYTES:
        raise InvalidToken(TokenRefusal.MALFORMED)
    try:
        return parse(unverified.encode("ascii"))
    except (MalformedEnvelope, UnicodeError):
        raise InvalidToken(TokenRefusal.MALFORMED) from None


def unverified_claims(envelope: UnverifiedEnvelope) -> Mapping[str, Any]:
    try:
        return parse_object(envelope.unverified_payload, at_most_bytes=TOKEN_MAX_BYTES)
    except MalformedJson:
        raise InvalidToken(TokenRefusal.MALFORMED) from None


def registered(keys: Sequence[ClientKey], key_id: str) -> ClientKey:
    """The key of that id. If no key has it, the key of that thumbprint (RFC 7638), which its holder
    can compute without knowing under which id it was registered."""
    for key in keys:
        if key.key_id == key_id:
            return key
    for key in keys:
        if key.public_key.thumbprint() == key_id:
            return key
    raise InvalidToken(TokenRefusal.UNKNOWN_KEY)


_REQUIRED = ["iss", "sub", "aud", "iat", "exp", "jti"]
_PLAIN_CLAIMS: Options = {
    "require": _REQUIRED,
    "strict_aud": True,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
"""PyJWT only requires ``exp`` and ``iat`` to be there; ``check_times`` judges the times."""


def checked_claims(
    unverified: str,
    envelope: UnverifiedEnvelope,
    key: ClientKey,
    *,
    audience: str,
    issuer: str,
    subject: str | None = None,
) -> Mapping[str, Any]:
    """The claims, signed by ``key``. Our own parser reads them from the bytes that the signature
    covers, so that a repeated member cannot mean one thing to PyJWT and another to us."""
    if envelope.suite is not key.public_key.suite:
        raise InvalidToken(TokenRefusal.OTHER_ALGORITHM)
    algorithm = key.public_key.suite.value
    try:
        PyJWT().decode(
            unverified,
            _native(key.public_key),
            algorithms=[algorithm],
            options=_PLAIN_CLAIMS,
            audience=audience,
            issuer=issuer,
            subject=subject,
        )
    except InvalidSignatureError:
        raise InvalidToken(TokenRefusal.BAD_SIGNATURE) from None
    except InvalidAudienceError:
        raise InvalidToken(TokenRefusal.OTHER_AUDIENCE) from None
    except PyJWTError:
        raise InvalidToken(TokenRefusal.OTHER_CLAIMS) from None
    return unverified_claims(envelope)


def _native(key: PublicKey) -> EllipticCurvePublicKey | Ed25519PublicKey:
    if isinstance(key.point, Sm2PublicKey):
        raise InvalidToken(TokenRefusal.OTHER_ALGORITHM)
    return key.point.native


def check_times(
    claims: Mapping[str, Any], at: datetime, lifetime_max_seconds: int, leeway_at_end: int
) -> datetime:
    """The moment from which the token is refused."""
    now = at.timestamp()
    issued_at, expires_at = _seconds(claims, "iat"), _seconds(claims, "exp")
    not_before = _seconds(claims, "nbf") if "nbf" in claims else issued_at
    if not 0 < expires_at - issued_at <= lifetime_max_seconds:
        raise InvalidToken(TokenRefusal.LIVES_TOO_LONG)
    if max(issued_at, not_before) > now + LEEWAY_SECONDS:
        raise InvalidToken(TokenRefusal.NOT_YET_VALID)
    if now >= expires_at + leeway_at_end:
        raise InvalidToken(TokenRefusal.EXPIRED)
    return datetime.fromtimestamp(expires_at + leeway_at_end, UTC)


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    """Whole seconds, far from any overflow. RFC 7519 §2 allows fractions; they are refused."""
    value = claims[name]
    if type(value) is not int or not 0 <= value < 2**53:
        raise InvalidToken(TokenRefusal.MALFORMED)
    return value


def text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise InvalidToken(TokenRefusal.MALFORMED)
    return value


def identifier(claims: Mapping[str, Any], name: str) -> str:
    """Printable ASCII without spaces, because it goes into the replay list and the audit log."""
    value = text(claims, name)
    if not 0 < len(value) <= IDENTIFIER_MAX_CHARACTERS or not _is_visible(value):
        raise InvalidToken(TokenRefusal.MALFORMED)
    return value


def _is_visible(value: str) -> bool:
    return value.isascii() and value.isprintable() and " " not in value


def texts(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    value = claims.get(name)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InvalidToken(TokenRefusal.MALFORMED)
    return frozenset(value)
