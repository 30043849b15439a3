"""The root keys' signatures over a trust list.

Responsible for the outer form, JWS JSON General Serialization (RFC 7515 §7.2.1): counting the root
keys that signed, and making such a form. Refuses unprotected headers, and to know what the payload
says.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tongxing.keys import base64url
from tongxing.keys.envelope import (
    MalformedEnvelope,
    UnverifiedEnvelope,
    envelope_of,
    is_ahead,
)
from tongxing.keys.root_keys import RootKeys
from tongxing.keys.signing import Es256Signer
from tongxing.keys.strict_json import (
    MalformedJson,
    members,
    parse_object,
    text_of,
    without_byte_order_mark,
)
from tongxing.keys.suites import BadSignature, PublicKey, check_signature
from tongxing.keys.trust_refusal import TrustListRefused, TrustRefusal

TRUST_LIST_TYP = "tongxing-trust-list+jws"

TRUST_LIST_MAX_BYTES = 4 * 1024 * 1024
"""Room for 2,000 issuers of four keys each; today's federation has three. Error: TOO_LARGE."""

SIGNATURES_MAX = 16
"""More root signatures than any threshold needs; bounds the work. Error: MALFORMED."""


def signed_payload(unverified: bytes, roots: RootKeys) -> bytes:
    """The payload that enough of ``roots`` signed. Raises TrustListRefused."""
    if len(unverified) > TRUST_LIST_MAX_BYTES:
        raise TrustListRefused(TrustRefusal.TOO_LARGE)
    try:
        envelopes = _envelopes(unverified, roots)
    except (MalformedJson, MalformedEnvelope, ValueError):
        raise TrustListRefused(TrustRefusal.MALFORMED) from None
    _check_threshold(envelopes, roots)
    return envelopes[0].unverified_payload  # the threshold is at least one


def _envelopes(unverified: bytes, roots: RootKeys) -> Sequence[UnverifiedEnvelope]:
    """One envelope per signature of a known suite, all with the same payload."""
    file = without_byte_order_mark(unverified)
    form = parse_object(file, at_most_bytes=TRUST_LIST_MAX_BYTES)
    form = members(form, frozenset({"payload", "signatures"}), frozenset())
    signatures = form["signatures"]
    if not isinstance(signatures, list) or not 0 < len(signatures) <= SIGNATURES_MAX:
        raise MalformedJson("no signatures, or too many")
    encoded = text_of(form["payload"])
    payload = base64url.decode(encoded)
    forms = [
        members(signature, frozenset({"protected", "signature"}), frozenset())
        for signature in signatures
    ]
    ours = [form for form in forms if not is_ahead(text_of(form["protected"]), roots.keys)]
    return [_envelope(form, encoded, payload) for form in ours]


def _envelope(form: Mapping[str, Any], encoded: str, payload: bytes) -> UnverifiedEnvelope:
    protected = text_of(form["protected"])
    required = frozenset({"alg", "kid", "typ"})
    signed = f"{protected}.{encoded}"
    envelope = envelope_of(
        protected, signed, text_of(form["signature"]), payload, required=required
    )
    if envelope.header["typ"] != TRUST_LIST_TYP:
        raise MalformedEnvelope("not a trust list")
    return envelope


def _check_threshold(envelopes: Sequence[UnverifiedEnvelope], roots: RootKeys) -> None:
    """A signature under an unknown root key counts for nothing: while root keys change, a list has
    signatures of old and new ones. A wrong signature under a known key is refused as forged."""
    signers = set()
    for envelope in envelopes:
        root = roots.keys.get(envelope.key_id)
        if root is None:
            continue
        if envelope.key_id in signers or envelope.suite is not root.suite:
            raise TrustListRefused(TrustRefusal.BAD_SIGNATURE)
        _check_root_signature(root, envelope)
        signers.add(envelope.key_id)
    if len(signers) < roots.threshold:
        raise TrustListRefused(TrustRefusal.SHORT_OF_SIGNATURES)


def _check_root_signature(root: PublicKey, envelope: UnverifiedEnvelope) -> None:
    try:
        check_signature(root, envelope.signed_bytes, envelope.signature)
    except BadSignature:
        raise TrustListRefused(TrustRefusal.BAD_SIGNATURE) from None


def sign_trust_list(payload: Mapping[str, object], signers: Sequence[Es256Signer]) -> bytes:
    """``payload`` as a trust list file, signed by each of ``signers``. Does not check ``payload``:
    read the result with ``parse_trust_list`` before it is used."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    encoded = base64url.encode(text.encode("utf-8"))
    signatures = [_sign(encoded, signer) for signer in signers]
    return json.dumps({"payload": encoded, "signatures": signatures}, indent=1).encode("ascii")


def _sign(encoded: str, signer: Es256Signer) -> dict[str, str]:
    protected = signer.protected_header(TRUST_LIST_TYP)
    signature = signer.sign(f"{protected}.{encoded}".encode("ascii"))
    return {"protected": protected, "signature": base64url.encode(signature)}
