"""How a device asks to become a client: a request that its new key has signed, with a code.

Responsible for the one request. The key in it has signed it, so whoever sends it has the private
half (RFC 7800 §3.1 has the reason), and the signature covers the code, so a request that was caught
on the way enrolls no other key. Refuses to know which codes there are (the registry does).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tongxing.keys import token_check
from tongxing.keys.client_tokens import ASSERTION_LIFETIME_MAX_SECONDS
from tongxing.keys.envelope import parse_compact_jws
from tongxing.keys.public_key_file import named_key_from_jwk
from tongxing.keys.suites import InvalidKey
from tongxing.keys.token_check import LEEWAY_SECONDS, ClientKey, InvalidToken, TokenRefusal

ENROLLMENT_TYP = "client-enrollment+jwt"

CODE_MAX_CHARACTERS = 64
"""Several times a code with its hyphens. Error: InvalidToken."""


@dataclass(frozen=True, slots=True)
class EnrollmentRequest:
    """``key`` goes under its thumbprint; ``unverified_code`` is what was typed in or scanned."""

    key: ClientKey
    unverified_code: str


def check_enrollment_request(unverified: str, *, audience: str, at: datetime) -> EnrollmentRequest:
    """What ``unverified`` asks for; InvalidToken otherwise. ``iss`` and ``sub`` are the thumbprint
    of the key in its claim ``jwk``; ``audience`` is the hub's id."""
    envelope = token_check.envelope(unverified, partial(parse_compact_jws, typ=ENROLLMENT_TYP))
    key = _new_key(token_check.unverified_claims(envelope).get("jwk"))
    if envelope.key_id != key.key_id:
        raise InvalidToken(TokenRefusal.UNKNOWN_KEY)
    claims = token_check.checked_claims(
        unverified, envelope, key, audience=audience, issuer=key.key_id, subject=key.key_id
    )
    token_check.check_times(claims, at, ASSERTION_LIFETIME_MAX_SECONDS, LEEWAY_SECONDS)
    code = token_check.text(claims, "code")
    if not 0 < len(code) <= CODE_MAX_CHARACTERS:
        raise InvalidToken(TokenRefusal.MALFORMED)
    return EnrollmentRequest(key, code)


def _new_key(jwk: Any) -> ClientKey:
    """Whatever ``kid`` it brings: an id of its own choice could be that of another key."""
    if not isinstance(jwk, dict):
        raise InvalidToken(TokenRefusal.MALFORMED)
    try:
        public = named_key_from_jwk({name: jwk[name] for name in jwk if name != "kid"}).public_key
        return ClientKey(public.thumbprint(), public)
    except (InvalidKey, ValueError):
        raise InvalidToken(TokenRefusal.MALFORMED) from None
