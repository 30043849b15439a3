"""Ed25519 public keys (RFC 8032). Refuses points that the library lets through.

A public key has to be one that a private key can make: canonical, on the curve, and not of small
order (a key of small order accepts one signature for many messages).
"""

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# RFC 8032 §5.1: -x² + y² = 1 + dx²y² over the field of 2²⁵⁵ - 19 elements.
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_Y_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7
_Y_OF_ORDER_4_OR_8 = frozenset({0, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8})


@dataclass(frozen=True, slots=True)
class EdPublicKey:
    """``encoded`` is the 32 bytes of RFC 8032 §5.1.2."""

    encoded: bytes
    native: Ed25519PublicKey = field(repr=False, compare=False)

    @classmethod
    def from_encoded(cls, encoded: bytes) -> "EdPublicKey":
        """ValueError unless ``encoded`` is a canonical point of the curve, not of small order."""
        native = Ed25519PublicKey.from_public_bytes(encoded)  # ValueError unless it is 32 bytes
        _check_point(encoded)
        return cls(encoded, native)

    def check(self, signed_bytes: bytes, signature: bytes) -> None:
        """ValueError unless ``signature`` is this key's. The library refuses S ≥ L and any R that
        is not spelled canonically (both are among the Wycheproof vectors)."""
        try:
            self.native.verify(signature, signed_bytes)
        except InvalidSignature:
            raise ValueError("not this key's Ed25519 signature") from None


def _check_point(encoded: bytes) -> None:
    """Of a point, x² is the quotient of the two factors below. A quotient is a square where the
    product is one; it is 0, and so refused as well, for the points of order 1 and 2."""
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    if y >= _P or y in _Y_OF_ORDER_4_OR_8:
        raise ValueError("not a key that Ed25519 can make")
    product = (y * y - 1) * (_D * y * y + 1)
    if pow(product, (_P - 1) // 2, _P) != 1:
        raise ValueError("not a point of the Ed25519 curve, or one of order 1 or 2")
