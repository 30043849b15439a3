"""Receipts: the hub's signature over an answer, and how it is checked.

Responsible for the envelope of a receipt (compact JWS, ES256, ``tongxing-receipt+jwt``). Refuses to
know what a receipt states: the gateway makes the claims.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tongxing.keys.envelope import (
    JWS_MAX_BYTES,
    MalformedEnvelope,
    UnverifiedEnvelope,
    parse_compact_jws,
)
from tongxing.keys.signing import SignsReceipts
from tongxing.keys.strict_json import MalformedJson, parse_object
from tongxing.keys.suites import BadSignature, PublicKey, check_signature

RECEIPT_TYP = "tongxing-receipt+jwt"


class InvalidReceipt(Exception):
    """The text is not a receipt of this hub."""


def sign_receipt(signer: SignsReceipts, claims: bytes) -> str:
    """``claims`` are JSON, and are signed as they are."""
    return signer.sign_jws_over(RECEIPT_TYP, claims)


def verify_receipt(unverified: str, *public_keys: PublicKey) -> Mapping[str, object]:
    """The claims of a receipt that the hub with these ``public_keys`` signed. Its age is not
    judged, because receipts are checked years later too. Raises InvalidReceipt."""
    try:
        envelope = parse_compact_jws(unverified.encode("utf-8"), typ=RECEIPT_TYP)
        check_signed_by(envelope, *public_keys)
        claims = parse_object(envelope.unverified_payload, at_most_bytes=JWS_MAX_BYTES)
    except (MalformedEnvelope, MalformedJson, BadSignature, UnicodeError):
        raise InvalidReceipt("not a receipt of this hub") from None
    return MappingProxyType(claims)


def check_signed_by(envelope: UnverifiedEnvelope, *public_keys: PublicKey) -> None:
    """Raises BadSignature."""
    for key in public_keys:
        if (envelope.suite, envelope.key_id) == (key.suite, key.thumbprint()):
            check_signature(key, envelope.signed_bytes, envelope.signature)
            return
    raise BadSignature("signed with another key")
