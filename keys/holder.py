"""Holder references: the only form in which a person appears at rest, and what a client sees of it.

Responsible for turning a document into a keyed digest and for keeping the uses of the key apart.
Without the key, the billion possible numbers cannot be tried out. Refuses to keep a document.
"""

from functools import lru_cache
from hashlib import blake2b
from secrets import token_bytes
from typing import NewType

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from tongxing.keys import base64url
from tongxing.keys.keyed_digest import KeyedDigest
from tongxing.keys.sealing import Sealer

HolderRef = NewType("HolderRef", str)
"""128 bits of HMAC-SHA-256 in base64url; behind them, from epoch 1 on, the number of the epoch in
two bytes: 24 characters, and 22 of epoch 0. Among 1.4 billion people, the chance that any two share
one is below 10⁻²⁰."""

REMEMBERED_CLIENTS = 1_000
"""Clients whose permutation is at hand: some hundred bytes each."""

HOLDER_KEY_MIN_BYTES = 32
"""As long as the digest (RFC 2104 §3). Error: ValueError."""

EPOCH_BYTES = 2
"""The number of an epoch, behind what is made with its key: 65,535 epochs of a month each."""

_DIGEST_BYTES = 16
_MEMORY_REF_BYTES = 16
_FINGERPRINT_BYTES = 16


class HolderKey:
    """The key of a hub's holder references in one epoch, made from ``secret``. Printing it shows
    nothing; ``fingerprint`` tells it from another one, and nothing else. What it makes names its
    epoch, and nothing if that is 0, as before there were any."""

    __slots__ = (
        "_cache_key",
        "_epoch",
        "_guess_key",
        "_memory_key",
        "_named_key",
        "_pairwise_key",
        "_ref_key",
        "_sealing_key",
        "fingerprint",
        "secret",
    )

    def __init__(self, key: bytes, epoch: int = 0) -> None:
        if len(key) < HOLDER_KEY_MIN_BYTES:
            raise ValueError("the holder key is shorter than 32 bytes")
        self._epoch = epoch.to_bytes(EPOCH_BYTES, "big") if epoch else b""
        self.secret = key
        own = KeyedDigest(key)
        self._ref_key = KeyedDigest(own.of(b"tongxing holder reference v1"))
        self._cache_key = KeyedDigest(own.of(b"tongxing cache reference v1"))
        self._pairwise_key = own.of(b"tongxing pairwise reference v1")
        self._named_key = KeyedDigest(own.of(b"tongxing named holder v1"))
        self._memory_key = own.of(b"tongxing memory reference v1")
        self._guess_key = KeyedDigest(own.of(b"tongxing guess v1"))
        self.fingerprint = base64url.encode(own.of(b"tongxing holder key v1")[:_FINGERPRINT_BYTES])
        self._sealing_key = own.of(b"tongxing sealing v1")

    def ref(self, kind: str, number: str) -> HolderRef:
        """The holder reference for this document: always the same for the same document."""
        digest = self._ref_key.of(_unambiguous(kind, number))
        return self._ref(digest[:_DIGEST_BYTES])

    def cache_ref(self, label: str, *parts: str) -> str:
        """A key for ``parts``, 43 characters, by which they are found again, also at rest. Another
        ``label`` gives another key. It cannot be linked to a holder reference."""
        return base64url.encode(self._cache_key.of(_unambiguous(label, *parts)))

    def memory_ref(self, label: str, *parts: str) -> str:
        """As ``cache_ref``, 32 characters, for what never leaves the memory of this process: keyed
        BLAKE2b (RFC 7693 §2.9) takes a seventh of the time. What is at rest keeps HMAC."""
        message = _unambiguous(label, *parts)
        return blake2b(message, key=self._memory_key, digest_size=_MEMORY_REF_BYTES).hexdigest()

    def sealer(self) -> Sealer:
        """For what the processes of this hub keep together, outside of their own memory."""
        return Sealer(self._sealing_key)

    def shown_to(self, client_id: str, holder: HolderRef) -> str:
        """``holder`` as this client sees it, 22 characters: always the same for the same client and
        holder. Two clients see two texts, and cannot tell that they belong to one person."""
        forward, _ = _pairwise(self._pairwise_key, client_id)
        octets = base64url.decode(holder)
        if octets[_DIGEST_BYTES:] != self._epoch or len(octets) < _DIGEST_BYTES:
            raise ValueError("a holder reference of another epoch")
        return base64url.encode(forward.update(octets[:_DIGEST_BYTES]))

    def behind(self, client_id: str, shown: str) -> HolderRef:
        """The holder that this client sees as ``shown``. A text that the client was never shown
        gives a reference that no holder has. Raises ValueError if it has another form."""
        _, back = _pairwise(self._pairwise_key, client_id)
        octets = base64url.decode(shown)
        if len(octets) != _DIGEST_BYTES:
            raise ValueError("what a client is shown of a holder has 16 bytes")
        return self._ref(back.update(octets))

    def named(self, client_id: str, kind: str, number: str, name: str) -> str:
        """What a receipt for this client binds: the document with the name, 43 characters. One
        wrong character in the number and one in the name give equally foreign digests."""
        message = _unambiguous(client_id, kind, number, name)
        return base64url.encode(self._named_key.of(message))

    def guess(self, client_id: str, label: str, *parts: str) -> bytes:
        """What is counted of a client's guesses, 16 bytes and the epoch: a document, or a part of
        one that many guesses share. It belongs to this client: those of two clients cannot be
        compared."""
        message = _unambiguous(client_id, label, *parts)
        return self._guess_key.of(message)[:_DIGEST_BYTES] + self._epoch

    def _ref(self, digest: bytes) -> HolderRef:
        return HolderRef(base64url.encode(digest + self._epoch))


def epoch_of(octets: bytes) -> int:
    """The number of the epoch with whose key a reference or a guess was made. Raises ValueError if
    it is neither."""
    if len(octets) == _DIGEST_BYTES:
        return 0
    if len(octets) != EPOCH_BYTES + _DIGEST_BYTES:
        raise ValueError("a holder reference has 16 or 18 bytes")
    return int.from_bytes(octets[_DIGEST_BYTES:], "big")


def generate_holder_key() -> bytes:
    """The bytes of a new holder key. If they are lost, old and new references no longer match."""
    return token_bytes(HOLDER_KEY_MIN_BYTES)


@lru_cache(REMEMBERED_CLIENTS)
def _pairwise(key: bytes, client_id: str) -> tuple[CipherContext, CipherContext]:
    """From a reference to what this client sees, and back. Without its epoch it is 16 uniformly
    distributed bytes, one AES block. A single block needs no mode: ECB is the bare permutation,
    another one for each client. Remembered because making one takes ten times as long as using it;
    used by one thread at a time."""
    cipher = Cipher(AES(KeyedDigest(key).of(client_id.encode("utf-8"))), ECB())  # noqa: S305 - one block
    return cipher.encryptor(), cipher.decryptor()


def _unambiguous(*parts: str) -> bytes:
    """Each part after its length, so that no two lists of parts give the same bytes."""
    octets = [part.encode("utf-8") for part in parts]
    return b"".join([len(part).to_bytes(4, "big") + part for part in octets])
