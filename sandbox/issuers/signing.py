"""How the reference issuers sign: suites with signatures of 64 bytes, and the JWS around them.

Written apart from the hub's own cryptography on purpose, so that the two check each other. Private
keys come from ``keystore`` and never leave this file.
"""

import json
from base64 import urlsafe_b64encode
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

_HALF_BYTES = 32


class Signer(Protocol):
    """``alg`` is the suite's name in a header, ``key_id`` the key's."""

    alg: str
    key_id: str

    def sign(self, message: bytes) -> bytes: ...


class Es256Signer:
    alg = "ES256"

    def __init__(self, key_id: str, private_key: ec.EllipticCurvePrivateKey) -> None:
        self.key_id = key_id
        self._private_key = private_key
        self._ecdsa = ec.ECDSA(hashes.SHA256())

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._private_key.sign(message, self._ecdsa))
        return r.to_bytes(_HALF_BYTES) + s.to_bytes(_HALF_BYTES)


class EdDsaSigner:
    alg = "EdDSA"

    def __init__(self, key_id: str, private_key: ed25519.Ed25519PrivateKey) -> None:
        self.key_id = key_id
        self._private_key = private_key

    def sign(self, message: bytes) -> bytes:
        return self._private_key.sign(message)


def derived_ed25519(seed: bytes) -> tuple[ed25519.Ed25519PrivateKey, bytes]:
    """The key whose 32 secret bytes are ``seed`` (RFC 8032 §5.1.5), and its public half."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    return key, key.public_key().public_bytes_raw()


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


class CompactJws:
    """Compact JWS of one ``typ``; the header of each key is encoded once."""

    def __init__(self, typ: str) -> None:
        self._typ = typ
        self._headers: dict[str, bytes] = {}

    def sign(self, signer: Signer, payload: bytes) -> str:
        signed = self._header(signer) + b"." + urlsafe_b64encode(payload).rstrip(b"=")
        return f"{signed.decode('ascii')}.{base64url(signer.sign(signed))}"

    def unsigned(self, payload: bytes) -> str:
        """A token whose own header says that it has no signature."""
        header = json.dumps({"alg": "none", "typ": self._typ}).encode()
        return f"{base64url(header)}.{base64url(payload)}."

    def _header(self, signer: Signer) -> bytes:
        encoded = self._headers.get(signer.key_id)
        if encoded is None:
            header = {"alg": signer.alg, "kid": signer.key_id, "typ": self._typ}
            encoded = base64url(json.dumps(header).encode()).encode("ascii")
            self._headers[signer.key_id] = encoded
        return encoded


def detached_jws(signer: Signer, members: dict[str, object], body: bytes) -> str:
    """RFC 7515 appendix F: the signature over ``body`` without the body."""
    header = {"alg": signer.alg, "kid": signer.key_id, **members}
    protected = base64url(json.dumps(header).encode())
    signature = signer.sign(f"{protected}.{base64url(body)}".encode("ascii"))
    return f"{protected}..{base64url(signature)}"
