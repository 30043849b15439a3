"""Tokens by hand: any header, any claims, signed with any key or with none.

Shares nothing with the code that reads them.
"""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

Claims = dict[str, object]
LASTS_SECONDS = 60


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def encoded(value: Mapping[str, object] | str) -> str:
    """A JSON object; a text is taken for JSON as it stands."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64url(text.encode())


def assertion_claims(client_id: str, audience: str, at: datetime) -> Claims:
    now = int(at.timestamp())
    return {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": now,
        "exp": now + LASTS_SECONDS,
        "jti": secrets.token_urlsafe(16),
    }


@dataclass(frozen=True)
class SigningKey:
    """A key on P-256 and the JSON Web Key of its public half, whose ``kid`` is its thumbprint."""

    private: ec.EllipticCurvePrivateKey
    jwk: Mapping[str, str]

    @classmethod
    def of(cls, private: ec.EllipticCurvePrivateKey) -> "SigningKey":
        numbers = private.public_key().public_numbers()
        x, y = (base64url(value.to_bytes(32)) for value in (numbers.x, numbers.y))
        required = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
        canonical = json.dumps(required, sort_keys=True, separators=(",", ":"))
        kid = base64url(hashlib.sha256(canonical.encode()).digest())
        return cls(private, {**required, "kid": kid})

    @classmethod
    def new(cls) -> "SigningKey":
        return cls.of(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes) -> "SigningKey":
        private = load_pem_private_key(pem, None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        return cls.of(private)

    @property
    def key_id(self) -> str:
        return self.jwk["kid"]

    def private_pem(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def public_pem(self) -> bytes:
        public = self.private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def jws(self, header: Mapping[str, object], claims: Mapping[str, object] | str) -> str:
        """With ``alg`` and ``kid`` of this key, unless ``header`` says otherwise; a header that
        is None is left out."""
        full = {"alg": "ES256", "kid": self.key_id} | dict(header)
        return self.signed(
            {name: value for name, value in full.items() if value is not None}, claims
        )

    def signed(self, header: Mapping[str, object] | str, claims: Mapping[str, object] | str) -> str:
        text = f"{encoded(header)}.{encoded(claims)}"
        return f"{text}.{base64url(self.sign(text.encode()))}"


def unsigned(header: Mapping[str, object], claims: Mapping[str, object]) -> str:
    return f"{encoded({'alg': 'none', **header})}.{encoded(claims)}."


def keyed(secret: bytes, header: Mapping[str, object], claims: Mapping[str, object]) -> str:
    """HS256 with ``secret``, which is somebody's public key."""
    text = f"{encoded({'alg': 'HS256', **header})}.{encoded(claims)}"
    return f"{text}.{base64url(hmac.digest(secret, text.encode(), 'sha256'))}"
