"""Holder references: the only form in which a person appears at rest.

Responsible for turning a document into a keyed digest and for keeping the uses of the key apart.
Without the key, the billion possible numbers cannot be tried out. Refuses to keep a document.
"""

import hmac
from secrets import token_bytes
from typing import NewType

from tongxing.keys import base64url

HolderRef = NewType("HolderRef", str)
"""22 characters of base64url: 128 bits of HMAC-SHA-256. Among 1.4 billion people, the chance that
any two share one is below 10⁻²⁰."""

HOLDER_KEY_MIN_BYTES = 32
"""As long as the digest (RFC 2104 §3). Error: ValueError."""

_HOLDER_REF_BYTES = 16


class HolderKey:
    """The key of a hub's holder references. Printing it shows nothing."""

    __slots__ = ("_cache_key", "_ref_key")

    def __init__(self, key: bytes) -> None:
        if len(key) < HOLDER_KEY_MIN_BYTES:
            raise ValueError("the holder key is shorter than 32 bytes")
        self._ref_key = _digest(key, b"tongxing holder reference v1")
        self._cache_key = _digest(key, b"tongxing cache reference v1")

    def ref(self, kind: str, number: str) -> HolderRef:
        """The holder reference for this document: always the same for the same document."""
        digest = _digest(self._ref_key, _unambiguous(kind, number))
        return HolderRef(base64url.encode(digest[:_HOLDER_REF_BYTES]))

    def cache_ref(self, label: str, *parts: str) -> str:
        """A cache key for ``parts``, 43 characters. Another ``label`` gives another key. A cache
        key cannot be linked to a holder reference."""
        return base64url.encode(_digest(self._cache_key, _unambiguous(label, *parts)))


def generate_holder_key() -> bytes:
    """The bytes of a new holder key. If they are lost, old and new references no longer match."""
    return token_bytes(HOLDER_KEY_MIN_BYTES)


def _digest(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _unambiguous(*parts: str) -> bytes:
    """Each part after its length, so that no two lists of parts give the same bytes."""
    octets = (part.encode("utf-8") for part in parts)
    return b"".join(len(part).to_bytes(4, "big") + part for part in octets)
