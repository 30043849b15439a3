"""How a client changes its own key: requests that the key itself has signed.

Responsible for the two requests. One puts in a new key: signed by the key that counts, around a
proof that is signed by the new one, as ACME's account key roll-over is (RFC 8555 §7.3.5). The other
ends the key that signs it. Refuses to know whether a request was used before (the replay list
does), and which client may have how many keys (the registry does).

A token is no part of either, so a stolen token changes no key. The outer signature covers the new
key, so an assertion or a request that was caught on the way puts in no other one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from tongxing.keys import token_check
from tongxing.keys.client_tokens import ASSERTION_LIFETIME_MAX_SECONDS
from tongxing.keys.envelope import UnverifiedEnvelope, parse_compact_jws
from tongxing.keys.public_key_file import named_key_from_jwk, read_public_keys
from tongxing.keys.suites import InvalidKey
from tongxing.keys.token_check import LEEWAY_SECONDS, ClientKey, InvalidToken, TokenRefusal

KEY_CHANGE_TYP = "client-key-change+jwt"
KEY_PROOF_TYP = "client-key-proof+jwt"
KEY_END_TYP = "client-key-end+jwt"

OWN_OVERLAP_MAX_SECONDS = 24 * 60 * 60
"""A program changes over in minutes, on all of its machines within a day. Error: InvalidToken."""

KeysOf = Callable[[str], Sequence[ClientKey]]


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """Of ``client_id``, signed by its key ``signed_by``. ``jti`` must not be used again before
    ``expires_at``."""

    client_id: str
    signed_by: ClientKey
    jti: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeyChange:
    """``new`` goes under its thumbprint; ``request.signed_by`` ends after ``overlap``."""

    request: KeyRequest
    new: ClientKey
    overlap: timedelta


@dataclass(frozen=True, slots=True)
class KeyEnd:
    """``request.signed_by`` ends at once."""

    request: KeyRequest


def check_key_request(
    unverified: str, *, keys_of: KeysOf, audience: str, at: datetime
) -> KeyChange | KeyEnd:
    """What ``unverified`` asks for; InvalidToken otherwise. ``keys_of`` gives the keys of a client
    id that count, and none for an unknown one; ``audience`` is the hub's id."""
    try:
        outer = _envelope(unverified, KEY_CHANGE_TYP)
    except InvalidToken:
        outer = _envelope(unverified, KEY_END_TYP)
        return KeyEnd(_request(unverified, outer, keys_of, audience, at)[0])
    request, claims = _request(unverified, outer, keys_of, audience, at)
    new = _new_key(claims)
    _check_proof(token_check.text(claims, "proof"), new, request, audience, at)
    return KeyChange(request, new, timedelta(seconds=_overlap(claims)))


def _envelope(unverified: str, typ: str) -> UnverifiedEnvelope:
    return token_check.envelope(unverified, partial(parse_compact_jws, typ=typ))


def _request(
    unverified: str, outer: UnverifiedEnvelope, keys_of: KeysOf, audience: str, at: datetime
) -> tuple[KeyRequest, Mapping[str, Any]]:
    client_id = token_check.identifier(token_check.unverified_claims(outer), "iss")
    key = token_check.registered(keys_of(client_id), outer.key_id)
    claims = token_check.checked_claims(
        unverified, outer, key, audience=audience, issuer=client_id, subject=client_id
    )
    expires_at = _checked_times(claims, at)
    return KeyRequest(client_id, key, token_check.identifier(claims, "jti"), expires_at), claims


def _new_key(claims: Mapping[str, Any]) -> ClientKey:
    """In one of the forms of a key file, whatever ``kid`` it brings: an id of its own choice could
    be that of another key."""
    given = [(read, claims[name]) for name, read in _FORMS.items() if claims.get(name) is not None]
    if len(given) != 1:
        raise InvalidToken(TokenRefusal.MALFORMED)
    read, form = given[0]
    try:
        (key,) = read(form)
    except ValueError:
        raise InvalidToken(TokenRefusal.MALFORMED) from None
    return ClientKey(key.public_key.thumbprint(), key.public_key)


def _from_jwk(jwk: object) -> Sequence[ClientKey]:
    if not isinstance(jwk, dict):
        raise InvalidKey("not a JWK")
    return (named_key_from_jwk({name: jwk[name] for name in jwk if name != "kid"}),)


def _from_set(jwks: object) -> Sequence[ClientKey]:
    listed = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(listed, list):
        raise InvalidKey("not a JWK Set")
    return [key for jwk in listed for key in _from_jwk(jwk)]


def _from_pem(pem: object) -> Sequence[ClientKey]:
    return read_public_keys(pem.encode("utf-8")) if isinstance(pem, str) else ()


_FORMS: Mapping[str, Callable[[object], Sequence[ClientKey]]] = {
    "jwk": _from_jwk,
    "jwks": _from_set,
    "pem": _from_pem,
}
"""The claims that may hold the new key; each request has one of them."""


def _check_proof(
    unverified: str, new: ClientKey, request: KeyRequest, audience: str, at: datetime
) -> None:
    """Whoever sends the new key has its private half, means this client at this hub, and means it
    to follow the key that asks. It shares the ``jti`` of the request: it is used once with it."""
    inner = _envelope(unverified, KEY_PROOF_TYP)
    key = token_check.registered([new], inner.key_id)
    claims = token_check.checked_claims(
        unverified,
        inner,
        key,
        audience=audience,
        issuer=request.client_id,
        subject=request.client_id,
    )
    _checked_times(claims, at)
    said = (claims["jti"], claims.get("jkt"), claims.get("replaces"))
    if said != (request.jti, new.key_id, request.signed_by.public_key.thumbprint()):
        raise InvalidToken(TokenRefusal.OTHER_CLAIMS)


def _checked_times(claims: Mapping[str, Any], at: datetime) -> datetime:
    return token_check.check_times(claims, at, ASSERTION_LIFETIME_MAX_SECONDS, LEEWAY_SECONDS)


def _overlap(claims: Mapping[str, Any]) -> int:
    seconds = claims.get("overlap")
    if type(seconds) is not int or not 0 <= seconds <= OWN_OVERLAP_MAX_SECONDS:
        raise InvalidToken(TokenRefusal.MALFORMED)
    return seconds
