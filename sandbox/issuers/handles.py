"""Opaque handles for dynamic codes: 16 bytes that only the issuer can read, new at every showing.

A handle is one enciphered block of person, time and chance, so a million showings take no memory
and survive a restart. One block of AES needs no mode: no two blocks are ever alike, because the
random part is fresh. A block that does not decipher to the mark is nobody's handle.
"""

import hashlib
import secrets
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HANDLE_BYTES = 16
_MARK = b"code"
_LAYOUT = struct.Struct(">4sII4s")
_RANDOM_BYTES = 4


@dataclass(frozen=True, slots=True)
class Showing:
    """``expires_at`` in Unix seconds."""

    ordinal: int
    expires_at: int


class Handles:
    """``purpose`` keeps the handles of one kind from being read as those of another."""

    def __init__(self, secret: bytes, purpose: bytes) -> None:
        key = hashlib.sha256(purpose + b"\0" + secret).digest()
        # A single block with a fresh random part: see above why ECB hides all there is to hide.
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305

    def make(self, showing: Showing) -> bytes:
        chance = secrets.token_bytes(_RANDOM_BYTES)
        block = _LAYOUT.pack(_MARK, showing.ordinal, showing.expires_at, chance)
        encryptor = self._cipher.encryptor()
        return encryptor.update(block) + encryptor.finalize()

    def read(self, handle: bytes) -> Showing | None:
        """Who showed this handle; None where it is not one of this issuer's."""
        if len(handle) != HANDLE_BYTES:
            return None
        decryptor = self._cipher.decryptor()
        mark, ordinal, expires_at, _ = _LAYOUT.unpack(
            decryptor.update(handle) + decryptor.finalize()
        )
        return Showing(ordinal, expires_at) if mark == _MARK else None
