"""SM2 with SM3 (GM/T 0003.2, RFC 8998): the strict front before whichever C library computes it.

Before any byte reaches C, a point is on the curve, and a signature is two numbers in range, each of
fixed size. The library is ``tongsuopy``, or the system's OpenSSL 3 where that is not installed
(docs/decisions/0071-sm2-without-tongsuopy.md). Refuses encryption and key exchange: the hub needs
neither.

The user id is ``1234567812345678``, the usual one (GM/T 0009), and a test checks it against an
implementation of the standard that takes the user id as an argument.
"""

import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from tongxing.keys.sm2_library import PrivateHalf, PublicHalf, Sm2Library

_LIBRARY: Sm2Library
try:
    from tongxing.keys import tongsuo

    _LIBRARY = tongsuo
except ImportError:
    from tongxing.keys import libcrypto

    _LIBRARY = libcrypto

COORDINATE_BYTES = 32
SIGNATURE_BYTES = 64

# sm2p256v1 (GM/T 0003.5): y² = x³ + ax + b over the field of _P elements; _N is the group's order.
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


def library_name() -> str:
    """What computes SM2 on this machine, with its version."""
    return _LIBRARY.name()


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A point of the curve. ``point`` is x‖y, 64 bytes."""

    point: bytes
    _half: PublicHalf = field(repr=False, compare=False)

    @classmethod
    def from_point(cls, point: bytes) -> "Sm2PublicKey":
        """ValueError unless ``point`` is x‖y of a point on the curve."""
        _check_on_curve(point)
        return cls(point, _LIBRARY.public_half(point))

    def check(self, signed_bytes: bytes, signature: bytes) -> None:
        """ValueError unless ``signature`` (r‖s) is this key's over ``signed_bytes``."""
        if not self._half.holds(signed_bytes, encode_dss_signature(*_numbers(signature))):
            raise ValueError("not this key's SM2 signature")


@dataclass(frozen=True, slots=True)
class Sm2PrivateKey:
    """A private number of the curve. Made and held by keys/signing.py alone."""

    _half: PrivateHalf = field(repr=False)

    @classmethod
    def generate(cls) -> "Sm2PrivateKey":
        """GM/T 0003.1 §6.1: a number in [1, n-2], from the system's source."""
        return cls(_LIBRARY.private_half(1 + secrets.randbelow(_N - 2)))

    @classmethod
    def from_pem(cls, pem: bytes) -> "Sm2PrivateKey":
        """From PKCS #8. The public half is computed again, so that a file with halves of two keys
        cannot make signatures that never verify. Raises ValueError."""
        try:
            number = _LIBRARY.number_in_pem(pem)
        except ValueError:
            raise ValueError("not an SM2 private key in PEM (PKCS #8)") from None
        if not 0 < number < _N - 1:
            raise ValueError("not an SM2 private key in PEM (PKCS #8)")
        return cls(_LIBRARY.private_half(number))

    def to_pem(self) -> bytes:
        return self._half.to_pem()

    def public_key(self) -> Sm2PublicKey:
        return Sm2PublicKey.from_point(self._half.point())

    def sign(self, message: bytes) -> bytes:
        """r‖s over ``message``."""
        r, s = decode_dss_signature(self._half.sign(message))
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
