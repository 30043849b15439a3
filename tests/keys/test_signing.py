"""Private keys: made, kept as PEM, and used; what is none is refused without a trace of it."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.keys.federation import b64
from tongxing.keys.envelope import parse_compact_jws
from tongxing.keys.signing import Es256Signer, HubSigner, InvalidPrivateKey, Sm2Signer
from tongxing.keys.suites import check_signature, public_key_from_jwk

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def _pem(key: Private, password: bytes | None = None) -> bytes:
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        protection = serialization.BestAvailableEncryption(password)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
    )


@pytest.mark.parametrize("kind", [Es256Signer, HubSigner, Sm2Signer])
def test_a_key_comes_back_from_its_pem(kind: type[Es256Signer] | type[Sm2Signer]) -> None:
    signer = kind.generate()
    again = kind.from_pem(signer.to_pem())
    assert type(again) is kind
    assert again.key_id == signer.key_id == signer.public_key.thumbprint()
    check_signature(signer.public_key, b"message", again.sign(b"message"))


@pytest.mark.parametrize("kind", [HubSigner, Sm2Signer])
def test_the_public_half_is_a_described_jwk(kind: type[HubSigner] | type[Sm2Signer]) -> None:
    signer = kind.generate()
    jwk = signer.public_jwk()
    assert public_key_from_jwk(jwk) == signer.public_key
    assert (jwk["kid"], jwk["use"]) == (signer.key_id, "sig")
    assert "d" not in jwk


def test_a_jws_has_the_header_that_the_strict_parser_wants() -> None:
    signer = HubSigner.generate()
    text = signer.sign_jws("tongxing-receipt+jwt", {"color": "绿码", "n": 1})
    envelope = parse_compact_jws(text.encode(), typ="tongxing-receipt+jwt")
    assert envelope.key_id == signer.key_id
    assert json.loads(envelope.unverified_payload) == {"color": "绿码", "n": 1}
    check_signature(signer.public_key, envelope.signed_bytes, envelope.signature)


def test_what_is_no_json_is_not_signed() -> None:
    with pytest.raises(ValueError, match="JSON"):
        HubSigner.generate().sign_jws("a+jwt", {"n": float("nan")})


P256 = ec.generate_private_key(ec.SECP256R1())
WRONG = {
    "empty": b"",
    "no-pem": b"secret",
    "a-public-key": P256.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ),
    "another-curve": _pem(ec.generate_private_key(ec.SECP384R1())),
    "ed25519": _pem(ed25519.Ed25519PrivateKey.generate()),
    "rsa": _pem(rsa.generate_private_key(65537, 2048)),
    "locked-with-a-password": _pem(P256, b"password"),
    "sm2": Sm2Signer.generate().to_pem(),
    "torn": _pem(P256)[:100],
}


@pytest.mark.parametrize("pem", WRONG.values(), ids=WRONG)
def test_what_is_no_es256_key_is_refused(pem: bytes) -> None:
    with pytest.raises(InvalidPrivateKey) as refused:
        HubSigner.from_pem(pem)
    assert not pem or pem.decode() not in str(refused.value)


NOT_SM2 = {name: pem for name, pem in WRONG.items() if name != "sm2"} | {"p-256": _pem(P256)}


@pytest.mark.parametrize("pem", NOT_SM2.values(), ids=NOT_SM2)
def test_what_is_no_sm2_key_is_refused(pem: bytes) -> None:
    with pytest.raises(InvalidPrivateKey):
        Sm2Signer.from_pem(pem)


@pytest.mark.parametrize(
    "signer", [HubSigner.generate(), Sm2Signer.generate()], ids=["ES256", "SM2"]
)
def test_a_signer_shows_nothing_of_its_key(signer: HubSigner | Sm2Signer) -> None:
    body = "".join(signer.to_pem().decode().splitlines()[1:-1])
    assert body not in repr(signer)
    assert b64(signer.public_key.encoded) not in repr(signer)
