"""Bytes that only the processes of one hub can read or make, kept where others may write.

Responsible for what is sealed being secret and unchanged, and for its name: what was sealed under
one name opens under no other. Refuses to know what is sealed, and how long it holds.
"""

from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tongxing.keys.keyed_digest import KeyedDigest

NONCE_BYTES = 12
"""As NIST SP 800-38D §8.2 advises. They are drawn at random; each name has a key of its own, so no
key ever seals as much as would make two of them alike."""


class NotSealed(ValueError):
    """What nobody who has the key sealed under this name."""


class Sealer:
    """AES-256-GCM. Printing it shows nothing of ``key``."""

    __slots__ = ("_keys",)

    def __init__(self, key: bytes) -> None:
        self._keys = KeyedDigest(key)

    def seal(self, octets: bytes, name: bytes) -> bytes:
        """28 bytes longer than ``octets``, and different at each call."""
        nonce = token_bytes(NONCE_BYTES)
        return nonce + self._of(name).encrypt(nonce, octets, name)

    def open(self, sealed: bytes, name: bytes) -> bytes:
        """Raises NotSealed."""
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._of(name).decrypt(nonce, rest, name)
        except (InvalidTag, ValueError):
            raise NotSealed from None

    def _of(self, name: bytes) -> AESGCM:
        return AESGCM(self._keys.of(name))
