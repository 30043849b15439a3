"""The key of one issuer's membership filter: what turns a holder into a digest that only the two
who share the key can compute.

Hub and issuer agree on it when the issuer is connected, so no two issuers have the same one:
whoever gets hold of an issuer's filter cannot try numbers against it, and cannot compare it with
another's.
Refuses to keep a document.
"""

from collections.abc import Callable
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

FILTER_KEY_BYTES = 32
"""Of AES-256. Error: ValueError."""

BLOCK_BYTES = 16


def filter_subject(*parts: str) -> bytes:
    """What is keyed, 16 bytes: made once for a question, and the same for every issuer."""
    return sha256("\0".join(parts).encode()).digest()[:BLOCK_BYTES]


class FilterKey:
    """Printing it shows nothing. One object is used by one thread at a time; ``again`` gives
    another."""

    __slots__ = ("_key", "digest")

    def __init__(self, key: bytes) -> None:
        if len(key) != FILTER_KEY_BYTES:
            raise ValueError("a filter key has 32 bytes")
        self._key = key
        # One block needs no mode: ECB is the bare permutation. A tenth of the time of an HMAC,
        # and a question may be put to hundreds of filters.
        encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - one block
        self.digest: Callable[[bytes], bytes] = encryptor.update
        """16 bytes, for one of ``filter_subject``."""

    def again(self) -> "FilterKey":
        return FilterKey(self._key)
