"""Keys of simulated issuers, made in the test, and the trust list that holds them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.adapters.people import AT
from tongxing.keys.signing import Es256Signer, Sm2Signer
from tongxing.keys.suites import PublicKey, SuiteName, public_key_from_encoded
from tongxing.keys.trust_list import TrustedIssuer, TrustedKey, TrustList

MONTH = timedelta(days=30)
ISSUERS = ("zhenjiang", "sukangma", "national")
"""Those that have a format of their own."""

DOCKED_ISSUERS = ("anhui", "beijing", "zhejiang", "shanghai", "nanjing-jurong")
EVERY_ISSUER = (*ISSUERS, *DOCKED_ISSUERS)
REGIONS: Mapping[str, tuple[str, ...]] = {
    "zhenjiang": ("321100",),
    "sukangma": ("320000",),
    "national": ("000000",),
    "anhui": ("340000",),
    "anhui-text": ("340000",),
    "beijing": ("110000",),
    "zhejiang": ("330000",),
    "shanghai": ("310000",),
    "nanjing-jurong": ("320100", "321183"),
}


class Signer(Protocol):
    public_key: PublicKey
    key_id: str

    def sign(self, message: bytes) -> bytes: ...


class EdSigner:
    def __init__(self) -> None:
        self._private_key = Ed25519PrivateKey.generate()
        encoded = self._private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public_key = public_key_from_encoded(SuiteName.EDDSA, encoded)
        self.key_id = self.public_key.thumbprint()

    def sign(self, message: bytes) -> bytes:
        return self._private_key.sign(message)


def own_keys() -> dict[str, Signer]:
    """A key for each issuer, of its own suite."""
    return {
        "zhenjiang": Es256Signer.generate(),
        "sukangma": EdSigner(),
        "national": Sm2Signer.generate(),
        "anhui": EdSigner(),
        "anhui-text": EdSigner(),
        "beijing": Es256Signer.generate(),
        "zhejiang": EdSigner(),
        "shanghai": Es256Signer.generate(),
        "nanjing-jurong": EdSigner(),
    }


def trust_list(
    keys: Mapping[str, Sequence[Signer]],
    *,
    regions: Mapping[str, tuple[str, ...]] = REGIONS,
    revoked: frozenset[str] = frozenset(),
    version: int = 1,
) -> TrustList:
    """A list in force at AT that believes ``keys``, but for the issuers that are ``revoked``. One
    that has none signs nothing."""
    issuers = {
        issuer: _issuer(issuer, signers, regions[issuer], revoked)
        for issuer, signers in keys.items()
    }
    return TrustList(version, AT - MONTH, AT + MONTH, issuers, digest="test")


def _issuer(
    issuer: str, signers: Sequence[Signer], regions: tuple[str, ...], revoked: frozenset[str]
) -> TrustedIssuer:
    revoked_at = AT - timedelta(seconds=1) if issuer in revoked else None
    keys = {
        signer.key_id: TrustedKey(
            signer.key_id, signer.public_key, AT - MONTH, AT + MONTH, revoked_at
        )
        for signer in signers
    }
    return TrustedIssuer(issuer, "测试", "test", "city", regions, f"{issuer}:", keys, not keys)
