"""How the tests read what the issuers write, from docs/wire-formats.md alone."""

import hashlib
import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tests.sandbox import sm2_by_hand

Json = dict[str, Any]


def unpadded(text: str) -> bytes:
    assert "=" not in text
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def digest(raw: bytes) -> str:
    return base64url(hashlib.sha256(raw).digest())


def check_signature(jwk: Json, signature: bytes, message: bytes) -> None:
    """Raises unless ``signature`` is that of ``jwk``'s key."""
    _CHECKS[jwk["crv"]](jwk, signature, message)


def _check_es256(jwk: Json, signature: bytes, message: bytes) -> None:
    x, y = (int.from_bytes(unpadded(jwk[name])) for name in ("x", "y"))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    assert len(signature) == 64
    encoded = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    key.verify(encoded, message, ec.ECDSA(SHA256()))


def _check_ed25519(jwk: Json, signature: bytes, message: bytes) -> None:
    ed25519.Ed25519PublicKey.from_public_bytes(unpadded(jwk["x"])).verify(signature, message)


def _check_sm2(jwk: Json, signature: bytes, message: bytes) -> None:
    point = int.from_bytes(unpadded(jwk["x"])), int.from_bytes(unpadded(jwk["y"]))
    assert sm2_by_hand.is_signature(signature, message, point)


_CHECKS = {"P-256": _check_es256, "Ed25519": _check_ed25519, "SM2": _check_sm2}


def open_compact(text: str, jwk: Json, typ: str) -> Json:
    """The payload of a compact JWS with exactly the header that the format asks for."""
    header, payload, signature = text.split(".")
    assert json.loads(unpadded(header)) == {"alg": jwk["alg"], "kid": jwk["kid"], "typ": typ}
    check_signature(jwk, unpadded(signature), f"{header}.{payload}".encode())
    claims: Json = json.loads(unpadded(payload))
    return claims


def unverified_claims(text: str) -> Json:
    claims: Json = json.loads(unpadded(text.split(".")[1]))
    return claims


def open_detached(text: str, body: bytes, jwk: Json) -> Json:
    """The protected header of a detached JWS over ``body``."""
    protected, payload, signature = text.split(".")
    assert payload == ""
    check_signature(jwk, unpadded(signature), f"{protected}.{base64url(body)}".encode())
    header: Json = json.loads(unpadded(protected))
    return header


def open_package(body: bytes, jwk: Json) -> Json:
    """The content of a package that the national platform signed."""
    package = json.loads(body)
    assert package.keys() == {"bizPackage", "sign", "keyId"}
    assert package["keyId"] == jwk["kid"]
    check_signature(jwk, b64decode(package["sign"], validate=True), package["bizPackage"].encode())
    content: Json = json.loads(package["bizPackage"])
    return content
