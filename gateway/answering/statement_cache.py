"""What issuers stated lately, kept in this process for a short time.

Responsible for the bound and the lifetime of statements, and for keeping each client's apart: a
client finds only what its own questions brought, or it could see when another one asked
(``docs/decisions/0012-kept-statements.md``). Refuses to know what a statement means: verify each
one against the trust list of the moment in which it is used.

All of them are kept packed, and the latest also taken apart, in a quarter of the room
(``docs/decisions/0039-memory-in-bytes.md``).
"""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from math import inf
from typing import Any, NamedTuple

from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer

from tongxing.adapters.dialect import ReadStatement, Statement
from tongxing.gateway.answering.packed_statement import PackedStatement, packed, unpacked
from tongxing.gateway.memory import PartedMemory
from tongxing.keys import HolderRef


class StatementKey(NamedTuple):
    """A question of ``client_id`` to ``issuer``; ``ref`` is a keyed digest, never a document."""

    client_id: str
    issuer: str
    ref: str

    @property
    def short(self) -> bytes:
        """16 bytes of a keyed digest and the issuer: as few as a holder reference has."""
        return blake2b(f"{self.issuer}\0{self.ref}".encode(), digest_size=16).digest()


READ_BYTES = 4_500
"""What a statement taken apart takes beside its own bytes: key, envelopes, reading."""

PACKED_BYTES = 100
"""What a packed statement takes beside its own length: a key of 16 bytes, and two objects."""

READ_PART = 4
"""One part in so many of the room is for statements taken apart,"""

MOST_READ_OF_CLIENT = 64_000_000
MOST_READ = 256_000_000
"""and no more than so many bytes of it: some ten thousand of a client are in use within seconds."""

SHARD_BYTES = 16_000_000
"""A table of a million entries takes 0.2 s when it grows, and nobody is answered meanwhile; so the
packed statements of a client are spread evenly over tables of about this size."""

MOST_FORGOTTEN = 10_000
"""Holders whose statements were forgotten within one lifetime. With one more, everybody's are."""


class _BoundedCache(BaseCache):  # type: ignore[misc]  # the library has no annotations
    """aiocache's interface over a PartedMemory. Its own SimpleMemoryCache has no bound, and to
    bound it from outside takes a second dictionary, which goes on counting what has expired."""

    NAME = "bounded"

    def __init__(self, memory: "_Packed", shards: int, clock: Callable[[], float]) -> None:
        # No timeout: with one, aiocache starts a task for each call, which takes longer than it.
        # ``get`` and ``set`` have no plugins to call either: they take a fifth of the library's.
        super().__init__(serializer=NullSerializer(), key_builder=_as_it_is, timeout=None)
        self._memory = memory
        self._shards = shards
        self._clock = clock

    async def get(self, key: StatementKey, **_unused: Any) -> bytes | None:
        return await self._get(key)

    async def _get(self, key: StatementKey, **_unused: Any) -> bytes | None:
        short = key.short
        return self._memory.get(self._part(key, short), short)

    async def set(self, key: StatementKey, value: bytes, ttl: float, **_unused: Any) -> bool:
        return await self._set(key, value, ttl)

    async def _set(self, key: StatementKey, value: bytes, ttl: float, **_unused: Any) -> bool:
        size, ends, short = PACKED_BYTES + len(value), self._clock() + ttl, key.short
        self._memory.put(self._part(key, short), short, value, size=size, ends=ends)
        return True

    async def _clear(self, *_unused: Any, **_also_unused: Any) -> bool:
        self._memory.clear()
        return True

    def _part(self, key: StatementKey, short: bytes) -> tuple[str, int]:
        """Keyed digests are spread evenly."""
        return key.client_id, int.from_bytes(short[:2], "big") % self._shards


_Packed = PartedMemory[tuple[str, int], bytes, bytes]


def _as_it_is(key: StatementKey, namespace: str | None) -> StatementKey:  # noqa: ARG001 - named by the library
    return key


class _Read(NamedTuple):
    statement: ReadStatement
    holder: HolderRef
    kept_at: float


class StatementCache:
    """A client has ``room_of_client`` bytes, all of them have ``room``. ``clock`` is monotonic, in
    seconds."""

    def __init__(
        self,
        *,
        lifetime_seconds: float,
        room_of_client: int,
        room: int,
        clock: Callable[[], float],
    ) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock
        of_client = min(room_of_client // READ_PART, MOST_READ_OF_CLIENT)
        of_all = min(room // READ_PART, MOST_READ)
        self._read: PartedMemory[str, StatementKey, _Read]
        self._read = PartedMemory(of_client, of_all, clock)
        of_packed = room_of_client - of_client
        shards = max(1, of_packed // SHARD_BYTES)
        self._packed: _Packed = PartedMemory(of_packed // shards, room - of_all, clock)
        self._cache = _BoundedCache(self._packed, shards, clock)
        self._forgotten: dict[tuple[str, HolderRef], float] = {}
        self._all_forgotten_at = -inf

    async def get(self, key: StatementKey) -> ReadStatement | Statement | None:
        """Taken apart, if it still is; else as it was received, to be read again."""
        read = self._read.get(key.client_id, key)
        if read is not None:
            return read.statement if self._is_current(key, read) else None
        octets: bytes | None = await self._cache.get(key)
        found = None if octets is None else unpacked(octets)
        if found is None or not self._counts(key.issuer, HolderRef(found.holder), found.kept_at):
            return None
        return found.statement_of(key.issuer)

    def are_kept(
        self, client_id: str, statements: Iterable[tuple[StatementKey, ReadStatement]]
    ) -> bool:
        """Whether ``get`` would give these very objects, all of this client."""
        of_client = self._read.part(client_id)
        for key, statement in statements:
            read = None if of_client is None else of_client.get(key)
            if read is None or read.statement is not statement:
                return False
            if not self._is_current(key, read):
                return False
        return True

    def now(self) -> float:
        """The time of this memory, for ``put``."""
        return self._clock()

    async def put(
        self, key: StatementKey, statement: ReadStatement, holder: HolderRef, *, asked_at: float
    ) -> bool:
        """``asked_at``: when its issuer was asked. What was asked before anybody said that it is
        outdated may have been stated before, and is not kept: whether it was."""
        kept_at = self._clock()
        if not self._counts(key.issuer, holder, asked_at):
            return False
        octets = packed(statement.statement, holder, kept_at)
        await self._cache.set(key, octets, ttl=self._lifetime_seconds)
        self._take_apart(key, _Read(statement, holder, kept_at))
        return True

    async def put_told(
        self, key: StatementKey, statement: Statement, holder: HolderRef, *, asked_at: float
    ) -> bool:
        """What another process of the hub was told when it asked at ``asked_at``, by the time of
        this memory; kept as if it had come at once. Whether it counts. One that is kept already
        stays."""
        left = asked_at + self._lifetime_seconds - self._clock()
        if left <= 0 or not self._counts(key.issuer, holder, asked_at):
            return False
        if await self.get(key) is None:
            self._read.forget(key.client_id, key)
            await self._cache.set(key, packed(statement, holder, asked_at), ttl=left)
        return True

    async def put_read(self, key: StatementKey, statement: ReadStatement) -> None:
        """What a statement was read as that ``get`` gave as received. It ends when that ends. If
        another one has come while it was read, that one stays."""
        octets: bytes | None = await self._cache.get(key)
        found: PackedStatement | None = None if octets is None else unpacked(octets)
        if found is not None and found.statement_of(key.issuer) == statement.statement:
            self._take_apart(key, _Read(statement, HolderRef(found.holder), found.kept_at))

    async def forget(self, issuer: str, holder: HolderRef) -> None:
        """Of every client. What is kept is not searched for it: what was kept until now is not
        given any more, and goes when its time is over."""
        now = self._clock()
        outdated = now - self._lifetime_seconds
        while self._forgotten and next(iter(self._forgotten.values())) <= outdated:
            del self._forgotten[next(iter(self._forgotten))]
        self._forgotten.pop((issuer, holder), None)
        self._forgotten[issuer, holder] = now
        if len(self._forgotten) > MOST_FORGOTTEN:
            self.forget_all()

    def forget_all(self) -> None:
        """Of every holder."""
        self._forgotten.clear()
        self._all_forgotten_at = self._clock()

    def was_outdated(self, issuer: str, holder: HolderRef) -> bool:
        """Whether anybody said so within the lifetime of a statement."""
        return not self._counts(issuer, holder, self._clock() - self._lifetime_seconds)

    @property
    def taken(self) -> int:
        """Bytes, as PartedMemory counts them."""
        return self._read.taken + self._packed.taken

    def tidy(self) -> bool:
        """As PartedMemory.tidy."""
        left = [memory.tidy() for memory in (self._read, self._packed)]
        return any(left)

    async def close(self) -> None:
        self._read.clear()
        await self._cache.clear()

    def _is_current(self, key: StatementKey, read: _Read) -> bool:
        is_over = read.kept_at + self._lifetime_seconds <= self._clock()
        return not is_over and self._counts(key.issuer, read.holder, read.kept_at)

    def _counts(self, issuer: str, holder: HolderRef, since: float) -> bool:
        """Whether what was asked or kept at ``since`` was so after anybody said that what there was
        is outdated."""
        if since <= self._all_forgotten_at:
            return False
        return not self._forgotten or since > self._forgotten.get((issuer, holder), -inf)

    def _take_apart(self, key: StatementKey, read: _Read) -> None:
        """Its place is that of the latest, however old it is: by its own end it would be driven out
        again at once from a memory that is full, and to look for that place among ten thousand
        later ones, at every question, held the event loop up. ``_is_current`` knows its end."""
        size = READ_BYTES + 2 * sum(map(len, read.statement.statement.parts))
        ends = self._clock() + self._lifetime_seconds
        self._read.put(key.client_id, key, read, size=size, ends=ends)
