"""Public vectors: every signature and key that must be refused is refused, the others are not."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.keys import vectors
from tongxing.keys.envelope import MalformedEnvelope, parse_token
from tongxing.keys.suites import (
    BadSignature,
    InvalidKey,
    PublicKey,
    SuiteName,
    check_signature,
    public_key_from_encoded,
    public_key_from_jwk,
    public_keys_from_jwk_set,
)

ES256 = vectors.load("wycheproof/ecdsa_secp256r1_sha256_p1363_test.json")
ED25519 = vectors.load("wycheproof/ed25519_test.json")
JWK = vectors.load("wycheproof/json_web_key_test.json")
SM2 = vectors.load("sm2/gmt-0003.5-recommended-curve.json")


def _cases(document: Any) -> list[Any]:
    return list(_named(document))


def _named(document: Any) -> Iterator[Any]:
    for group in document["testGroups"]:
        for test in group["tests"]:
            name = f"{test['tcId']}-{test['result']}-{test['comment'] or 'plain'}"
            yield pytest.param(group, test, id=name.replace(" ", "-"))


def _holds(key: PublicKey, test: Any) -> bool:
    try:
        check_signature(key, bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))
    except BadSignature:
        return False
    return True


@pytest.mark.parametrize(("group", "test"), _cases(ES256))
def test_es256(group: Any, test: Any) -> None:
    point = bytes.fromhex(group["publicKey"]["uncompressed"])
    key = public_key_from_encoded(SuiteName.ES256, point[1:])
    assert _holds(key, test) == (test["result"] == "valid")


@pytest.mark.parametrize(("group", "test"), _cases(ED25519))
def test_ed25519(group: Any, test: Any) -> None:
    key = public_key_from_encoded(SuiteName.EDDSA, bytes.fromhex(group["publicKey"]["pk"]))
    assert _holds(key, test) == (test["result"] == "valid")


@pytest.mark.parametrize("document", [ES256, ED25519], ids=["ES256", "Ed25519"])
def test_keys_of_the_vectors_read_the_same_as_jwk(document: Any) -> None:
    read = 0
    for group in document["testGroups"]:
        if "publicKeyJwk" not in group:
            continue
        key = public_key_from_jwk(group["publicKeyJwk"])
        hexadecimal = group["publicKey"].get("pk") or group["publicKey"]["uncompressed"][2:]
        assert key.encoded.hex() == hexadecimal
        read += 1
    assert read


def _accept(jwk_set: Any, jws: str) -> None:
    """What a reader of a client's key set does with a token."""
    keys = public_keys_from_jwk_set(jwk_set)
    envelope = parse_token(jws.encode(), types=frozenset())
    key = keys[envelope.key_id]
    if envelope.suite is not key.suite:
        raise BadSignature
    check_signature(key, envelope.signed_bytes, envelope.signature)


REFUSALS = (InvalidKey, MalformedEnvelope, BadSignature)


@pytest.mark.parametrize(("group", "test"), _cases(JWK))
def test_no_key_set_of_the_vectors_is_accepted(group: Any, test: Any) -> None:
    """The invalid ones are refused as they must be; the valid ones are HMAC and RSA, which have no
    place here; and a private key is not taken where a public one is asked for."""
    for key_set in (group.get("public"), group["private"]):
        with pytest.raises(REFUSALS):
            _accept(key_set or {}, test["jws"])


def test_the_same_key_set_without_its_one_fault_is_accepted() -> None:
    """Else the test above could not fail."""
    group = next(g for g in JWK["testGroups"] if g["comment"] == "wrong_algorithm")
    (jwk,) = group["public"]["keys"]
    _accept({"keys": [{**jwk, "alg": "ES256"}]}, group["tests"][0]["jws"])


def _sm2_key() -> PublicKey:
    point = bytes.fromhex(SM2["public_key_x"] + SM2["public_key_y"])
    return public_key_from_encoded(SuiteName.SM2_SM3, point)


def test_the_example_of_gmt_0003_5_holds() -> None:
    signature = bytes.fromhex(SM2["signature_r"] + SM2["signature_s"])
    check_signature(_sm2_key(), SM2["message_ascii"].encode(), signature)


@pytest.mark.parametrize("bit", list(range(0, 512, 37)))
def test_the_example_of_gmt_0003_5_with_one_bit_flipped_does_not_hold(bit: int) -> None:
    signature = bytearray.fromhex(SM2["signature_r"] + SM2["signature_s"])
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadSignature):
        check_signature(_sm2_key(), SM2["message_ascii"].encode(), bytes(signature))
