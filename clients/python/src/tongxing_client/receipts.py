"""Receipts: the hub's signature over an answer, and how it is checked without the hub."""

from collections.abc import Mapping
from typing import Any

import jwt

from tongxing_client.body import members_in
from tongxing_client.errors import AnswerUnreadable, ReceiptInvalid
from tongxing_client.flow import HttpReply

RECEIPT_TYP = "tongxing-receipt+jwt"
LEEWAY_SECONDS = 30
"""How far this machine's clock may be off, for the beginning of a receipt. At its end there is
none: an old green is no green."""

Jwks = Mapping[str, jwt.PyJWK]
"""The hub's public keys by their ids."""

_CLAIMS: Any = {
    "require": ["iss", "aud", "iat", "exp"],
    "strict_aud": True,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
"""The times are judged here, by a time that is handed in."""


def check_receipt(
    receipt: str, keys: Jwks, *, hub: str, client_id: str, at: float
) -> Mapping[str, Any]:
    """The claims of a receipt that ``hub`` (its id) signed for ``client_id`` and that holds at
    ``at`` (seconds since 1970). Raises ReceiptInvalid: MALFORMED, UNKNOWN_KEY, BAD_SIGNATURE,
    ANOTHER_HUB, ANOTHER_CLIENT, NOT_YET or EXPIRED."""
    key = keys.get(receipt_key_id(receipt))
    if key is None:
        raise ReceiptInvalid("UNKNOWN_KEY")
    claims = _signed_claims(receipt, key, hub, client_id)
    begins, ends = claims["iat"], claims["exp"]
    if not isinstance(begins, int) or not isinstance(ends, int):
        raise ReceiptInvalid("MALFORMED")
    if not begins <= at + LEEWAY_SECONDS:
        raise ReceiptInvalid("NOT_YET")
    if not at < ends:
        raise ReceiptInvalid("EXPIRED")
    return claims


def receipt_key_id(receipt: str) -> str:
    """Of the key that it says it is signed with. Raises ReceiptInvalid."""
    try:
        header = jwt.get_unverified_header(receipt)
    except jwt.PyJWTError:
        raise ReceiptInvalid("MALFORMED") from None
    if header.get("typ") != RECEIPT_TYP or not isinstance(header.get("kid"), str):
        raise ReceiptInvalid("MALFORMED")
    return str(header["kid"])


def read_jwks(octets: bytes) -> Jwks:
    """What ``/.well-known/jwks.json`` answers; keys of other kinds are left out. Raises
    AnswerUnreadable."""
    try:
        listed = (members_in(octets) or {})["keys"]
        usable = [each for each in listed if each.get("kty") == "EC" and each.get("crv") == "P-256"]
        return {each["kid"]: jwt.PyJWK.from_dict(each, "ES256") for each in usable}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, jwt.PyJWTError):
        raise AnswerUnreadable("these are no keys of a hub") from None


def jwks_of(reply: HttpReply) -> Jwks:
    """Raises AnswerUnreadable."""
    if reply.status != 200:  # noqa: PLR2004
        raise AnswerUnreadable(f"status {reply.status} in place of the hub's keys")
    return read_jwks(reply.content)


def _signed_claims(receipt: str, key: jwt.PyJWK, hub: str, client_id: str) -> dict[str, Any]:
    try:
        return jwt.decode(
            receipt, key, algorithms=["ES256"], options=_CLAIMS, issuer=hub, audience=client_id
        )
    except jwt.InvalidIssuerError:
        raise ReceiptInvalid("ANOTHER_HUB") from None
    except jwt.InvalidAudienceError:
        raise ReceiptInvalid("ANOTHER_CLIENT") from None
    except jwt.InvalidSignatureError:
        raise ReceiptInvalid("BAD_SIGNATURE") from None
    except jwt.PyJWTError:
        raise ReceiptInvalid("MALFORMED") from None
