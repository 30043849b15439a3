"""The root keys' signatures over a trust list, or over the root keys that follow.

Responsible for the outer form, JWS JSON General Serialization (RFC 7515 §7.2.1): counting the root
keys that signed, and making such a form. Refuses unprotected headers, and to know what the payload
says.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tongxing.keys import base64url
from tongxing.keys.envelope import (
    MalformedEnvelope,
    UnverifiedEnvelope,
    envelope_of,
    is_ahead,
)
from tongxing.keys.root_keys import THRESHOLD_MAX, RootKeys
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
ROOT_KEYS_TYP = "tongxing-root-keys+jws"
"""What a signature is over: one over a list is none over root keys."""

TRUST_LIST_MAX_BYTES = 4 * 1024 * 1024
"""Room for 2,000 issuers of four keys each; today's federation has three. Error: TOO_LARGE."""

SIGNATURES_MAX = 2 * THRESHOLD_MAX
"""As many root signatures as two thresholds need; bounds the work. Error: MALFORMED."""


class RootSigner(Protocol):
    """Whoever has a private root key, in a file or on a token."""

    public_key: PublicKey

    def sign(self, message: bytes) -> bytes:
        """64 bytes, as ``check_signature`` wants them."""
        ...


class NamedSigner(RootSigner, Protocol):
    key_id: str


@dataclass(frozen=True, slots=True)
class SignedForm:
    """The outer form, taken apart; nothing of it is verified."""

    encoded: str
    payload: bytes
    signatures: tuple[Mapping[str, str], ...]

    def to_bytes(self) -> bytes:
        form = {"payload": self.encoded, "signatures": self.signatures}
        return json.dumps(form, indent=1).encode("ascii")


def form_of(payload: Mapping[str, object]) -> SignedForm:
    """The form of what nobody has signed yet."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    octets = text.encode("utf-8")
    return SignedForm(base64url.encode(octets), octets, ())


def parse_form(unverified: bytes) -> SignedForm:
    """Raises TrustListRefused."""
    if len(unverified) > TRUST_LIST_MAX_BYTES:
        raise TrustListRefused(TrustRefusal.TOO_LARGE)
    try:
        return _form(without_byte_order_mark(unverified))
    except (MalformedJson, ValueError):
        raise TrustListRefused(TrustRefusal.MALFORMED) from None


def _form(file: bytes) -> SignedForm:
    form = parse_object(file, at_most_bytes=TRUST_LIST_MAX_BYTES)
    form = members(form, frozenset({"payload", "signatures"}), frozenset())
    signatures = form["signatures"]
    if not isinstance(signatures, list) or len(signatures) > SIGNATURES_MAX:
        raise MalformedJson("no list of signatures, or too many")
    encoded = text_of(form["payload"])
    return SignedForm(encoded, base64url.decode(encoded), tuple(map(_signature, signatures)))


def _signature(value: object) -> Mapping[str, str]:
    form = members(value, frozenset({"protected", "signature"}), frozenset())
    return {name: text_of(text) for name, text in form.items()}


def signed_payload(unverified: bytes, roots: RootKeys, typ: str = TRUST_LIST_TYP) -> bytes:
    """The payload that enough of ``roots`` signed. Raises TrustListRefused."""
    form = parse_form(unverified)
    if not form.signatures:
        raise TrustListRefused(TrustRefusal.MALFORMED)
    if len(signers_of(form, roots, typ)) < roots.threshold:
        raise TrustListRefused(TrustRefusal.SHORT_OF_SIGNATURES)
    return form.payload


def signers_of(form: SignedForm, roots: RootKeys, typ: str) -> frozenset[str]:
    """The key ids of ``roots`` that signed. Raises TrustListRefused.

    A signature under an unknown root key counts for nothing: while root keys change, a list has
    signatures of old and new ones. A wrong signature under a known key is refused as forged."""
    try:
        envelopes = _envelopes(form, roots, typ)
    except (MalformedJson, MalformedEnvelope, ValueError):
        raise TrustListRefused(TrustRefusal.MALFORMED) from None
    signers: set[str] = set()
    for envelope in envelopes:
        root = roots.keys.get(envelope.key_id)
        if root is None:
            continue
        if envelope.key_id in signers or envelope.suite is not root.suite:
            raise TrustListRefused(TrustRefusal.BAD_SIGNATURE)
        _check_root_signature(root, envelope)
        signers.add(envelope.key_id)
    return frozenset(signers)


def key_ids_of(form: SignedForm) -> tuple[str, ...]:
    """Who says to have signed, unverified. Raises TrustListRefused."""
    try:
        headers = [
            parse_object(base64url.decode(each["protected"]), at_most_bytes=TRUST_LIST_MAX_BYTES)
            for each in form.signatures
        ]
        return tuple(text_of(header.get("kid")) for header in headers)
    except (MalformedJson, ValueError):
        raise TrustListRefused(TrustRefusal.MALFORMED) from None


def _envelopes(form: SignedForm, roots: RootKeys, typ: str) -> Sequence[UnverifiedEnvelope]:
    """One envelope per signature of a known suite, all with the same payload."""
    ours = [each for each in form.signatures if not is_ahead(each["protected"], roots.keys)]
    return [_envelope(each, form, typ) for each in ours]


def _envelope(each: Mapping[str, Any], form: SignedForm, typ: str) -> UnverifiedEnvelope:
    protected = each["protected"]
    required = frozenset({"alg", "kid", "typ"})
    signed = f"{protected}.{form.encoded}"
    envelope = envelope_of(protected, signed, each["signature"], form.payload, required=required)
    if envelope.header["typ"] != typ:
        raise MalformedEnvelope("signed as something else")
    return envelope


def _check_root_signature(root: PublicKey, envelope: UnverifiedEnvelope) -> None:
    try:
        check_signature(root, envelope.signed_bytes, envelope.signature)
    except BadSignature:
        raise TrustListRefused(TrustRefusal.BAD_SIGNATURE) from None


def sign_trust_list(payload: Mapping[str, object], signers: Sequence[NamedSigner]) -> bytes:
    """``payload`` as a trust list file, signed by each of ``signers``. Does not check ``payload``:
    read the result with ``parse_trust_list`` before it is used."""
    form = form_of(payload)
    for signer in signers:
        form = signed_also(form, TRUST_LIST_TYP, signer.key_id, signer)
    return form.to_bytes()


def signed_also(form: SignedForm, typ: str, key_id: str, signer: RootSigner) -> SignedForm:
    """``form`` with a signature of ``signer`` more, whose key has this id among the root keys."""
    header = {"alg": signer.public_key.suite.value, "kid": key_id, "typ": typ}
    text = json.dumps(header, separators=(",", ":"))
    protected = base64url.encode(text.encode("ascii"))
    signature = signer.sign(f"{protected}.{form.encoded}".encode("ascii"))
    added = {"protected": protected, "signature": base64url.encode(signature)}
    return SignedForm(form.encoded, form.payload, (*form.signatures, added))
