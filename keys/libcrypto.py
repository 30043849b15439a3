"""SM2 with SM3 by the operating system's OpenSSL 3 (``libcrypto.so.3``), over its EVP interface.

See keys/sm2_library.py. This is the only file that calls C by ``ctypes``, where a slip is memory
corruption, so it does as little as there is:

- Every function has its types written down, and every object that OpenSSL makes has one owner.
- What goes into OpenSSL is a key in DER that this file has written itself, from numbers that were
  checked; a message and a signature as bytes with their length; and the hub's own key file.
- OpenSSL's queue of errors belongs to the thread and is shared with Python's ``ssl``; whatever
  failed here takes its errors out again.

Importing it raises ImportError unless the library is there, was built with SM2, and answers the
example of GM/T 0003.5.
"""

import binascii
import ctypes
import re
from base64 import b64decode, b64encode
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_void_p
from dataclasses import dataclass
from typing import Any

USER_ID = b"1234567812345678"
SIGNATURE_MAX_BYTES = 72
"""A SEQUENCE of two INTEGERs of up to 33 bytes each."""

NUMBER_BYTES = 32
PEM_LINE_CHARACTERS = 64

# SubjectPublicKeyInfo (RFC 5480) and PrivateKeyInfo (RFC 5208, RFC 5915) of this curve: all their
# lengths are fixed. OpenSSL computes a public half that is not there.
_PUBLIC_DER = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
_PRIVATE_DER = bytes.fromhex("3041020100301306072a8648ce3d020106082a811ccf5501822d0427302502010104")
_WHOLE_DER = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b02010104")
_POINT_IN_DER = bytes.fromhex("a14403420004")

_PEM = re.compile(
    rb"-----BEGIN (?P<label>(?:EC )?PRIVATE KEY)-----\s(?P<body>[A-Za-z0-9+/=\s]+)"
    rb"-----END (?P=label)-----"
)


def _library() -> Any:
    try:
        found = ctypes.CDLL("libcrypto.so.3")
    except OSError:
        raise ImportError("there is no libcrypto.so.3") from None
    for function, (result, arguments) in {
        "OpenSSL_version": (c_char_p, [c_int]),
        "ERR_clear_error": (None, []),
        "d2i_PUBKEY": (c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
        "d2i_AutoPrivateKey": (c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
        "EVP_PKEY_free": (None, [c_void_p]),
        "EVP_PKEY_is_a": (c_int, [c_void_p, c_char_p]),
        "EVP_PKEY_get_bn_param": (c_int, [c_void_p, c_char_p, POINTER(c_void_p)]),
        "EVP_PKEY_get_octet_string_param": (
            c_int,
            [c_void_p, c_char_p, c_char_p, c_size_t, POINTER(c_size_t)],
        ),
        "BN_bn2binpad": (c_int, [c_void_p, c_char_p, c_int]),
        "BN_clear_free": (None, [c_void_p]),
        "EVP_MD_CTX_new": (c_void_p, []),
        "EVP_MD_CTX_free": (None, [c_void_p]),
        "EVP_PKEY_CTX_set1_id": (c_int, [c_void_p, c_char_p, c_int]),
        **{
            f"EVP_Digest{does}Init_ex": (
                c_int,
                [c_void_p, POINTER(c_void_p), c_char_p, c_void_p, c_char_p, c_void_p, c_void_p],
            )
            for does in ("Sign", "Verify")
        },
        "EVP_DigestSign": (
            c_int,
            [c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t],
        ),
        "EVP_DigestVerify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    }.items():
        try:
            called = getattr(found, function)
        except AttributeError:
            raise ImportError(f"libcrypto has no {function}") from None
        called.restype, called.argtypes = result, arguments
    return found


_C = _library()


class _Key:
    """Owns an EVP_PKEY, which is only read once it is made, by any number of threads."""

    def __init__(self, key: int) -> None:
        self.key = key
        self._free = _C.EVP_PKEY_free  # at the end of the process this module may be gone first

    def __del__(self) -> None:
        self._free(self.key)


def _read(read: Any, der: bytes) -> _Key:
    """Raises ValueError unless ``der`` is a key of this curve."""
    key = read(None, byref(c_char_p(der)), len(der))
    if not key:
        _C.ERR_clear_error()
        raise ValueError("not a key")
    owned = _Key(key)
    if _C.EVP_PKEY_is_a(key, b"SM2") != 1:
        raise ValueError("not a key of this curve")
    return owned


class _Digest:
    """Owns an EVP_MD_CTX for one signature."""

    def __init__(self, begin: Any, key: _Key) -> None:
        self.context = _C.EVP_MD_CTX_new()
        of_key = c_void_p()  # the digest's own, and freed with it
        begun = begin(self.context, byref(of_key), b"SM3", None, None, key.key, None)
        if begun != 1 or _C.EVP_PKEY_CTX_set1_id(of_key, USER_ID, len(USER_ID)) != 1:
            _C.ERR_clear_error()
            raise RuntimeError("libcrypto cannot do SM2 with SM3")

    def __enter__(self) -> Any:
        return self.context

    def __exit__(self, *_: object) -> None:
        self._free()

    def _free(self) -> None:
        _C.EVP_MD_CTX_free(self.context)
        self.context = None


@dataclass(frozen=True, slots=True)
class OpensslPublic:
    _key: _Key

    def holds(self, signed_bytes: bytes, der: bytes) -> bool:
        with _Digest(_C.EVP_DigestVerifyInit_ex, self._key) as digest:
            held = _C.EVP_DigestVerify(digest, der, len(der), signed_bytes, len(signed_bytes))
        if held != 1:
            _C.ERR_clear_error()
        return bool(held == 1)


@dataclass(frozen=True, slots=True)
class OpensslPrivate:
    _key: _Key
    _number: bytes

    def point(self) -> bytes:
        encoded, size = ctypes.create_string_buffer(1 + 2 * NUMBER_BYTES), c_size_t()
        got = _C.EVP_PKEY_get_octet_string_param(
            self._key.key, b"encoded-pub-key", encoded, len(encoded), byref(size)
        )
        if got != 1 or size.value != len(encoded) or encoded.raw[:1] != b"\x04":
            _C.ERR_clear_error()
            raise RuntimeError("libcrypto does not tell the public half")
        return encoded.raw[1:]

    def sign(self, message: bytes) -> bytes:
        room = ctypes.create_string_buffer(SIGNATURE_MAX_BYTES)
        size = c_size_t(len(room))
        with _Digest(_C.EVP_DigestSignInit_ex, self._key) as digest:
            signed = _C.EVP_DigestSign(digest, room, byref(size), message, len(message))
        if signed != 1:
            _C.ERR_clear_error()
            raise RuntimeError("libcrypto did not sign")
        return room.raw[: size.value]

    def to_pem(self) -> bytes:
        text = b64encode(b"".join((_WHOLE_DER, b"\x20", self._number, _POINT_IN_DER, self.point())))
        lines = (
            text[i : i + PEM_LINE_CHARACTERS] for i in range(0, len(text), PEM_LINE_CHARACTERS)
        )
        return b"\n".join(
            (b"-----BEGIN PRIVATE KEY-----", *lines, b"-----END PRIVATE KEY-----", b"")
        )


def name() -> str:
    return str(_C.OpenSSL_version(0).decode("ascii", "replace"))


def public_half(point: bytes) -> OpensslPublic:
    return OpensslPublic(_read(_C.d2i_PUBKEY, _PUBLIC_DER + point))


def private_half(number: int) -> OpensslPrivate:
    octets = number.to_bytes(NUMBER_BYTES, "big")
    return OpensslPrivate(_read(_C.d2i_AutoPrivateKey, _PRIVATE_DER + b"\x20" + octets), octets)


def number_in_pem(pem: bytes) -> int:
    """Raises ValueError."""
    found = _PEM.search(pem)
    if found is None:
        raise ValueError("not an SM2 private key")
    try:
        der = b64decode(b"".join(found["body"].split()), validate=True)
    except binascii.Error:
        raise ValueError("not an SM2 private key") from None
    key = _read(_C.d2i_AutoPrivateKey, der)
    number, octets = c_void_p(), ctypes.create_string_buffer(NUMBER_BYTES)
    if _C.EVP_PKEY_get_bn_param(key.key, b"priv", byref(number)) != 1:
        _C.ERR_clear_error()
        raise ValueError("not an SM2 private key")
    written = _C.BN_bn2binpad(number, octets, len(octets))
    _C.BN_clear_free(number)
    if written != NUMBER_BYTES:
        raise ValueError("not an SM2 private key")
    return int.from_bytes(octets.raw, "big")


_EXAMPLE_POINT = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_EXAMPLE_SIGNATURE = bytes.fromhex(
    "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)


def _check_example() -> None:
    """The example of GM/T 0003.5; a build without SM2 fails here."""
    try:
        key = public_half(_EXAMPLE_POINT)
        known = key.holds(b"message digest", _EXAMPLE_SIGNATURE)
        forged = key.holds(b"message digesT", _EXAMPLE_SIGNATURE)
    except (ValueError, RuntimeError):
        raise ImportError(f"{name()} has no SM2") from None
    if not known or forged:
        raise ImportError(f"{name()} does not do SM2 by the standard")


_check_example()
