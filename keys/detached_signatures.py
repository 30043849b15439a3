"""Signatures of several people over one file, kept in a second file beside it.

JWS JSON General Serialization with detached content (RFC 7515 §7.2.1 and appendix F): the signed
file stays readable, and all signers can sign on their own machines. Responsible for the form and
for who signed. Refuses to know what the content says and how many people must sign it.
"""

import json

from tongxing.keys import base64url
from tongxing.keys.envelope import MalformedEnvelope, UnverifiedEnvelope, envelope_of, is_ahead
from tongxing.keys.root_keys import RootKeys
from tongxing.keys.signing import Es256Signer
from tongxing.keys.strict_json import (
    MalformedJson,
    members,
    parse_object,
    text_of,
    without_byte_order_mark,
)
from tongxing.keys.suites import BadSignature, check_signature

POLICY_TYP = "tongxing-policy+jws"

SIGNATURES_MAX_BYTES = 64 * 1024
SIGNATURES_MAX = 16
"""More than any file needs; bounds the work. Error: BadSignatures."""


class BadSignatures(ValueError):
    """Not signatures of this content, or one of them is wrong. Repeats nothing of them."""


def signers_of(content: bytes, unverified: bytes, keys: RootKeys) -> frozenset[str]:
    """The ids of the ``keys`` that signed ``content``. A signature under an unknown key counts for
    nothing. A wrong signature under a known key is refused: it was forged, or the content was
    changed. Raises BadSignatures."""
    signers = set()
    for envelope in _envelopes(content, unverified, keys):
        key = keys.keys.get(envelope.key_id)
        if key is None:
            continue
        if envelope.suite is not key.suite:
            raise BadSignatures("a signature of another suite than its key's")
        try:
            check_signature(key, envelope.signed_bytes, envelope.signature)
        except BadSignature:
            raise BadSignatures("a signature is not over this content") from None
        signers.add(envelope.key_id)
    return frozenset(signers)


def add_signature(content: bytes, present: bytes | None, signer: Es256Signer) -> bytes:
    """The signatures in ``present``, and that of ``signer``. Raises BadSignatures if ``present``
    cannot be read; only ``signers_of`` checks whether its signatures are valid."""
    signatures = [] if present is None else _signatures(present)
    protected = signer.protected_header(POLICY_TYP)
    signature = signer.sign(f"{protected}.{base64url.encode(content)}".encode("ascii"))
    signatures.append({"protected": protected, "signature": base64url.encode(signature)})
    return json.dumps({"signatures": signatures}, indent=1).encode("ascii")


def _envelopes(content: bytes, unverified: bytes, keys: RootKeys) -> list[UnverifiedEnvelope]:
    encoded = base64url.encode(content)
    try:
        parts = [_parts(each) for each in _signatures(unverified)]
        ours = [part for part in parts if not is_ahead(part[0], keys.keys)]
        return [_envelope(*part, encoded, content) for part in ours]
    except (MalformedJson, MalformedEnvelope, ValueError):
        raise BadSignatures("not a file of signatures") from None


def _signatures(unverified: bytes) -> list[object]:
    try:
        file = without_byte_order_mark(unverified)
        form = parse_object(file, at_most_bytes=SIGNATURES_MAX_BYTES)
        signatures = members(form, frozenset({"signatures"}), frozenset())["signatures"]
    except MalformedJson:
        raise BadSignatures("not a file of signatures") from None
    if not isinstance(signatures, list) or len(signatures) > SIGNATURES_MAX:
        raise BadSignatures("no signatures, or too many")
    return signatures


def _parts(signature: object) -> tuple[str, str]:
    form = members(signature, frozenset({"protected", "signature"}), frozenset())
    return text_of(form["protected"]), text_of(form["signature"])


def _envelope(protected: str, value: str, encoded: str, content: bytes) -> UnverifiedEnvelope:
    required = frozenset({"alg", "kid", "typ"})
    envelope = envelope_of(protected, f"{protected}.{encoded}", value, content, required=required)
    if envelope.header["typ"] != POLICY_TYP:
        raise MalformedEnvelope("signed for another purpose")
    return envelope
