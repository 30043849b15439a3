"""The key of a client: what signs assertions, proofs and changes of keys. ES256 or EdDSA."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, cast

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

Native = EllipticCurvePrivateKey | Ed25519PrivateKey
_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
"""RFC 7638 §3.2, RFC 8037 §2: the members of a thumbprint, in their order."""


class SigningKey:
    """``algorithm`` is ES256 or EdDSA; ``jwk`` the public half, without a ``kid``."""

    def __init__(self, native: Native) -> None:
        self._native = native
        self.algorithm, self.jwk = _public(native)

    def __repr__(self) -> str:
        return f"SigningKey({self.thumbprint!r})"

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls(generate_private_key(SECP256R1()))

    @classmethod
    def read(cls, octets: bytes) -> "SigningKey":
        """From PEM, or from a private JWK. Raises ValueError, whose text repeats nothing of it."""
        try:
            return cls(_from_pem(octets) if b"-----BEGIN" in octets else _from_jwk(octets))
        except (ValueError, TypeError, KeyError, jwt.InvalidKeyError):
            raise ValueError("no private key on P-256 or Ed25519, in PEM or as a JWK") from None

    @property
    def thumbprint(self) -> str:
        """RFC 7638: under this id the hub finds every key that it registered."""
        canonical = json.dumps(self.jwk, sort_keys=True, separators=(",", ":"))
        return base64url(hashlib.sha256(canonical.encode("ascii")).digest())

    def sign(self, typ: str, claims: Mapping[str, object], **header: object) -> str:
        """A compact JWS; its ``kid`` is the thumbprint unless ``header`` names another key."""
        headers = {"typ": typ, **(header or {"kid": self.thumbprint})}
        return jwt.encode(dict(claims), self._native, algorithm=self.algorithm, headers=headers)

    def to_pem(self) -> bytes:
        """The private key, unencrypted: for a file that only its owner reads."""
        return self._native.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _public(native: Native) -> tuple[str, Mapping[str, str]]:
    if isinstance(native, Ed25519PrivateKey):
        described = OKPAlgorithm.to_jwk(native.public_key(), as_dict=True)
        return "EdDSA", {name: described[name] for name in _REQUIRED["OKP"]}
    if native.curve.name != "secp256r1":
        raise ValueError("another curve")
    described = ECAlgorithm.to_jwk(native.public_key(), as_dict=True)
    return "ES256", {name: described[name] for name in _REQUIRED["EC"]}


def _from_pem(octets: bytes) -> Native:
    key = load_pem_private_key(octets, None)
    if not isinstance(key, EllipticCurvePrivateKey | Ed25519PrivateKey):
        raise TypeError("another kind of key")
    return key


def _from_jwk(octets: bytes) -> Native:
    members: dict[str, Any] = json.loads(octets)
    key = members["d"] and jwt.PyJWK.from_dict(members, _ALGORITHMS[members["kty"]]).key
    return cast("Native", key)


_ALGORITHMS = {"EC": "ES256", "OKP": "EdDSA"}
