"""What keys/sm2.py asks of a library that computes SM2 with SM3.

Two modules answer it: keys/tongsuo.py, which is used where ``tongsuopy`` is installed, and
keys/libcrypto.py, the operating system's OpenSSL 3, where it is not
(docs/decisions/0071-sm2-without-tongsuopy.md). Both use the user id ``1234567812345678`` (GM/T
0009). Nobody else calls them, so they may take as given what keys/sm2.py has checked.
"""

from typing import Protocol


class PublicHalf(Protocol):
    def holds(self, signed_bytes: bytes, der: bytes) -> bool:
        """Whether ``der`` (a SEQUENCE of r and s) is this key's signature."""
        ...


class PrivateHalf(Protocol):
    def point(self) -> bytes:
        """x‖y of the public half, 64 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """DER: a SEQUENCE of r and s."""
        ...

    def to_pem(self) -> bytes:
        """PKCS #8, not encrypted."""
        ...


class Sm2Library(Protocol):
    """A module that has these functions is one."""

    def name(self) -> str:
        """The library and its version, for ``tongxing doctor``."""
        ...

    def public_half(self, point: bytes) -> PublicHalf:
        """``point`` is x‖y of a point on the curve."""
        ...

    def private_half(self, number: int) -> PrivateHalf:
        """``number`` is in [1, n-2]."""
        ...

    def number_in_pem(self, pem: bytes) -> int:
        """The private number. Raises ValueError unless ``pem`` is an SM2 key, not encrypted."""
        ...
