"""A file of public keys: every form that can mean one thing is read, any other is refused for its
true reason."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from hypothesis import given
from hypothesis import strategies as st

from tests.keys.federation import EdSigner, b64
from tongxing.keys.public_key_file import read_public_keys
from tongxing.keys.signing import Es256Signer, Sm2Signer
from tongxing.keys.suites import InvalidKey
from tongxing.keys.token_check import ClientKey

EC = Es256Signer.generate()
ED = EdSigner()
EC_JWK: dict[str, Any] = EC.public_key.to_jwk()
ED_JWK: dict[str, Any] = ED.public_key.to_jwk()
BOM = b"\xef\xbb\xbf"


def pem(key: Any) -> bytes:
    return bytes(
        key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def private_pem(key: Any) -> bytes:
    return bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def text(value: object) -> bytes:
    return json.dumps(value).encode()


EC_PEM = pem(EC.public_key.point.native)  # type: ignore[union-attr]
ED_PEM = pem(ED.public_key.point.native)  # type: ignore[union-attr]
THUMBPRINT = EC.public_key.thumbprint()

READ: dict[str, tuple[bytes, list[str]]] = {
    "a JWK with a kid": (text({**EC_JWK, "kid": "gate"}), ["gate"]),
    "a JWK without a kid": (text(EC_JWK), [THUMBPRINT]),
    "a JWK of WebCrypto": (
        text({**EC_JWK, "ext": True, "key_ops": ["verify"]}),
        [THUMBPRINT],
    ),
    "an Ed25519 JWK of WebCrypto": (
        text({**ED_JWK, "alg": "Ed25519", "ext": True, "key_ops": ["verify"]}),
        [ED.public_key.thumbprint()],
    ),
    "a JWK that may not be exported": (text({**EC_JWK, "ext": False}), [THUMBPRINT]),
    "a JWK that also names signing": (
        text({**EC_JWK, "key_ops": ["sign", "verify"]}),
        [THUMBPRINT],
    ),
    "a JWK with members of somebody's own": (
        text({**EC_JWK, "kid": "gate", "iat": 1, "x5t#S256": "AA", "owner": "镇江"}),
        ["gate"],
    ),
    "a JWKS of one key": (text({"keys": [{**EC_JWK, "kid": "gate"}]}), ["gate"]),
    "a JWKS of two keys": (
        text({"keys": [{**EC_JWK, "kid": "a", "use": "sig"}, {**ED_JWK, "kid": "b"}]}),
        ["a", "b"],
    ),
    "a JWKS without kids": (
        text({"keys": [EC_JWK, ED_JWK]}),
        [THUMBPRINT, ED.public_key.thumbprint()],
    ),
    "PEM": (EC_PEM, [THUMBPRINT]),
    "PEM of Ed25519": (ED_PEM, [ED.public_key.thumbprint()]),
    "PEM with lines of Windows": (EC_PEM.replace(b"\n", b"\r\n"), [THUMBPRINT]),
    "PEM below a comment": (b"Gate 7, 2020-03-05\n" + EC_PEM, [THUMBPRINT]),
    "PEM of two keys": (EC_PEM + ED_PEM, [THUMBPRINT, ED.public_key.thumbprint()]),
    "PEM behind a byte order mark": (BOM + EC_PEM, [THUMBPRINT]),
    "a JWK behind a byte order mark": (BOM + text({**EC_JWK, "kid": "gate"}), ["gate"]),
    "a JWK with spaces around": (b"\n " + text(EC_JWK) + b"\n", [THUMBPRINT]),
}


@pytest.mark.parametrize(("octets", "key_ids"), READ.values(), ids=READ)
def test_a_form_that_means_one_thing_is_read(octets: bytes, key_ids: list[str]) -> None:
    keys = read_public_keys(octets)
    assert [key.key_id for key in keys] == key_ids
    assert {key.public_key for key in keys} <= {EC.public_key, ED.public_key}


def _certificate() -> bytes:
    """Only its label is looked at."""
    return b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def _other(key: Any) -> Callable[[], bytes]:
    return lambda: pem(key.public_key())


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "neither a JWK, nor a JWK Set, nor PEM"),
    "a text": (lambda: b"gate", "neither a JWK, nor a JWK Set, nor PEM"),
    "JSON that is cut off": (lambda: text(EC_JWK)[:-5], "neither a JWK"),
    "a list": (lambda: text([EC_JWK]), "neither a JWK"),
    "a member twice": (lambda: b'{"kty": "EC", "kty": "EC"}', "neither a JWK"),
    "bytes": (lambda: bytes(range(256)), "neither a JWK"),
    "UTF-16": (lambda: json.dumps(EC_JWK).encode("utf-16"), "UTF-16"),
    "a set of no keys": (lambda: text({"keys": []}), "no key in it"),
    "a set that is none": (lambda: text({"keys": "x"}), "keys"),
    "a private JWK": (lambda: text({**EC_JWK, "d": b64(bytes(32))}), "private"),
    "a private JWK of Ed25519": (lambda: text({**ED_JWK, "d": b64(bytes(32))}), "private"),
    "a private key in PEM": (EC.to_pem, "private"),
    "a private key of Ed25519 in PEM": (
        lambda: private_pem(ed25519.Ed25519PrivateKey.generate()),
        "private",
    ),
    "an old private key in PEM": (
        lambda: b"-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\n",
        "private",
    ),
    "a public and a private key": (lambda: EC_PEM + EC.to_pem(), "private"),
    "a certificate": (_certificate, "certificate"),
    "PEM that is cut off": (lambda: EC_PEM[:60], "PEM"),
    "PEM of an RSA key": (
        _other(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        "RSA",
    ),
    "PEM of P-384": (_other(ec.generate_private_key(ec.SECP384R1())), "secp384r1"),
    "PEM of secp256k1": (_other(ec.generate_private_key(ec.SECP256K1())), "secp256k1"),
    "PEM of Ed448": (_other(ed448.Ed448PrivateKey.generate()), "Ed448"),
    "PEM of X25519": (_other(x25519.X25519PrivateKey.generate()), "X25519"),
    "a symmetric JWK": (lambda: text({"kty": "oct", "k": "AAAA"}), "symmetric"),
    "an RSA JWK": (lambda: text({"kty": "RSA", "n": "AQAB", "e": "AQAB"}), "RSA"),
    "a JWK on P-384": (lambda: text({**EC_JWK, "crv": "P-384"}), "P-384"),
    "an X25519 JWK": (lambda: text({**ED_JWK, "crv": "X25519"}), "X25519"),
    "an SM2 JWK": (lambda: text(Sm2Signer.generate().public_jwk()), "SM2"),
    "a JWK without a kty": (lambda: text({"x": "AA"}), "kty"),
    "a curve that is a number": (lambda: text({**EC_JWK, "crv": 5}), "crv"),
    "a curve with a strange name": (lambda: text({**EC_JWK, "crv": "a\n" * 500}), "crv"),
    "a JWK for encryption": (lambda: text({**EC_JWK, "use": "enc"}), "use"),
    "a JWK for another algorithm": (lambda: text({**EC_JWK, "alg": "ES384"}), "alg"),
    "an algorithm that is a list": (lambda: text({**EC_JWK, "alg": ["ES256"]}), "alg"),
    "an algorithm that is an object": (lambda: text({**ED_JWK, "alg": {"name": "EdDSA"}}), "alg"),
    "a JWK that only signs": (lambda: text({**EC_JWK, "key_ops": ["sign"]}), "key_ops"),
    "a JWK that also derives": (
        lambda: text({**EC_JWK, "key_ops": ["verify", "deriveKey"]}),
        "key_ops",
    ),
    "key_ops that are a text": (lambda: text({**EC_JWK, "key_ops": "verify"}), "key_ops"),
    "a kid that is a path": (lambda: text({**EC_JWK, "kid": "../../k"}), "kid"),
    "a kid that is a number": (lambda: text({**EC_JWK, "kid": 7}), "kid"),
    "a kid of 65 characters": (lambda: text({**EC_JWK, "kid": "k" * 65}), "kid"),
    "a coordinate that is missing": (
        lambda: text({name: EC_JWK[name] for name in ("kty", "crv", "x")}),
        "coordinate",
    ),
    "a coordinate with padding": (lambda: text({**EC_JWK, "x": EC_JWK["x"] + "="}), "coordinate"),
    "a point off the curve": (
        lambda: text({**EC_JWK, "x": EC_JWK["y"], "y": EC_JWK["x"]}),
        "point",
    ),
    "a bad key in a set": (
        lambda: text({"keys": [EC_JWK, {"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}),
        "key 2",
    ),
}


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
def test_any_other_is_refused_for_its_true_reason(make: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(InvalidKey) as refused:
        read_public_keys(make())
    assert reason in str(refused.value)
    assert len(str(refused.value)) < 200
    assert str(refused.value).isprintable()


def test_no_reason_repeats_a_private_key() -> None:
    secret = b64(bytes(range(32)))
    with pytest.raises(InvalidKey) as refused:
        read_public_keys(text({**EC_JWK, "d": secret}))
    assert secret not in str(refused.value)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_keys_or_refused(octets: bytes) -> None:
    try:
        keys = read_public_keys(octets)
    except InvalidKey:
        return
    assert all(isinstance(key, ClientKey) for key in keys)
