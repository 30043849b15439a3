"""HMAC-SHA-256 under one key that is used again and again.

The same bytes as ``hmac.digest`` (RFC 2104), with what the key alone decides done once: that takes
a quarter of the time. And ``hmac.digest`` lets go of the interpreter's lock for some microseconds;
if other threads have work, the event loop gets it back after 5 ms.
"""

from hashlib import sha256

BLOCK_BYTES = 64
"""Of SHA-256 (RFC 2104 §2)."""

_INNER = bytes(number ^ 0x36 for number in range(256))
_OUTER = bytes(number ^ 0x5C for number in range(256))


class KeyedDigest:
    """Printing it shows nothing of ``key``."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (sha256(key).digest() if len(key) > BLOCK_BYTES else key).ljust(BLOCK_BYTES, b"\0")
        self._inner = sha256(block.translate(_INNER))
        self._outer = sha256(block.translate(_OUTER))

    def of(self, message: bytes) -> bytes:
        """32 bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()
