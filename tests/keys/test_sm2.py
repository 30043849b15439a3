"""SM2 with SM3, held against a second implementation written from the standard."""

import shutil
import subprocess
from base64 import b64decode, encodebytes
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.keys import sm2_reference as reference
from tongxing.keys.signing import InvalidPrivateKey, Sm2Signer
from tongxing.keys.sm2 import Sm2PublicKey
from tongxing.keys.suites import BadSignature, check_signature

PRIVATE = 0x1D3A5C7E9F0B2D4C6E8FA1B3C5D7E9F00112233445566778899AABBCCDDEEFF1
PUBLIC = reference.public_point(PRIVATE)
KEY = Sm2PublicKey.from_point(b"".join(map(reference.fixed, PUBLIC)))
MESSAGE = "一码通行".encode()
SIGNATURE = reference.sign(PRIVATE, 0xA5A5 << 200 | 0x77, MESSAGE)
R, S = int.from_bytes(SIGNATURE[:32], "big"), int.from_bytes(SIGNATURE[32:], "big")


def _signature(r: int, s: int) -> bytes:
    return reference.fixed(r) + reference.fixed(s)


@settings(max_examples=15, deadline=None)
@given(
    private=st.integers(1, reference.N - 2),
    nonce=st.integers(1, reference.N - 1),
    message=st.binary(max_size=200),
)
def test_what_the_reference_signs_is_accepted(private: int, nonce: int, message: bytes) -> None:
    point = b"".join(map(reference.fixed, reference.public_point(private)))
    Sm2PublicKey.from_point(point).check(message, reference.sign(private, nonce, message))


@settings(max_examples=15, deadline=None)
@given(message=st.binary(max_size=200))
def test_what_is_signed_here_holds_in_the_reference(message: bytes) -> None:
    signer = Sm2Signer.generate()
    x, y = signer.public_key.encoded[:32], signer.public_key.encoded[32:]
    public = int.from_bytes(x, "big"), int.from_bytes(y, "big")
    assert reference.holds(public, signer.sign(message), message)
    assert not reference.holds(public, signer.sign(message), message + b".")


@pytest.mark.parametrize("user_id", [b"", b"another user id", b"1234567812345677"])
def test_another_user_id_is_another_signature(user_id: bytes) -> None:
    with pytest.raises(ValueError, match="not this key's"):
        KEY.check(MESSAGE, reference.sign(PRIVATE, 4711, MESSAGE, user_id))


FORGED = "not this key's SM2 signature"
OUT_OF_RANGE = "an SM2 signature is out of range"
NOT_64_BYTES = "an SM2 signature is 64 bytes"
WRONG_SIGNATURES = {
    "another-message": (reference.sign(PRIVATE, 4711, MESSAGE + b" "), FORGED),
    "another-key": (reference.sign(PRIVATE + 1, 4711, MESSAGE), FORGED),
    "r-and-s-swapped": (_signature(S, R), FORGED),
    "s-negated": (_signature(R, reference.N - S), FORGED),
    "r-zero": (_signature(0, S), OUT_OF_RANGE),
    "s-zero": (_signature(R, 0), OUT_OF_RANGE),
    "r-is-the-order": (_signature(reference.N, S), OUT_OF_RANGE),
    "s-is-the-order": (_signature(R, reference.N), OUT_OF_RANGE),
    "r-all-ones": (_signature(2**256 - 1, S), OUT_OF_RANGE),
    "r-plus-s-is-the-order": (_signature(R, reference.N - R), OUT_OF_RANGE),
    "empty": (b"", NOT_64_BYTES),
    "half": (SIGNATURE[:32], NOT_64_BYTES),
    "one-byte-short": (SIGNATURE[:-1], NOT_64_BYTES),
    "one-byte-more": (SIGNATURE + b"\x00", NOT_64_BYTES),
    "der": (bytes.fromhex("3006020101020101"), NOT_64_BYTES),
}


@pytest.mark.parametrize(
    ("signature", "refusal"), WRONG_SIGNATURES.values(), ids=list(WRONG_SIGNATURES)
)
def test_wrong_signatures_are_refused(signature: bytes, refusal: str) -> None:
    """What is out of range by our own check: the library is not asked."""
    KEY.check(MESSAGE, SIGNATURE)
    with pytest.raises(ValueError, match=refusal):
        KEY.check(MESSAGE, signature)


def _small_point() -> tuple[int, int]:
    """The first point of the curve by x: x plus the size of the field still fits into 32 bytes."""
    for x in range(100):
        square = (x**3 + reference.A * x + reference.B) % reference.P
        y = pow(square, (reference.P + 1) // 4, reference.P)
        if y * y % reference.P == square:
            return x, y
    raise AssertionError("half of all numbers are the x of a point")


SMALL_X, SMALL_Y = _small_point()
X_OF_ONE = bytes.fromhex("9C17043EFFE1A805A74A9A5E70B9D659705D3242094A566DC016F49311178D1F")
"""The x of a point whose y is 1."""


def test_a_point_with_a_small_coordinate_is_read() -> None:
    Sm2PublicKey.from_point(reference.fixed(SMALL_X) + reference.fixed(SMALL_Y))
    Sm2PublicKey.from_point(X_OF_ONE + reference.fixed(1))


WRONG_POINTS = {
    "off-the-curve": reference.fixed(PUBLIC[0]) + reference.fixed(PUBLIC[1] ^ 1),
    "the-origin": bytes(64),
    "on-p-256": bytes.fromhex(
        "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
        "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"
    ),
    "x-not-reduced": reference.fixed(SMALL_X + reference.P) + reference.fixed(SMALL_Y),
    "y-not-reduced": X_OF_ONE + reference.fixed(1 + reference.P),
    "a-zero-left-out": X_OF_ONE + reference.fixed(1)[1:],
    "a-zero-too-many": X_OF_ONE + b"\x00" + reference.fixed(1),
    "short": bytes(63),
    "with-the-byte-in-front": b"\x04" + bytes(64),
    "empty": b"",
}


@pytest.mark.parametrize("point", WRONG_POINTS.values(), ids=WRONG_POINTS)
def test_points_off_the_curve_never_reach_the_library(point: bytes) -> None:
    with pytest.raises(ValueError, match=r"SM2 (point is 64 bytes|curve)$"):
        Sm2PublicKey.from_point(point)


def test_a_private_key_comes_back_from_its_file() -> None:
    signer = Sm2Signer.generate()
    again = Sm2Signer.from_pem(signer.to_pem())
    assert again.key_id == signer.key_id
    check_signature(signer.public_key, b"message", again.sign(b"message"))


def test_signing_twice_gives_two_signatures() -> None:
    """The nonce is drawn anew; the same one twice would give the private key away."""
    signer = Sm2Signer.generate()
    assert signer.sign(b"message")[:32] != signer.sign(b"message")[:32]


def test_a_file_whose_halves_do_not_belong_together_signs_for_its_private_half() -> None:
    one, other = Sm2Signer.generate(), Sm2Signer.generate()
    pem = _der(one).replace(one.public_key.encoded, other.public_key.encoded)
    mixed = Sm2Signer.from_pem(_pem(pem))
    assert mixed.key_id == one.key_id
    with pytest.raises(BadSignature):
        check_signature(other.public_key, b"message", mixed.sign(b"message"))


def _der(signer: Sm2Signer) -> bytes:

    return b64decode("".join(signer.to_pem().decode().splitlines()[1:-1]))


def _pem(der: bytes) -> bytes:

    return b"-----BEGIN PRIVATE KEY-----\n" + encodebytes(der) + b"-----END PRIVATE KEY-----\n"


WRONG_FILES = {
    "empty": b"",
    "no-pem": b"private",
    "a-torn-file": Sm2Signer.generate().to_pem()[:90],
    "garbage-in-pem": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
}


@pytest.mark.parametrize("pem", WRONG_FILES.values(), ids=WRONG_FILES)
def test_what_is_no_private_key_is_refused(pem: bytes) -> None:
    with pytest.raises(InvalidPrivateKey):
        Sm2Signer.from_pem(pem)


@pytest.mark.processes
@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command here")
def test_openssl_accepts_what_is_signed_here(tmp_path: Path) -> None:
    """A third implementation, where the machine has it and it was built with SM2."""
    signer = Sm2Signer.generate()
    der = _as_der(signer.sign(MESSAGE))
    files = {"key.pem": signer.to_pem(), "signature": der, "message": MESSAGE}
    for name, octets in files.items():
        (tmp_path / name).write_bytes(octets)
    command = (
        "openssl pkeyutl -verify -inkey key.pem -rawin -digest sm3 -in message "
        "-sigfile signature -pkeyopt distid:1234567812345678"
    )
    probe = ["openssl", "pkey", "-in", "key.pem", "-noout"]
    if subprocess.run(probe, cwd=tmp_path, capture_output=True, check=False).returncode:
        pytest.skip("this openssl was built without SM2")
    subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=True)


def _as_der(signature: bytes) -> bytes:
    numbers = b"".join(_integer(half) for half in (signature[:32], signature[32:]))
    return bytes([0x30, len(numbers)]) + numbers


def _integer(big_endian: bytes) -> bytes:
    octets = big_endian.lstrip(b"\x00")
    octets = (b"\x00" if octets[0] & 0x80 else b"") + octets
    return bytes([0x02, len(octets)]) + octets


@pytest.mark.parametrize("number", [1, reference.N - 1])
def test_the_smallest_and_the_largest_number_of_a_signature_are_in_range(number: int) -> None:
    """A wrong signature with them is refused by the library, and by nothing before it."""
    with pytest.raises(ValueError, match="not this key's"):
        KEY.check(MESSAGE, reference.fixed(number) * 2)
