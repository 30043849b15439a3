"""A second SM2, written from GM/T 0003.2 for reading and not for speed, to test the first against.

It shares nothing with keys/sm2.py but the digest. Never sign anything real with it: its run time
tells of the private key.
"""

from cryptography.hazmat.primitives.hashes import SM3, Hash

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
CUSTOMARY_ID = b"1234567812345678"

Point = tuple[int, int] | None


def sm3(octets: bytes) -> bytes:
    digest = Hash(SM3())
    digest.update(octets)
    return digest.finalize()


def fixed(number: int) -> bytes:
    return number.to_bytes(32, "big")


def add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    if one == other:
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P)
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def multiply(number: int, point: Point) -> Point:
    result: Point = None
    for bit in f"{number:b}":
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def public_point(private: int) -> tuple[int, int]:
    point = multiply(private, G)
    assert point is not None
    return point


def digest(public: tuple[int, int], message: bytes, user_id: bytes) -> int:
    """e = SM3(Z ‖ M), §6.1 A1 and A2; Z as in §5.5."""
    curve = b"".join(map(fixed, (A, B, *G, *public)))
    z = sm3((8 * len(user_id)).to_bytes(2, "big") + user_id + curve)
    return int.from_bytes(sm3(z + message), "big")


def sign(private: int, nonce: int, message: bytes, user_id: bytes = CUSTOMARY_ID) -> bytes:
    """§6.1, with the nonce given."""
    x1, _ = public_point(nonce)
    r = (digest(public_point(private), message, user_id) + x1) % N
    s = pow(1 + private, -1, N) * (nonce - r * private) % N
    assert r
    assert r + nonce != N
    assert s
    return fixed(r) + fixed(s)


def holds(
    public: tuple[int, int], signature: bytes, message: bytes, user_id: bytes = CUSTOMARY_ID
) -> bool:
    """§7.1."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N) or t == 0:
        return False
    point = add(multiply(s, G), multiply(t, public))
    return point is not None and (digest(public, message, user_id) + point[0]) % N == r
