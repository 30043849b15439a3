"""Client tokens: signed assertions in (RFC 7523), access tokens out (RFC 9068).

Responsible for who a client system is, in two steps: an assertion that its private key signed says
it to the token endpoint; the access token that it gets for it says it to everything else. Refuses
to know whether an assertion was used before (the replay list does) and what a client may do (the
registry does).

PyJWT checks the signature and the plain claims. In front of it stands the strict parser of
keys/envelope.py, behind it the rules of time, because PyJWT reads a clock of its own. The algorithm
is always that of the registered key (RFC 8725 §3.1); no HMAC algorithm exists here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from secrets import token_urlsafe
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt import PyJWT, PyJWTError
from jwt.types import Options

from keys.envelope import MalformedEnvelope, UnverifiedEnvelope, parse_compact_jws, parse_token
from keys.signing import Es256Signer, HubSigner
from keys.sm2 import Sm2PublicKey
from keys.strict_json import MalformedJson, parse_object
from keys.suites import PublicKey, SuiteName, is_key_id

TOKEN_MAX_BYTES = 8 * 1024
"""Many times what any claim of ours needs; a header line of common servers. Error: InvalidToken."""

ASSERTION_LIFETIME_MAX_SECONDS = 300
"""From iat to exp. The replay list has to remember an assertion so long. Error: InvalidToken."""

ACCESS_TOKEN_LIFETIME_MAX_SECONDS = 300
"""From iat to exp (issue 2: at most five minutes). Error: InvalidToken, or ValueError on issue."""

LEEWAY_SECONDS = 30
"""How far a client's clock may be off. Error: InvalidToken."""

IDENTIFIER_MAX_CHARACTERS = 128
"""Of a client id and of a jti. Error: InvalidToken."""

ASSERTION_TYP = "client-authentication+jwt"
ACCESS_TOKEN_TYP = "at+jwt"  # noqa: S105  a media type (RFC 9068 §2.1), no secret

_ASSERTION_TYPES = frozenset({ASSERTION_TYP, "JWT"})
"""``JWT`` is what ordinary libraries write."""


class TokenRefusal(StrEnum):
    """Why a token was refused: for tests and for the hub's own counters, never for the sender."""

    MALFORMED = "MALFORMED"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    OTHER_ALGORITHM = "OTHER_ALGORITHM"
    SIGNATURE_OR_CLAIMS = "SIGNATURE_OR_CLAIMS"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    LIVES_TOO_LONG = "LIVES_TOO_LONG"


class InvalidToken(Exception):
    """The token is refused. The text is one for all; ``reason`` stays inside the hub."""

    def __init__(self, reason: TokenRefusal) -> None:
        super().__init__("the token is not valid")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A registered key of a client: ES256 or EdDSA."""

    key_id: str
    public_key: PublicKey

    def __post_init__(self) -> None:
        if not is_key_id(self.key_id):
            raise ValueError("not a key id")
        if self.public_key.suite is SuiteName.SM2_SM3:
            raise ValueError("a client key is ES256 or EdDSA: SM2 has no JWS algorithm")


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """An assertion that holds. ``jti`` must not be used again before ``expires_at``, from which on
    the assertion is refused in any case (the leeway is in it)."""

    client_id: str
    jti: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What the hub itself granted: to whom, what for, and until when."""

    client_id: str
    scopes: frozenset[str]
    regions: frozenset[str]
    purposes: frozenset[str]
    jti: str
    expires_at: datetime


def check_client_assertion(
    unverified: str,
    *,
    keys_of: Callable[[str], Sequence[ClientKey]],
    audience: str,
    at: datetime,
) -> ClientAssertion:
    """The client that speaks in ``unverified``; InvalidToken otherwise. ``keys_of`` gives the
    registered keys of a client id, none for an unknown one. ``iss`` and ``sub`` are the client id
    (RFC 7523 §3), ``aud`` is ``audience`` alone."""
    envelope = _envelope(unverified, lambda octets: parse_token(octets, types=_ASSERTION_TYPES))
    client_id = _identifier(_unverified_claims(envelope), "iss")
    key = _registered(keys_of(client_id), envelope.key_id)
    claims = _checked_claims(
        unverified, envelope, key, audience=audience, issuer=client_id, subject=client_id
    )
    expires_at = _check_times(claims, at, ASSERTION_LIFETIME_MAX_SECONDS, LEEWAY_SECONDS)
    return ClientAssertion(client_id, _identifier(claims, "jti"), expires_at)


def sign_client_assertion(
    signer: Es256Signer, *, client_id: str, audience: str, at: datetime, lifetime: timedelta
) -> str:
    """What a client sends to the token endpoint of ``audience``."""
    issued_at = int(at.timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": issued_at,
        "exp": issued_at + int(lifetime.total_seconds()),
        "jti": token_urlsafe(16),
    }
    return signer.sign_jws(ASSERTION_TYP, claims)


def issue_access_token(
    signer: HubSigner,
    *,
    issuer: str,
    client_id: str,
    scopes: frozenset[str],
    regions: frozenset[str],
    purposes: frozenset[str],
    at: datetime,
    lifetime: timedelta,
) -> str:
    """An access token of the hub for itself (``aud`` is ``issuer``). ValueError where ``lifetime``
    is none, or longer than a token of this hub may live."""
    seconds = int(lifetime.total_seconds())
    if not 0 < seconds <= ACCESS_TOKEN_LIFETIME_MAX_SECONDS:
        raise ValueError("an access token lives between one second and five minutes")
    issued_at = int(at.timestamp())
    claims = {
        "iss": issuer,
        "aud": issuer,
        "sub": client_id,
        "client_id": client_id,
        "iat": issued_at,
        "exp": issued_at + seconds,
        "jti": token_urlsafe(16),
        "scope": " ".join(sorted(scopes)),
        "regions": sorted(regions),
        "purposes": sorted(purposes),
    }
    return signer.sign_jws(ACCESS_TOKEN_TYP, claims)


def check_access_token(
    unverified: str, *, public_key: PublicKey, issuer: str, at: datetime
) -> AccessToken:
    """The grant in ``unverified``, which the hub ``issuer`` signed; InvalidToken otherwise. There
    is no leeway at its end: issuer and reader are one hub."""
    envelope = _envelope(unverified, lambda octets: parse_compact_jws(octets, typ=ACCESS_TOKEN_TYP))
    key = _registered([ClientKey(public_key.thumbprint(), public_key)], envelope.key_id)
    claims = _checked_claims(unverified, envelope, key, audience=issuer, issuer=issuer)
    expires_at = _check_times(claims, at, ACCESS_TOKEN_LIFETIME_MAX_SECONDS, 0)
    return AccessToken(
        client_id=_identifier(claims, "client_id"),
        scopes=frozenset(_text(claims, "scope").split()),
        regions=_texts(claims, "regions"),
        purposes=_texts(claims, "purposes"),
        jti=_identifier(claims, "jti"),
        expires_at=expires_at,
    )


def _envelope(unverified: str, parse: Callable[[bytes], UnverifiedEnvelope]) -> UnverifiedEnvelope:
    if len(unverified) > TOKEN_MAX_BYTES:
        raise InvalidToken(TokenRefusal.MALFORMED)
    try:
        return parse(unverified.encode("ascii"))
    except (MalformedEnvelope, UnicodeError):
        raise InvalidToken(TokenRefusal.MALFORMED) from None


def _unverified_claims(envelope: UnverifiedEnvelope) -> Mapping[str, Any]:
    try:
        return parse_object(envelope.unverified_payload, at_most_bytes=TOKEN_MAX_BYTES)
    except MalformedJson:
        raise InvalidToken(TokenRefusal.MALFORMED) from None


def _registered(keys: Sequence[ClientKey], key_id: str) -> ClientKey:
    for key in keys:
        if key.key_id == key_id:
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
"""``exp``, ``iat`` and ``nbf`` must stand there where required; ``_check_times`` judges them."""


def _checked_claims(
    unverified: str,
    envelope: UnverifiedEnvelope,
    key: ClientKey,
    *,
    audience: str,
    issuer: str,
    subject: str | None = None,
) -> Mapping[str, Any]:
    """The claims, signed by ``key``. They are read by our own parser from the very bytes that the
    signature covers, so that a repeated member cannot mean one thing here and another there."""
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
    except PyJWTError:
        raise InvalidToken(TokenRefusal.SIGNATURE_OR_CLAIMS) from None
    return _unverified_claims(envelope)


def _native(key: PublicKey) -> EllipticCurvePublicKey | Ed25519PublicKey:
    if isinstance(key.point, Sm2PublicKey):
        raise InvalidToken(TokenRefusal.OTHER_ALGORITHM)
    return key.point.native


def _check_times(
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
    """Whole seconds (RFC 7519 §2 allows fractions; nobody needs them), far from any overflow."""
    value = claims[name]
    if type(value) is not int or not 0 <= value < 2**53:
        raise InvalidToken(TokenRefusal.MALFORMED)
    return value


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise InvalidToken(TokenRefusal.MALFORMED)
    return value


def _identifier(claims: Mapping[str, Any], name: str) -> str:
    """Printable ASCII without spaces: it goes into the replay list and the audit log."""
    value = _text(claims, name)
    if not 0 < len(value) <= IDENTIFIER_MAX_CHARACTERS or not _is_visible(value):
        raise InvalidToken(TokenRefusal.MALFORMED)
    return value


def _is_visible(value: str) -> bool:
    return value.isascii() and value.isprintable() and " " not in value


def _texts(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    value = claims.get(name)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InvalidToken(TokenRefusal.MALFORMED)
    return frozenset(value)
