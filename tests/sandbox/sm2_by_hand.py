"""SM2 with SM3 written out from GM/T 0003.2, in plain integers: slow, and nobody else's code.

The tests sign and check with this, so that the issuers' library is held against the standard and
not against itself.
"""

import secrets
from dataclasses import dataclass

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


def sm3(*parts: bytes) -> bytes:
    digest = Hash(SM3())
    for part in parts:
        digest.update(part)
    return digest.finalize()


def add(left: Point | None, right: Point | None) -> Point | None:
    """The group law; None is the point at infinity."""
    if left is None or right is None:
        return left or right
    if left[0] == right[0] and (left[1] + right[1]) % P == 0:
        return None
    if left == right:
        slope = (3 * left[0] ** 2 + A) * pow(2 * left[1], -1, P)
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, P)
    x = (slope * slope - left[0] - right[0]) % P
    return x, (slope * (left[0] - x) - left[1]) % P


def times(factor: int, point: Point | None) -> Point | None:
    total = None
    while factor:
        if factor & 1:
            total = add(total, point)
        point, factor = add(point, point), factor >> 1
    return total


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
    point = add(times(s, G), times(t, public))
    return point is not None and (_number(message, public) + point[0]) % N == r


@dataclass(frozen=True)
class PrivateKey:
    number: int

    @classmethod
    def generate(cls) -> "PrivateKey":
        return cls(1 + secrets.randbelow(N - 2))

    @property
    def public(self) -> Point:
        point = times(self.number, G)
        assert point is not None
        return point

    def sign(self, message: bytes) -> bytes:
        k = 1 + secrets.randbelow(N - 1)
        point = times(k, G)
        assert point is not None
        r = (_number(message, self.public) + point[0]) % N
        s = pow(1 + self.number, -1, N) * (k - r * self.number) % N
        return r.to_bytes(32) + s.to_bytes(32)
