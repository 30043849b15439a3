"""HMAC-SHA-256 under one key that is used again and again.

The same bytes as ``hmac.digest`` (RFC 2104), with what the key alone decides done once. And
``hmac.digest`` lets go of the interpreter's lock for some microseconds; if other threads have work,
the event loop gets it back after 5 ms.
"""

import hmac


class KeyedDigest:
    """Printing it shows nothing of ``key``."""

    __slots__ = ("_keyed",)

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod="sha256")

    def of(self, message: bytes) -> bytes:
        """32 bytes."""
        keyed = self._keyed.copy()
        keyed.update(message)
        return keyed.digest()
