"""Two libraries compute SM2: which one a machine has makes no difference to what is accepted."""

import ctypes
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.architecture.source import ROOT
from tests.keys import sm2_reference as reference
from tongxing.keys.signing import Es256Signer
from tongxing.keys.sm2_library import Sm2Library


def _library(place: str) -> Sm2Library | None:
    try:
        return cast("Sm2Library", import_module(f"tongxing.keys.{place}"))
    except ImportError:
        return None


LIBRARIES = {place: _library(place) for place in ("tongsuo", "libcrypto")}
both = pytest.mark.parametrize("place", LIBRARIES)
NUMBER = 0x1D3A5C7E9F0B2D4C6E8FA1B3C5D7E9F00112233445566778899AABBCCDDEEFF1
POINT = b"".join(map(reference.fixed, reference.public_point(NUMBER)))
MESSAGE = "一码通行".encode()
ANY_TEXT = r"."
WITHOUT_TONGSUOPY = """
import sys
sys.modules["tongsuopy"] = None  # as if it were not installed
sys.path.insert(0, ".")
import pytest
from tongxing.keys.sm2 import library_name
print(library_name())
sys.exit(pytest.main(["-q", "--noconftest", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""


@pytest.fixture
def library(place: str) -> Sm2Library:
    """Where ``openssl`` knows no SM2 (CONTRIBUTING.md), neither does the library under it."""
    found = LIBRARIES[place]
    if found is None:
        pytest.skip("the openssl of this machine has no SM2")
    return found


def _others(place: str) -> Iterator[Sm2Library]:
    yield from (library for library in LIBRARIES.values() if library is not None)


@both
def test_what_one_signs_the_other_accepts(place: str, library: Sm2Library) -> None:
    signed = library.private_half(NUMBER).sign(MESSAGE)
    for other in _others(place):
        assert other.public_half(POINT).holds(MESSAGE, signed)
        assert not other.public_half(POINT).holds(MESSAGE + b".", signed)
    r, s = decode_dss_signature(signed)
    assert reference.holds(
        reference.public_point(NUMBER), reference.fixed(r) + reference.fixed(s), MESSAGE
    )


@both
@pytest.mark.parametrize("number", [1, 2, 255, NUMBER, reference.N - 2])
def test_every_private_number_has_its_public_half(
    place: str, library: Sm2Library, number: int
) -> None:
    whole = b"".join(map(reference.fixed, reference.public_point(number)))
    private = library.private_half(number)
    assert private.point() == whole
    assert library.public_half(whole).holds(b"", private.sign(b""))
    for other in _others(place):
        assert other.number_in_pem(private.to_pem()) == number


def _made_by_openssl(arguments: str) -> bytes:
    made = subprocess.run(["openssl", *arguments.split()], capture_output=True, check=False)
    return made.stdout


FILES = {
    "pkcs-8": "genpkey -algorithm SM2",
    "traditional": "ecparam -name SM2 -genkey -noout",
    "traditional-after-its-parameters": "ecparam -name SM2 -genkey",
}
OTHER_FILES = {
    "p-256": "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    "ed25519": "genpkey -algorithm ED25519",
    "rsa": "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    "encrypted": "genpkey -algorithm SM2 -aes256 -pass pass:secret",
}


@pytest.mark.processes
@both
@pytest.mark.parametrize("made_by", FILES.values(), ids=FILES)
def test_the_files_of_openssl_are_read_alike(place: str, library: Sm2Library, made_by: str) -> None:
    pem = _made_by_openssl(made_by)
    numbers = {each.number_in_pem(pem) for each in _others(place)}
    assert len(numbers) == 1
    assert 0 < library.number_in_pem(pem) < reference.N - 1


@pytest.mark.processes
@both
@pytest.mark.parametrize("made_by", OTHER_FILES.values(), ids=OTHER_FILES)
def test_other_files_are_refused(place: str, library: Sm2Library, made_by: str) -> None:
    pem = _made_by_openssl(made_by)
    assert b"PRIVATE KEY" in pem
    with pytest.raises(ValueError, match=ANY_TEXT):
        library.number_in_pem(pem)


WRONG_TEXTS = {
    "empty": b"",
    "no-pem": b"private",
    "no-base64": b"-----BEGIN PRIVATE KEY-----\n====\n-----END PRIVATE KEY-----\n",
    "no-key": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    "two-labels": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
    "a-public-key": b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
}


@both
@pytest.mark.parametrize("text", WRONG_TEXTS.values(), ids=WRONG_TEXTS)
def test_what_is_no_key_file_is_refused(place: str, library: Sm2Library, text: bytes) -> None:
    with pytest.raises(ValueError, match=ANY_TEXT):
        library.number_in_pem(text)


@both
def test_every_torn_or_bent_file_is_refused_or_whole(place: str, library: Sm2Library) -> None:
    """Each byte of a file once another: what is read is a number, and nothing else happens."""
    pem = library.private_half(NUMBER).to_pem()
    for position in range(len(pem)):
        for bent in (pem[:position], pem[:position] + b"A" + pem[position + 1 :]):
            try:
                assert isinstance(library.number_in_pem(bent), int)
            except ValueError:
                continue


@both
def test_every_bit_of_a_signature_counts(place: str, library: Sm2Library) -> None:
    public, signed = library.public_half(POINT), library.private_half(NUMBER).sign(MESSAGE)
    for position in range(8 * len(signed)):
        bent = bytearray(signed)
        bent[position // 8] ^= 1 << position % 8
        assert not public.holds(MESSAGE, bytes(bent))


@both
def test_threads_share_a_key(place: str, library: Sm2Library) -> None:
    public, private = library.public_half(POINT), library.private_half(NUMBER)

    def once(number: int) -> bool:
        message = str(number).encode() * 500
        return public.holds(message, private.sign(message))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(once, range(200)))


def test_a_refused_signature_leaves_no_error_behind() -> None:
    """Python's ``ssl`` reads the same queue of the thread: what lay there would be its error."""
    library = LIBRARIES["libcrypto"]
    if library is None:
        pytest.skip("the openssl of this machine has no SM2")
    c = ctypes.CDLL("libcrypto.so.3")
    c.ERR_peek_error.restype = ctypes.c_ulong
    assert not library.public_half(POINT).holds(MESSAGE, bytes.fromhex("3006020101020101"))
    with pytest.raises(ValueError, match=ANY_TEXT):
        library.number_in_pem(Es256Signer.generate().to_pem()[:120])
    with pytest.raises(ValueError, match=ANY_TEXT):
        library.number_in_pem(WRONG_TEXTS["no-key"])
    assert c.ERR_peek_error() == 0
    assert ssl.create_default_context() is not None


@pytest.mark.processes
def test_a_machine_without_tongsuopy_passes_the_same_tests() -> None:
    """All of keys/sm2.py over the system's OpenSSL: the same table, the same vectors."""
    if LIBRARIES["libcrypto"] is None:
        pytest.skip("the openssl of this machine has no SM2")
    files = [f"tests/keys/{name}.py" for name in ("test_sm2", "test_suite_vectors", "test_signing")]
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_TONGSUOPY, *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.startswith("OpenSSL 3.")
