"""Signing: what the hub, the holders of root keys and client systems do with private keys.

Responsible for making private keys, for reading them from PEM (PKCS #8, not encrypted) and for
signing with them. No other file touches private keys, except keys/sm2.py, for the curve that
``cryptography`` does not have. Refuses to read or write files: the gateway does, with mode 0600.
"""

import json
from collections.abc import Mapping
from typing import Protocol, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tongxing.keys import base64url
from tongxing.keys.ed25519 import EdPublicKey
from tongxing.keys.p256 import COORDINATE_BYTES
from tongxing.keys.signed_note import VerifierKey
from tongxing.keys.sm2 import Sm2PrivateKey
from tongxing.keys.strict_json import without_byte_order_mark
from tongxing.keys.suites import PublicKey, SuiteName, public_key_from_encoded

_ES256 = ec.ECDSA(SHA256())


class InvalidPrivateKey(ValueError):
    """The bytes are not a private key of the expected suite. Repeats nothing of them."""


class Es256Signer:
    """An ES256 private key. Its key id is the RFC 7638 thumbprint of the public half."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._private_key = private_key
        self.public_key = _public_key(private_key.public_key())
        self.key_id = self.public_key.thumbprint()
        self._headers: dict[str, str] = {}

    @classmethod
    def generate(cls) -> Self:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Raises InvalidPrivateKey."""
        try:
            key = serialization.load_pem_private_key(without_byte_order_mark(pem), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise InvalidPrivateKey("not a private key in PEM (PKCS #8)") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise InvalidPrivateKey("not a private key on P-256")
        return cls(key)

    def to_pem(self) -> bytes:
        """PKCS #8, not encrypted: keep it in a file that only its owner can read."""
        return self._private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def public_jwk(self) -> dict[str, str]:
        return _described(self.public_key, self.key_id)

    def sign(self, message: bytes) -> bytes:
        """r‖s, 64 bytes."""
        der = self._private_key.sign(message, _ES256)
        r, s = decode_dss_signature(der)
        return r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")

    def sign_jws(self, typ: str, claims: Mapping[str, object]) -> str:
        """A compact JWS over ``claims`` as JSON, of type ``typ``."""
        text = json.dumps(dict(claims), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return self.sign_jws_over(typ, text.encode("utf-8"))

    def sign_proof(self, typ: str, claims: Mapping[str, object]) -> str:
        """A compact JWS that brings its own key with it, as a member ``jwk`` (RFC 9449 §4.2)."""
        header = {"typ": typ, "alg": SuiteName.ES256.value, "jwk": self.public_key.to_jwk()}
        parts = (json.dumps(each, separators=(",", ":")) for each in (header, dict(claims)))
        signed = ".".join(base64url.encode(part.encode("ascii")) for part in parts)
        return signed + "." + base64url.encode(self.sign(signed.encode("ascii")))

    def sign_jws_over(self, typ: str, claims: bytes) -> str:
        """The same over claims that are JSON already, as they are."""
        signed = self.protected_header(typ) + "." + base64url.encode(claims)
        return signed + "." + base64url.encode(self.sign(signed.encode("ascii")))

    def protected_header(self, typ: str) -> str:
        """The encoded header ``alg``, ``kid``, ``typ``, as the strict parsers want it."""
        header = self._headers.get(typ)
        if header is None:
            members = {"alg": SuiteName.ES256.value, "kid": self.key_id, "typ": typ}
            text = json.dumps(members, separators=(",", ":"))
            header = self._headers[typ] = base64url.encode(text.encode("ascii"))
        return header


class EdDsaSigner:
    """An Ed25519 private key: a root key may be one."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        encoded = private_key.public_key().public_bytes_raw()
        self.public_key = public_key_from_encoded(SuiteName.EDDSA, encoded)

    def sign(self, message: bytes) -> bytes:
        return self._private_key.sign(message)


def root_signer_from_pem(pem: bytes) -> Es256Signer | EdDsaSigner:
    """A private root key. Raises InvalidPrivateKey."""
    try:
        key = serialization.load_pem_private_key(without_byte_order_mark(pem), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidPrivateKey("not a private key in PEM (PKCS #8, not encrypted)") from None
    if isinstance(key, Ed25519PrivateKey):
        return EdDsaSigner(key)
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1":
        return Es256Signer(key)
    raise InvalidPrivateKey("neither a key on P-256 nor an Ed25519 key")


class SignsReceipts(Protocol):
    """A hub's key, or the one of its keys that is in use (``hub_keys``)."""

    def sign_jws(self, typ: str, claims: Mapping[str, object]) -> str: ...

    def sign_jws_over(self, typ: str, claims: bytes) -> str: ...


class HubSigner(Es256Signer):
    """The hub's key, for receipts and access tokens. A separate class, so that a root key or a
    client's key cannot be passed by mistake."""

    def log_signer(self, origin: str) -> "LogSigner":
        """The key of this hub's log. It follows from the hub's own (HKDF, RFC 5869), so there is
        nothing to set up or to keep, and every hub has had one all along."""
        scalar = self._private_key.private_numbers().private_value
        seed = HKDF(SHA256(), _ED25519_SEED_BYTES, salt=None, info=_LOG_KEY_INFO).derive(
            scalar.to_bytes(COORDINATE_BYTES, "big")
        )
        return LogSigner(origin, Ed25519PrivateKey.from_private_bytes(seed))


_ED25519_SEED_BYTES = 32
_LOG_KEY_INFO = b"tongxing audit log key, version 1"
"""May never change: the key of every log that was ever written follows from it."""


class LogSigner:
    """Signs the checkpoints of one log, with Ed25519. ``origin`` names the log and the key."""

    def __init__(self, origin: str, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        encoded = private_key.public_key().public_bytes_raw()
        self.verifier = VerifierKey(origin, EdPublicKey.from_encoded(encoded))

    def sign(self, message: bytes) -> bytes:
        return self._private_key.sign(message)

    def named(self, name: str) -> "LogSigner":
        """The same key for another log."""
        return LogSigner(name, self._private_key)


class Sm2Signer:
    """An SM2 private key: the hub signs its requests to the national platform with it."""

    def __init__(self, private_key: Sm2PrivateKey) -> None:
        self._private_key = private_key
        point = private_key.public_key().point
        self.public_key = public_key_from_encoded(SuiteName.SM2_SM3, point)
        self.key_id = self.public_key.thumbprint()

    @classmethod
    def generate(cls) -> Self:
        return cls(Sm2PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Raises InvalidPrivateKey."""
        try:
            return cls(Sm2PrivateKey.from_pem(without_byte_order_mark(pem)))
        except ValueError:
            raise InvalidPrivateKey("not an SM2 private key in PEM (PKCS #8)") from None

    def to_pem(self) -> bytes:
        """PKCS #8, not encrypted: keep it in a file that only its owner can read."""
        return self._private_key.to_pem()

    def public_jwk(self) -> dict[str, str]:
        return _described(self.public_key, self.key_id)

    def sign(self, message: bytes) -> bytes:
        """r‖s, 64 bytes; SM3 digest, user id ``1234567812345678``."""
        return self._private_key.sign(message)


def _public_key(key: ec.EllipticCurvePublicKey) -> PublicKey:
    numbers = key.public_numbers()
    x, y = (value.to_bytes(COORDINATE_BYTES, "big") for value in (numbers.x, numbers.y))
    return public_key_from_encoded(SuiteName.ES256, x + y)


def _described(key: PublicKey, key_id: str) -> dict[str, str]:
    return {**key.to_jwk(), "kid": key_id, "use": "sig", "alg": key.suite.value}
