"""SM2 with SM3 written from GM/T 0003.2 in plain integers: slow, and independent of any library.

The tests sign and check with this, so that the issuers' library is compared with the standard and
not with itself.
"""

import secrets
from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.hashes import SM3, Hash

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
USER_ID = b"1234567812345678"

Point = tuple[int, int]
Projective = tuple[int, int, int]


def sm3(*parts: bytes) -> bytes:
    digest = Hash(SM3())
    for part in parts:
        digest.update(part)
    return digest.finalize()


def times(factor: int, point: Point) -> Projective:
    """The multiple, bit by bit from the left, in Jacobian coordinates: x is X/Z², y is Y/Z³, and
    Z = 0 is the point at infinity. One division at the end instead of one at each step."""
    total = (1, 1, 0)
    for bit in f"{factor:b}":
        total = _doubled(total)
        if bit == "1":
            total = _added(total, (*point, 1))
    return total


def _doubled(point: Projective) -> Projective:
    x, y, z = point
    square = y * y % P
    shift = 4 * x * square % P
    slope = 3 * (x - z * z) * (x + z * z) % P
    doubled_x = (slope * slope - 2 * shift) % P
    return doubled_x, (slope * (shift - doubled_x) - 8 * square * square) % P, 2 * y * z % P


def _added(left: Projective, right: Projective) -> Projective:
    if left[2] == 0 or right[2] == 0:
        return left if right[2] == 0 else right
    (x1, y1, z1), (x2, y2, z2) = left, right
    u, v = x1 * z2 * z2 % P, y1 * z2 * z2 * z2 % P
    width, height = (x2 * z1 * z1 - u) % P, (y2 * z1 * z1 * z1 - v) % P
    if width == 0:
        return _doubled(left) if height == 0 else (1, 1, 0)
    square = width * width % P
    cube, shift = width * square % P, u * square % P
    x = (height * height - cube - 2 * shift) % P
    return x, (height * (shift - x) - v * cube) % P, z1 * z2 * width % P


def _affine(point: Projective) -> Point:
    x, y, z = point
    inverse = pow(z, -1, P)
    return x * inverse * inverse % P, y * inverse**3 % P


def _number(message: bytes, public: Point) -> int:
    """e of the standard: SM3 over Z and the message, Z over the user id, the curve and the key."""
    curve = b"".join(value.to_bytes(32) for value in (A, B, *G, *public))
    z = sm3((8 * len(USER_ID)).to_bytes(2), USER_ID, curve)
    return int.from_bytes(sm3(z, message))


def is_signature(signature: bytes, message: bytes, public: Point) -> bool:
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    t = (r + s) % N
    if len(signature) != 64 or not 0 < r < N or not 0 < s < N or t == 0:
        return False
    point = _added(times(s, G), times(t, public))
    return point[2] != 0 and (_number(message, public) + _affine(point)[0]) % N == r


@dataclass(frozen=True)
class PrivateKey:
    number: int

    @classmethod
    def generate(cls) -> "PrivateKey":
        return cls(1 + secrets.randbelow(N - 2))

    @cached_property
    def public(self) -> Point:
        return _affine(times(self.number, G))

    def sign(self, message: bytes) -> bytes:
        k = 1 + secrets.randbelow(N - 1)
        r = (_number(message, self.public) + _affine(times(k, G))[0]) % N
        s = pow(1 + self.number, -1, N) * (k - r * self.number) % N
        return r.to_bytes(32) + s.to_bytes(32)
