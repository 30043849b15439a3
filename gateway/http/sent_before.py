"""Requests that were sent before: the same bytes of the same client are read once.

A client that asks about the same traveler again mostly sends the same bytes. Responsible for
finding what they were read as, by a keyed digest: the bytes themselves are not kept. What was read
names a traveler, so it is kept no longer than the answer that is given again, and not before the
same bytes have come twice. Refuses to know whether the client may still ask: an entry belongs to
one token of it, and whoever uses the entry asks for all that may have changed since
(``graphql.memos``).
"""

import asyncio
from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

from tongxing.gateway.graphql.execution import RememberedOperation
from tongxing.gateway.http.request import (
    LONG_BODY_BYTES,
    GraphQLRequest,
    read_json,
)
from tongxing.gateway.memory import PartedMemory

REMEMBERED_BODY_BYTES = 8_192
"""A longer body is read each time: it is a manifest, or mostly its document, which is remembered by
itself."""

REQUEST_BYTES = 5_000
"""What is kept of a request beside ``BODY_FACTOR`` times its own bytes."""

BODY_FACTOR = 4
"""What a character of it takes at the most."""

MET_BYTES = 60
"""A digest."""

KEPT_BYTES_OF_CLIENT = 32_000_000
KEPT_BYTES = 128_000_000
"""For some 3,000 requests of a client, and four times as many of all."""

MET_BYTES_OF_CLIENT = 2_000_000
MET_BYTES_OF_ALL = 8_000_000
"""For 5,000 digests of what came once, and four times as many."""

_DIGEST_BYTES = 16


class SentRequest:
    """A request as it was read. ``made`` is what it came to when it was sent before. ``digest`` is
    None if it is read each time. Printing it shows nothing of a traveler."""

    __slots__ = ("client", "digest", "made", "request", "size")

    def __init__(
        self, request: GraphQLRequest, client: object, digest: bytes | None = None, size: int = 0
    ) -> None:
        self.request = request
        self.client = client
        self.digest = digest
        self.size = size
        self.made: RememberedOperation | None = None


class FoundBody(NamedTuple):
    """``digest`` of a body, None if it is read each time; ``sent`` if it was sent before."""

    digest: bytes | None
    sent: SentRequest | None


async def read_sent(client: object, body: bytes, digest: bytes | None) -> SentRequest:
    """A request of ``client`` as it comes for the first time. Raises Refused."""
    if len(body) > LONG_BODY_BYTES:
        return SentRequest(await asyncio.to_thread(read_json, body), client)
    return SentRequest(read_json(body), client, digest, len(body))


class SentBefore:
    """``key`` is of this process. Each is kept for ``lifetime_seconds``. ``clock`` is monotonic, in
    seconds."""

    def __init__(self, key: bytes, lifetime_seconds: float, *, clock: Callable[[], float]) -> None:
        self._key = key
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock
        self._met: PartedMemory[str, bytes, bool]
        self._met = PartedMemory(MET_BYTES_OF_CLIENT, MET_BYTES_OF_ALL, clock)
        self._sent: PartedMemory[str, bytes, SentRequest]
        self._sent = PartedMemory(KEPT_BYTES_OF_CLIENT, KEPT_BYTES, clock)

    def find(self, name: str, client: object, body: bytes) -> "FoundBody":
        """What ``body`` was read as, if this very ``client``, who goes by ``name``, has sent the
        same before."""
        if len(body) > REMEMBERED_BODY_BYTES:
            return FoundBody(None, None)
        digest = self._digest_of(body)
        sent = self._sent.get(name, digest)
        return FoundBody(digest, sent if sent is not None and sent.client is client else None)

    def keep(self, name: str, sent: SentRequest, made: RememberedOperation) -> None:
        """``sent`` came to ``made``; found again once the same has come for the second time. One
        that brought anything else is read each time: a thousand small parameters take far more
        room than their text."""
        request = sent.request
        if sent.digest is None or request.extensions or not made.took(request.variables or {}):
            return
        ends = self._clock() + self._lifetime_seconds
        if self._met.get(name, sent.digest) is None:
            self._met.put(name, sent.digest, True, size=MET_BYTES, ends=ends)
            return
        sent.made = made
        size = REQUEST_BYTES + BODY_FACTOR * sent.size
        self._sent.put(name, sent.digest, sent, size=size, ends=ends)

    @property
    def taken(self) -> int:
        """Bytes, as PartedMemory counts them."""
        return self._met.taken + self._sent.taken

    def tidy(self) -> bool:
        """As PartedMemory.tidy."""
        left = [memory.tidy() for memory in (self._met, self._sent)]
        return any(left)

    def _digest_of(self, body: bytes) -> bytes:
        return blake2b(body, key=self._key, digest_size=_DIGEST_BYTES).digest()
