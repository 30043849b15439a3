"""SM2 with SM3 for the national platform, with ``tongsuopy``; no other file imports that library.

The library signs and checks for the customary user id ``1234567812345678``. It has no type
information, so ``Any`` ends here.
"""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from tongsuopy.crypto import hashes, serialization  # type: ignore[import-untyped]
from tongsuopy.crypto.asymciphers import ec  # type: ignore[import-untyped]
from tongsuopy.crypto.exceptions import (  # type: ignore[import-untyped]
    InternalError,
    InvalidSignature,
)

_HALF_BYTES = 32
_SIGNATURE_BYTES = 2 * _HALF_BYTES


def make_private_pem() -> bytes:
    pem: bytes = ec.generate_private_key(ec.SM2()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem


def public_point(private_pem: bytes) -> tuple[int, int]:
    numbers = serialization.load_pem_private_key(private_pem, None).public_key().public_numbers()
    return numbers.x, numbers.y


class Sm2Signer:
    alg = "SM2-SM3"

    def __init__(self, key_id: str, private_pem: bytes) -> None:
        self.key_id = key_id
        self._private_key: Any = serialization.load_pem_private_key(private_pem, None)
        self._with_sm3 = ec.ECDSA(hashes.SM3())

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._private_key.sign(message, self._with_sm3))
        return r.to_bytes(_HALF_BYTES) + s.to_bytes(_HALF_BYTES)


class Sm2Verifier:
    """Checks the hub's requests."""

    def __init__(self, x: bytes, y: bytes) -> None:
        point = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SM2())
        self._public_key: Any = point.public_key()
        self._with_sm3 = ec.ECDSA(hashes.SM3())

    def accepts(self, signature: bytes, message: bytes) -> bool:
        if len(signature) != _SIGNATURE_BYTES:
            return False
        r, s = signature[:_HALF_BYTES], signature[_HALF_BYTES:]
        encoded = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
        try:
            self._public_key.verify(encoded, message, self._with_sm3)
        except (InvalidSignature, InternalError):
            return False
        return True
