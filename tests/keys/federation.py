"""The other party: issuers, roots and clients, with the freedom to sign whatever they like."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongxing.keys.root_keys import RootKeys
from tongxing.keys.root_signatures import sign_trust_list
from tongxing.keys.signing import Es256Signer, Sm2Signer
from tongxing.keys.suites import PublicKey, SuiteName, public_key_from_encoded
from tongxing.keys.trust_list import TrustList, parse_trust_list

AT = datetime(2020, 3, 6, 8, 0, tzinfo=UTC)


class EdSigner:
    """A client or an issuer with an Ed25519 key."""

    def __init__(self) -> None:
        self._private_key = Ed25519PrivateKey.generate()
        encoded = self._private_key.public_key().public_bytes_raw()
        self.public_key: PublicKey = public_key_from_encoded(SuiteName.EDDSA, encoded)
        self.key_id = self.public_key.thumbprint()

    def sign(self, message: bytes) -> bytes:
        return self._private_key.sign(message)


Signer = Es256Signer | EdSigner | Sm2Signer


def b64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def jws(signer: Signer, header: object, payload: object) -> str:
    """A compact JWS with whatever ``header`` and ``payload``; bytes are taken as they are."""
    parts = (part if isinstance(part, bytes) else compact(part) for part in (header, payload))
    signed = ".".join(b64(part) for part in parts)
    return f"{signed}.{b64(signer.sign(signed.encode()))}"


def instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def key_entry(signer: Signer, **other: Any) -> dict[str, Any]:
    return {
        "kid": signer.key_id,
        "suite": signer.public_key.suite.value,
        "jwk": signer.public_key.to_jwk(),
        "not_before": instant(AT - timedelta(days=30)),
        "not_after": instant(AT + timedelta(days=30)),
        **other,
    }


def issuer_entry(name: str, *keys: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": {"zh": "镇江健康码", "en": "Zhenjiang health code"},
        "level": "city",
        "regions": ["321100"],
        "code_prefix": f"{name.upper()}.",
        "keys": list(keys),
        **other,
    }


def list_payload(*issuers: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "version": 7,
        "issued_at": instant(AT - timedelta(days=1)),
        "expires_at": instant(AT + timedelta(days=10)),
        "issuers": list(issuers),
        **other,
    }


class Federation:
    """Three issuers, one for each suite, under two of three root keys."""

    def __init__(self) -> None:
        self.zhenjiang = Es256Signer.generate()
        self.sukangma = EdSigner()
        self.national = Sm2Signer.generate()
        self.root_signers = [Es256Signer.generate() for _ in range(3)]
        keys = {signer.key_id: signer.public_key for signer in self.root_signers}
        self.roots = RootKeys(2, keys)

    def issuers(self) -> list[dict[str, Any]]:
        return [
            issuer_entry("zhenjiang", key_entry(self.zhenjiang)),
            issuer_entry("sukangma", key_entry(self.sukangma), level="province"),
            issuer_entry("national", key_entry(self.national), level="national"),
        ]

    def payload(self, **other: Any) -> dict[str, Any]:
        return list_payload(*self.issuers(), **other)

    def signed(self, payload: dict[str, Any]) -> bytes:
        return sign_trust_list(payload, self.root_signers[:2])

    def trust_list(self, **other: Any) -> TrustList:
        return parse_trust_list(self.signed(self.payload(**other)), self.roots, AT)
