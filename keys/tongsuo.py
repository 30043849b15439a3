"""SM2 with SM3 by ``tongsuopy``, which brings a C library of its own: no other file knows it.

See keys/sm2_library.py. The library has no type information, so ``Any`` ends here.
"""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from tongsuopy.crypto import (  # type: ignore[import-untyped]
    exceptions,
    hashes,
    serialization,
)
from tongsuopy.crypto.asymciphers import ec  # type: ignore[import-untyped]


@dataclass(frozen=True, slots=True)
class TongsuoPublic:
    _key: Any

    def holds(self, signed_bytes: bytes, der: bytes) -> bool:
        try:
            self._key.verify(der, signed_bytes, ec.ECDSA(hashes.SM3()))
        except (exceptions.InvalidSignature, exceptions.InternalError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class TongsuoPrivate:
    _key: Any

    def point(self) -> bytes:
        encoded: bytes = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return encoded[1:]

    def sign(self, message: bytes) -> bytes:
        return bytes(self._key.sign(message, ec.ECDSA(hashes.SM3())))

    def to_pem(self) -> bytes:
        return bytes(
            self._key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


def name() -> str:
    return f"tongsuopy {version('tongsuopy')}"


def public_half(point: bytes) -> TongsuoPublic:
    return TongsuoPublic(ec.EllipticCurvePublicKey.from_encoded_point(ec.SM2(), b"\x04" + point))


def private_half(number: int) -> TongsuoPrivate:
    return TongsuoPrivate(ec.derive_private_key(number, ec.SM2()))


def number_in_pem(pem: bytes) -> int:
    """Raises ValueError."""
    try:
        return int(serialization.load_pem_private_key(pem, None).private_numbers().private_value)
    except (TypeError, exceptions.UnsupportedAlgorithm, exceptions.InternalError):
        raise ValueError("not an SM2 private key") from None
