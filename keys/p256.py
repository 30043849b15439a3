"""ECDSA on P-256 with SHA-256, the suite ES256 (RFC 7518 §3.4): public keys and signatures r‖s."""

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

COORDINATE_BYTES = 32
SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class P256PublicKey:
    """A point of the curve. ``point`` is x‖y, 64 bytes."""

    point: bytes
    native: ec.EllipticCurvePublicKey = field(repr=False, compare=False)

    @classmethod
    def from_point(cls, point: bytes) -> "P256PublicKey":
        """ValueError unless ``point`` is x‖y of a point on the curve."""
        if len(point) != 2 * COORDINATE_BYTES:
            raise ValueError("a P-256 point is 64 bytes")
        x = int.from_bytes(point[:COORDINATE_BYTES], "big")
        y = int.from_bytes(point[COORDINATE_BYTES:], "big")
        return cls(point, ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key())

    def check(self, signed_bytes: bytes, signature: bytes) -> None:
        """ValueError unless ``signature`` (r‖s) is this key's over ``signed_bytes``."""
        if len(signature) != SIGNATURE_BYTES:
            raise ValueError("an ES256 signature is 64 bytes")
        r = int.from_bytes(signature[:COORDINATE_BYTES], "big")
        s = int.from_bytes(signature[COORDINATE_BYTES:], "big")
        try:
            self.native.verify(encode_dss_signature(r, s), signed_bytes, ec.ECDSA(SHA256()))
        except InvalidSignature:
            raise ValueError("not this key's ES256 signature") from None
