"""DPoP proofs (RFC 9449): that a client holds a key, for one request.

Responsible for the checks of §4.3 but one: whether the proof was used before is for a list that
lasts (``jti``). The key comes with the proof, so a proof says nothing by itself; it counts for a
token that is bound to that key. Refuses to read a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from tongxing.keys import base64url
from tongxing.keys.envelope import SIGNATURE_BYTES
from tongxing.keys.public_key_file import named_key_from_jwk
from tongxing.keys.signing import Es256Signer
from tongxing.keys.strict_json import MalformedJson, parse_object
from tongxing.keys.suites import (
    BadSignature,
    InvalidKey,
    PublicKey,
    SuiteName,
    check_signature,
)
from tongxing.keys.token_check import (
    LEEWAY_SECONDS,
    InvalidToken,
    TokenRefusal,
    identifier,
    text,
)

PROOF_TYP = "dpop+jwt"
PROOF_ALGORITHMS = (SuiteName.ES256.value, SuiteName.EDDSA.value)

PROOF_MAX_BYTES = 4 * 1024
"""Several times what a proof needs. Error: InvalidToken."""

PROOF_LIFETIME = timedelta(seconds=60)
"""From ``iat`` on; one may be ``LEEWAY_SECONDS`` ahead. Error: InvalidToken."""

_PARTS = 3
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class DpopProof:
    """A valid proof. ``jti`` must not be used again with this key before ``expires_at``."""

    thumbprint: str
    jti: str
    expires_at: datetime


def check_proof(
    unverified: str, *, method: str, url: str, at: datetime, token: str | None = None
) -> DpopProof:
    """The proof in ``unverified`` for a request of ``method`` to ``url``, which has no query, and
    with the access ``token``. Raises InvalidToken."""
    protected, payload, signature = _parts(unverified)
    key = _key(_object(protected))
    _check_signature(key, f"{protected}.{payload}".encode("ascii"), signature)
    claims = _object(payload)
    if text(claims, "htm") != method or _normal(text(claims, "htu")) != _normal(url):
        raise InvalidToken(TokenRefusal.OTHER_REQUEST)
    if token is not None and claims.get("ath") != access_token_hash(token):
        raise InvalidToken(TokenRefusal.OTHER_TOKEN)
    return DpopProof(key.thumbprint(), identifier(claims, "jti"), _end(claims, at))


def sign_proof(
    signer: Es256Signer, *, method: str, url: str, at: datetime, token: str | None = None
) -> str:
    """What a client sends beside a request of ``method`` to ``url``."""
    claims: dict[str, object] = {
        "jti": token_urlsafe(16),
        "htm": method,
        "htu": url,
        "iat": int(at.timestamp()),
    }
    if token is not None:
        claims["ath"] = access_token_hash(token)
    return signer.sign_proof(PROOF_TYP, claims)


def access_token_hash(token: str) -> str:
    """RFC 9449 §4.2 ``ath``."""
    return base64url.encode(sha256(token.encode("ascii")).digest())


def _parts(unverified: str) -> tuple[str, str, bytes]:
    parts = unverified.split(".")
    if len(unverified) > PROOF_MAX_BYTES or len(parts) != _PARTS or not unverified.isascii():
        raise InvalidToken(TokenRefusal.MALFORMED)
    signature = _octets(parts[2])
    if len(signature) != SIGNATURE_BYTES:
        raise InvalidToken(TokenRefusal.MALFORMED)
    return parts[0], parts[1], signature


def _octets(part: str) -> bytes:
    try:
        return base64url.decode(part)
    except ValueError:
        raise InvalidToken(TokenRefusal.MALFORMED) from None


def _object(part: str) -> Mapping[str, Any]:
    try:
        return parse_object(_octets(part), at_most_bytes=PROOF_MAX_BYTES)
    except MalformedJson:
        raise InvalidToken(TokenRefusal.MALFORMED) from None


def _key(header: Mapping[str, Any]) -> PublicKey:
    """The key that the proof brings with it; its curve says the algorithm. What a header says
    besides counts for nothing, but for ``crit``, which asks for more than is done here (RFC 7515
    §4.1.11)."""
    jwk = header.get("jwk")
    if header.get("typ") != PROOF_TYP or "crit" in header or not isinstance(jwk, dict):
        raise InvalidToken(TokenRefusal.MALFORMED)
    if header.get("alg") not in PROOF_ALGORITHMS:
        raise InvalidToken(TokenRefusal.OTHER_ALGORITHM)
    try:
        key = named_key_from_jwk({name: jwk[name] for name in jwk if name != "kid"}).public_key
    except InvalidKey:
        raise InvalidToken(TokenRefusal.MALFORMED) from None
    if header["alg"] != key.suite.value:
        raise InvalidToken(TokenRefusal.OTHER_ALGORITHM)
    return key


def _check_signature(key: PublicKey, signed: bytes, signature: bytes) -> None:
    try:
        check_signature(key, signed, signature)
    except BadSignature:
        raise InvalidToken(TokenRefusal.BAD_SIGNATURE) from None


def _end(claims: Mapping[str, Any], at: datetime) -> datetime:
    """When the proof ends, the leeway included."""
    issued_at, now = claims.get("iat"), at.timestamp()
    if type(issued_at) is not int or not 0 <= issued_at < 2**53:
        raise InvalidToken(TokenRefusal.MALFORMED)
    if issued_at > now + LEEWAY_SECONDS:
        raise InvalidToken(TokenRefusal.NOT_YET_VALID)
    end = issued_at + PROOF_LIFETIME.total_seconds()
    if now >= end:
        raise InvalidToken(TokenRefusal.EXPIRED)
    return datetime.fromtimestamp(end, UTC)


def _normal(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path. RFC 9449 §4.3: query and fragment do not count, and what RFC
    3986 §6.2.2 and §6.2.3 call the same is the same, as far as one of our addresses can be spelled
    otherwise."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidToken(TokenRefusal.MALFORMED) from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        raise InvalidToken(TokenRefusal.MALFORMED)
    default = _DEFAULT_PORTS[parts.scheme]
    return parts.scheme, parts.hostname, default if port is None else port, parts.path or "/"
