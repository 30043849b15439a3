"""What an issuer gives out to be shown to it again: opaque handles, and business serial numbers.

A handle is one enciphered block of person, time and random bytes, so a million showings take no
memory and survive a restart. One block of AES needs no mode: the random part makes every block
different. A block that does not decipher to the mark is not a handle.
"""

import hashlib
import secrets
import struct
import threading
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HANDLE_BYTES = 16
_MARK = b"code"
_LAYOUT = struct.Struct(">4sII4s")
_RANDOM_BYTES = 4


@dataclass(frozen=True, slots=True)
class Showing:
    """Who showed a code; ``expires_at`` in Unix seconds."""

    ordinal: int
    expires_at: int


class Handles:
    """``purpose`` keeps handles of one kind from being read as handles of another."""

    def __init__(self, secret: bytes, purpose: bytes) -> None:
        key = hashlib.sha256(purpose + b"\0" + secret).digest()
        # A single block with a fresh random part: see above why ECB is enough.
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305

    def make(self, showing: Showing) -> bytes:
        chance = secrets.token_bytes(_RANDOM_BYTES)
        block = _LAYOUT.pack(_MARK, showing.ordinal, showing.expires_at, chance)
        encryptor = self._cipher.encryptor()
        return encryptor.update(block) + encryptor.finalize()

    def read(self, handle: bytes) -> Showing | None:
        """The showing in this handle; None if this issuer did not make it."""
        if len(handle) != HANDLE_BYTES:
            return None
        decryptor = self._cipher.decryptor()
        mark, ordinal, expires_at, _ = _LAYOUT.unpack(
            decryptor.update(handle) + decryptor.finalize()
        )
        return Showing(ordinal, expires_at) if mark == _MARK else None


SERIAL_LIFETIME_SECONDS = 120
_SERIALS_MAX = 100_000
"""The most open numbers. Beyond this a client takes numbers without using them; the oldest are
dropped."""


@dataclass(slots=True)
class _Serial:
    random: str
    expires_at: int
    used: set[str] = field(default_factory=set)


class Serials:
    """The national platform's serial numbers: each is used once at each step.

    Under a lock, because a batch uses its number in a thread.
    """

    def __init__(self) -> None:
        self._open: dict[str, _Serial] = {}
        self._lock = threading.Lock()

    def give(self, now: int) -> tuple[str, str]:
        """A new serial number and its one-time random number."""
        number, random = secrets.token_hex(16), secrets.token_hex(16)
        with self._lock:
            if len(self._open) >= _SERIALS_MAX:
                del self._open[next(iter(self._open))]
            self._open[number] = _Serial(random, now + SERIAL_LIFETIME_SECONDS)
        return number, random

    def use(self, number: str, random: str, step: str, now: int) -> bool:
        """Use ``number`` for ``step``; whether that was allowed. The same step is refused later."""
        with self._lock:
            serial = self._open.get(number)
            if serial is None or serial.random != random or serial.expires_at <= now:
                return False
            if step in serial.used:
                return False
            serial.used.add(step)
            return True

    def close(self, number: str) -> None:
        """Forget a number after the last answer that it was for."""
        with self._lock:
            self._open.pop(number, None)
