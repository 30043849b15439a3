"""Client tokens: signed assertions in (RFC 7523), access tokens out (RFC 9068).

Responsible for who a client system is, in two steps. The client signs an assertion with its private
key and sends it to the token endpoint; the access token that it gets back identifies it everywhere
else. Refuses to know whether an assertion was used before (the replay list does) and what a client
may do (the registry does).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from tongxing.keys import token_check
from tongxing.keys.envelope import parse_compact_jws, parse_token
from tongxing.keys.signing import Es256Signer, SignsReceipts
from tongxing.keys.suites import PublicKey
from tongxing.keys.token_binding import Binding, binding_of
from tongxing.keys.token_check import LEEWAY_SECONDS, ClientKey, InvalidToken

__all__ = [
    "ACCESS_TOKEN_LIFETIME_MAX_SECONDS",
    "ASSERTION_LIFETIME_MAX_SECONDS",
    "AccessToken",
    "ClientAssertion",
    "ClientKey",
    "InvalidToken",
    "check_access_token",
    "check_client_assertion",
    "issue_access_token",
    "sign_client_assertion",
]

ASSERTION_LIFETIME_MAX_SECONDS = 300
"""From iat to exp; also how long the replay list remembers an assertion. Error: InvalidToken."""

ACCESS_TOKEN_LIFETIME_MAX_SECONDS = 300
"""From iat to exp: a stolen token is good for five minutes. Error: InvalidToken, or ValueError on
issue."""

ASSERTION_TYP = "client-authentication+jwt"
ACCESS_TOKEN_TYP = "at+jwt"  # noqa: S105  a media type (RFC 9068 §2.1), no secret

_ASSERTION_TYPES = frozenset({ASSERTION_TYP, "JWT"})
"""``JWT`` is what ordinary libraries write."""


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """A valid assertion. ``jti`` must not be used again before ``expires_at``; from then on the
    assertion is refused in any case (the leeway is included). ``key`` has signed it."""

    client_id: str
    jti: str
    expires_at: datetime
    key: ClientKey


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What the hub granted: to which client, for what, and until when. ``key`` is the thumbprint of
    the client's key that it was got with; None in a token of an earlier version. If it has a
    ``binding``, it counts only for those who show what it is bound to."""

    client_id: str
    scopes: frozenset[str]
    regions: frozenset[str]
    purposes: frozenset[str]
    jti: str
    expires_at: datetime
    key: str | None = None
    binding: Binding | None = None


def check_client_assertion(
    unverified: str,
    *,
    keys_of: Callable[[str], Sequence[ClientKey]],
    audience: str,
    at: datetime,
) -> ClientAssertion:
    """The assertion in ``unverified``; InvalidToken otherwise. ``keys_of`` gives the registered
    keys of a client id, and no keys for an unknown one. ``iss`` and ``sub`` are the client id (RFC
    7523 §3), and ``aud`` is ``audience`` alone."""
    envelope = token_check.envelope(
        unverified, lambda octets: parse_token(octets, types=_ASSERTION_TYPES)
    )
    client_id = token_check.identifier(token_check.unverified_claims(envelope), "iss")
    key = token_check.registered(keys_of(client_id), envelope.key_id)
    claims = token_check.checked_claims(
        unverified, envelope, key, audience=audience, issuer=client_id, subject=client_id
    )
    expires_at = token_check.check_times(claims, at, ASSERTION_LIFETIME_MAX_SECONDS, LEEWAY_SECONDS)
    return ClientAssertion(client_id, token_check.identifier(claims, "jti"), expires_at, key)


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
    signer: SignsReceipts,
    *,
    issuer: str,
    client_id: str,
    scopes: frozenset[str],
    regions: frozenset[str],
    purposes: frozenset[str],
    key: str,
    at: datetime,
    lifetime: timedelta,
    binding: Binding | None = None,
) -> str:
    """An access token of the hub for itself (``aud`` is ``issuer``), got with the client's key of
    thumbprint ``key``. ValueError if ``lifetime`` is not positive, or longer than five minutes."""
    seconds = int(lifetime.total_seconds())
    if not 0 < seconds <= ACCESS_TOKEN_LIFETIME_MAX_SECONDS:
        raise ValueError("an access token lives between one second and five minutes")
    issued_at = int(at.timestamp())
    claims: dict[str, object] = {
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
        "client_key": key,
    }
    if binding is not None:
        claims["cnf"] = binding.claim()
    return signer.sign_jws(ACCESS_TOKEN_TYP, claims)


def check_access_token(
    unverified: str, *, public_keys: Sequence[PublicKey], issuer: str, at: datetime
) -> AccessToken:
    """The grant in ``unverified``, signed by the hub ``issuer`` with one of ``public_keys``;
    InvalidToken otherwise. There is no leeway at its end, because one hub issues and reads it."""
    envelope = token_check.envelope(
        unverified, lambda octets: parse_compact_jws(octets, typ=ACCESS_TOKEN_TYP)
    )
    ours = [ClientKey(key.thumbprint(), key) for key in public_keys]
    key = token_check.registered(ours, envelope.key_id)
    claims = token_check.checked_claims(unverified, envelope, key, audience=issuer, issuer=issuer)
    expires_at = token_check.check_times(claims, at, ACCESS_TOKEN_LIFETIME_MAX_SECONDS, 0)
    return AccessToken(
        client_id=token_check.identifier(claims, "client_id"),
        scopes=frozenset(token_check.text(claims, "scope").split()),
        regions=token_check.texts(claims, "regions"),
        purposes=token_check.texts(claims, "purposes"),
        jti=token_check.identifier(claims, "jti"),
        expires_at=expires_at,
        key=token_check.identifier(claims, "client_key") if "client_key" in claims else None,
        binding=binding_of(claims),
    )
