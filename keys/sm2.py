"""SM2 with SM3 (GM/T 0003.2, RFC 8998): the only file that knows which library does it.

Responsible for the strict front before the C library: before any byte reaches C, a point is on the
curve, and a signature is two numbers in range, each of fixed size. The choice of the library is
recorded in docs/decisions/0002-sm2.md. Refuses encryption and key exchange: the hub needs neither.

The user id is ``1234567812345678``, the usual one (GM/T 0009). The library has no other, and a test
checks it against an implementation of the standard that takes the user id as an argument.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from tongsuopy.crypto import (  # type: ignore[import-untyped]
    exceptions,
    hashes,
    serialization,
)
from tongsuopy.crypto.asymciphers import ec  # type: ignore[import-untyped]

COORDINATE_BYTES = 32
SIGNATURE_BYTES = 64

# sm2p256v1 (GM/T 0003.5): y² = x³ + ax + b over the field of _P elements; _N is the group's order.
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A point of the curve. ``point`` is x‖y, 64 bytes."""

    point: bytes
    _native: ec.EllipticCurvePublicKey = field(repr=False, compare=False)

    @classmethod
    def from_point(cls, point: bytes) -> "Sm2PublicKey":
        """ValueError unless ``point`` is x‖y of a point on the curve."""
        _check_on_curve(point)
        return cls(point, ec.EllipticCurvePublicKey.from_encoded_point(ec.SM2(), b"\x04" + point))

    def check(self, signed_bytes: bytes, signature: bytes) -> None:
        """ValueError unless ``signature`` (r‖s) is this key's over ``signed_bytes``."""
        der = encode_dss_signature(*_numbers(signature))
        try:
            self._native.verify(der, signed_bytes, ec.ECDSA(hashes.SM3()))
        except (exceptions.InvalidSignature, exceptions.InternalError):
            raise ValueError("not this key's SM2 signature") from None


@dataclass(frozen=True, slots=True)
class Sm2PrivateKey:
    """A private number of the curve. Made and held by keys/signing.py alone."""

    _native: ec.EllipticCurvePrivateKey = field(repr=False, compare=False)

    @classmethod
    def generate(cls) -> "Sm2PrivateKey":
        return cls(ec.generate_private_key(ec.SM2()))

    @classmethod
    def from_pem(cls, pem: bytes) -> "Sm2PrivateKey":
        """From PKCS #8. The public half is computed again, so that a file with halves of two keys
        cannot make signatures that never verify. Raises ValueError."""
        try:
            number = serialization.load_pem_private_key(pem, None).private_numbers().private_value
            return cls(ec.derive_private_key(number, ec.SM2()))
        except (ValueError, TypeError, exceptions.UnsupportedAlgorithm, exceptions.InternalError):
            raise ValueError("not an SM2 private key in PEM (PKCS #8)") from None

    def to_pem(self) -> bytes:
        return bytes(
            self._native.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    def public_key(self) -> Sm2PublicKey:
        encoded = self._native.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return Sm2PublicKey.from_point(encoded[1:])

    def sign(self, message: bytes) -> bytes:
        """r‖s over ``message``."""
        r, s = decode_dss_signature(self._native.sign(message, ec.ECDSA(hashes.SM3())))
        return r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")


def _check_on_curve(point: bytes) -> None:
    if len(point) != 2 * COORDINATE_BYTES:
        raise ValueError("an SM2 point is 64 bytes")
    x = int.from_bytes(point[:COORDINATE_BYTES], "big")
    y = int.from_bytes(point[COORDINATE_BYTES:], "big")
    if x >= _P or y >= _P or (y * y - (x * x + _A) * x - _B) % _P != 0:
        raise ValueError("not a point of the SM2 curve")


def _numbers(signature: bytes) -> tuple[int, int]:
    """GM/T 0003.2 §7.1, steps B1, B2 and B5: r and s in [1, n-1], and r + s not 0 modulo n."""
    if len(signature) != SIGNATURE_BYTES:
        raise ValueError("an SM2 signature is 64 bytes")
    r = int.from_bytes(signature[:COORDINATE_BYTES], "big")
    s = int.from_bytes(signature[COORDINATE_BYTES:], "big")
    if not (0 < r < _N and 0 < s < _N) or r + s == _N:
        raise ValueError("an SM2 signature is out of range")
    return r, s
