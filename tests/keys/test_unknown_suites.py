"""A list that is ahead of the hub: what the hub cannot use is carried, and the rest stands."""

import json
from datetime import timedelta
from typing import Any, cast

import pytest

from tests.keys.federation import (
    AT,
    EdSigner,
    Federation,
    b64,
    compact,
    instant,
    issuer_entry,
    jws,
    key_entry,
)
from tongxing.keys.envelope import parse_compact_jws
from tongxing.keys.root_signatures import sign_trust_list
from tongxing.keys.signing import Es256Signer
from tongxing.keys.trust_list import TrustList, parse_trust_list
from tongxing.keys.trust_refusal import TrustListRefused, TrustRefusal
from tongxing.keys.verification import Step, VerificationFailed, verify

FEDERATION = Federation()
NEXT = {"kty": "AKP", "alg": "ML-DSA-65", "pub": b64(bytes(1_952))}
UNKNOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "a suite of the next years": ("ML-DSA-65", NEXT),
    "a larger curve": ("ES384", {"kty": "EC", "crv": "P-384", "x": b64(bytes(48)), "y": "AA"}),
    "another Edwards curve": ("Ed448", {"kty": "OKP", "crv": "Ed448", "x": b64(bytes(57))}),
    "RSA": ("PS256", {"kty": "RSA", "n": b64(b"\xff" * 256), "e": "AQAB"}),
    "a curve of Bitcoin": ("ES256K", {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
    "identity-based keys": ("SM9", {"kty": "SM9", "ppub": "AA"}),
    "a new name of a known suite": ("ESP256", EdSigner().public_key.to_jwk()),
    "an empty JWK": ("FUTURE", {}),
    "a JWK that names its key": ("FUTURE", {"kid": "next", "kty": "X"}),
}


def _entry(suite: str, jwk: object, **other: Any) -> dict[str, Any]:
    return {
        "kid": "next",
        "suite": suite,
        "jwk": jwk,
        "not_before": instant(AT - timedelta(days=1)),
        "not_after": instant(AT + timedelta(days=30)),
        **other,
    }


def _with(entry: dict[str, Any], **revoked: Any) -> TrustList:
    """The national code revoked its key; the city has a key more."""
    city = issuer_entry("zhenjiang", key_entry(FEDERATION.zhenjiang), entry)
    nation = issuer_entry("national", key_entry(FEDERATION.national, revoked_at=instant(AT)))
    return FEDERATION.trust_list(issuers=[city, nation], **revoked)


@pytest.mark.parametrize(("suite", "jwk"), UNKNOWN.values(), ids=UNKNOWN)
def test_the_rest_of_the_list_stands_its_revocations_too(suite: str, jwk: dict[str, Any]) -> None:
    held = _with(_entry(suite, jwk))
    assert held.issuers["national"].keys[FEDERATION.national.key_id].revoked_at == AT
    city = held.issuers["zhenjiang"]
    assert list(city.keys) == [FEDERATION.zhenjiang.key_id]
    assert [(key.key_id, key.suite) for key in city.unusable] == [("next", suite)]


@pytest.mark.parametrize(("suite", "jwk"), UNKNOWN.values(), ids=UNKNOWN)
def test_such_a_key_verifies_nothing(suite: str, jwk: dict[str, Any]) -> None:
    held = _with(_entry(suite, jwk))
    for signer in (FEDERATION.zhenjiang, Es256Signer.generate(), EdSigner()):
        alg = signer.public_key.suite.value
        text = jws(signer, {"alg": alg, "kid": "next", "typ": "x"}, {})
        envelope = parse_compact_jws(text.encode(), typ="x")
        with pytest.raises(VerificationFailed) as failed:
            verify(envelope, issuer="zhenjiang", trust_list=held, at=AT)
        assert failed.value.step is Step.KEY_OF_THIS_ISSUER


def test_an_issuer_may_have_no_other_key() -> None:
    city = issuer_entry("zhenjiang", _entry("ML-DSA-65", NEXT))
    held = FEDERATION.trust_list(issuers=[city])
    assert not held.issuers["zhenjiang"].keys
    assert not held.issuers["zhenjiang"].channel_only


REFUSED: dict[str, tuple[dict[str, Any], TrustRefusal]] = {
    "no signature at all": (_entry("none", NEXT), TrustRefusal.UNREADABLE_KEY),
    "no signature, in capitals": (_entry("None", NEXT), TrustRefusal.UNREADABLE_KEY),
    "a shared secret": (_entry("HS256", {"kty": "oct", "k": "AA"}), TrustRefusal.UNREADABLE_KEY),
    "a shared secret of the future": (
        _entry("KMAC256", {"kty": "oct", "k": "AA"}),
        TrustRefusal.UNREADABLE_KEY,
    ),
    "a shared secret under another member": (
        _entry("KMAC256", {"kty": "oct", "key": "AA"}),
        TrustRefusal.UNREADABLE_KEY,
    ),
    "a private key": (
        _entry("ES384", {"kty": "EC", "crv": "P-384", "d": "AA"}),
        TrustRefusal.UNREADABLE_KEY,
    ),
    "a private key of the next years": (
        _entry("ML-DSA-65", {**NEXT, "priv": "AA"}),
        TrustRefusal.UNREADABLE_KEY,
    ),
    "a key that is no object": (_entry("ML-DSA-65", "AA"), TrustRefusal.UNREADABLE_KEY),
    "a name that is no name": (_entry("ML DSA\n", NEXT), TrustRefusal.UNREADABLE_KEY),
    "a long name": (_entry("x" * 65, NEXT), TrustRefusal.UNREADABLE_KEY),
    "a name that is a list": (_entry("", NEXT) | {"suite": ["x"]}, TrustRefusal.UNREADABLE_KEY),
    "a JWK that names another key": (
        _entry("ML-DSA-65", {**NEXT, "kid": "b"}),
        TrustRefusal.UNREADABLE_KEY,
    ),
    "a suite that is known and a key that is not": (
        _entry("ES256", NEXT),
        TrustRefusal.UNREADABLE_KEY,
    ),
    "a member more": (_entry("ML-DSA-65", NEXT, use="sig"), TrustRefusal.MALFORMED),
    "no end": (
        {k: v for k, v in _entry("ML-DSA-65", NEXT).items() if k != "not_after"},
        TrustRefusal.MALFORMED,
    ),
    "a time that is none": (
        _entry("ML-DSA-65", NEXT, revoked_at="yesterday"),
        TrustRefusal.MALFORMED,
    ),
    "the key id of another issuer": (
        _entry("ML-DSA-65", NEXT, kid=FEDERATION.national.key_id),
        TrustRefusal.KEY_OF_TWO_ISSUERS,
    ),
    "the key id of a key beside it": (
        _entry("ML-DSA-65", NEXT, kid=FEDERATION.zhenjiang.key_id),
        TrustRefusal.MALFORMED,
    ),
}


@pytest.mark.parametrize(("entry", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_with_any_key_is_wrong_with_this_one(
    entry: dict[str, Any], code: TrustRefusal
) -> None:
    with pytest.raises(TrustListRefused) as refused:
        _with(entry)
    assert refused.value.code is code


def _signature(alg: object, kid: str = "next-root", octets: int = 3_309) -> dict[str, str]:
    header = {"alg": alg, "kid": kid, "typ": "tongxing-trust-list+jws"}
    return {"protected": b64(compact(header)), "signature": b64(bytes(octets))}


def _signed_also(signature: dict[str, str], roots: int = 2) -> bytes:
    form = json.loads(sign_trust_list(FEDERATION.payload(), FEDERATION.root_signers[:roots]))
    return json.dumps({**form, "signatures": [signature, *form["signatures"]]}).encode()


@pytest.mark.parametrize("alg", ["ML-DSA-65", "ES384", "Ed448", "PS256"])
def test_a_new_root_of_an_unknown_suite_may_sign_beside_the_known_ones(alg: str) -> None:
    """So that old hubs and new ones read one file while root keys change."""
    assert parse_trust_list(_signed_also(_signature(alg)), FEDERATION.roots, AT).version == 7


def test_its_signature_counts_for_nothing() -> None:
    with pytest.raises(TrustListRefused, match="SHORT_OF_SIGNATURES"):
        parse_trust_list(_signed_also(_signature("ML-DSA-65"), 1), FEDERATION.roots, AT)


@pytest.mark.parametrize(
    "signature",
    [
        _signature("ML-DSA-65", kid=FEDERATION.root_signers[0].key_id),
        _signature("none"),
        _signature("HS256"),
        _signature(None),
        _signature("ES256"),
        _signature(["ML-DSA-65"]),
        _signature("ML-DSA-65", kid=cast("str", ["next-root"])),
        _signature("ML-DSA-65", kid=cast("str", {})),
        _signature("ML-DSA-65", kid=cast("str", None)),
    ],
    ids=[
        "of a known root",
        "none",
        "a shared secret",
        "no name",
        "of a known suite, too long",
        "a name that is a list",
        "a key id that is a list",
        "a key id that is an object",
        "no key id",
    ],
)
def test_any_other_signature_that_cannot_be_right_is_refused(signature: dict[str, str]) -> None:
    with pytest.raises(TrustListRefused):
        parse_trust_list(_signed_also(signature), FEDERATION.roots, AT)
