"""What issuers stated lately, kept in this process for a short time.

Responsible for the bound and the lifetime of statements, and for keeping each client's apart: a
client finds only what its own questions brought, or it could see when another one asked
(``docs/decisions/0012-kept-statements.md``). Refuses to know what a statement means: verify each
one against the trust list of the moment in which it is used.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer

from tongxing.adapters.dialect import ReadStatement
from tongxing.gateway.memory import PartedMemory
from tongxing.keys import HolderRef


class StatementKey(NamedTuple):
    """A question of ``client_id`` to ``issuer``; ``ref`` is a keyed digest, never a document."""

    client_id: str
    issuer: str
    ref: str


class _Kept(NamedTuple):
    statement: ReadStatement
    holder: HolderRef


KEPT_BYTES = 4_500
"""What hangs on a kept statement beside its own bytes: key, envelopes, reading."""

_Memory = PartedMemory[str, StatementKey, _Kept]


class _BoundedCache(BaseCache):  # type: ignore[misc]  # the library has no annotations
    """aiocache's interface over a PartedMemory. Its own SimpleMemoryCache has no bound, and to
    bound it from outside takes a second dictionary, which goes on counting what has expired."""

    NAME = "bounded"

    def __init__(self, memory: _Memory, clock: Callable[[], float]) -> None:
        # No timeout: with one, aiocache starts a task for each call, which takes longer than it.
        super().__init__(serializer=NullSerializer(), key_builder=_as_it_is, timeout=None)
        self._memory = memory
        self._clock = clock

    async def _get(self, key: StatementKey, **_unused: Any) -> _Kept | None:
        return self._memory.get(key.client_id, key)

    async def _set(self, key: StatementKey, value: _Kept, ttl: float, **_unused: Any) -> bool:
        size = KEPT_BYTES + sum(map(len, value.statement.statement.parts))
        self._memory.put(key.client_id, key, value, size=size, ends=self._clock() + ttl)
        return True

    async def _delete(self, key: StatementKey, **_unused: Any) -> int:
        self._memory.forget(key.client_id, key)
        return 1

    async def _clear(self, *_unused: Any, **_also_unused: Any) -> bool:
        self._memory.clear()
        return True


def _as_it_is(key: StatementKey, namespace: str | None) -> StatementKey:  # noqa: ARG001 - named by the library
    return key


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
        self._memory: _Memory = PartedMemory(room_of_client, room, clock)
        self._cache = _BoundedCache(self._memory, clock)

    async def get(self, key: StatementKey) -> ReadStatement | None:
        kept: _Kept | None = await self._cache.get(key)
        return None if kept is None else kept.statement

    def is_kept(self, key: StatementKey, statement: ReadStatement) -> bool:
        """Whether ``get`` would give this very object."""
        kept = self._memory.get(key.client_id, key)
        return kept is not None and kept.statement is statement

    async def put(self, key: StatementKey, statement: ReadStatement, holder: HolderRef) -> None:
        await self._cache.set(key, _Kept(statement, holder), ttl=self._lifetime_seconds)

    async def forget(self, issuer: str, holder: HolderRef) -> None:
        """Of every client. Searches everything that is kept, some milliseconds: it runs once for a
        correction, while an index would have to be kept for every statement."""
        stated = [
            key
            for _, key, kept in self._memory.items()
            if (key.issuer, kept.holder) == (issuer, holder)
        ]
        for key in stated:
            await self._cache.delete(key)

    def tidy(self) -> bool:
        """As PartedMemory.tidy."""
        return self._memory.tidy()

    async def close(self) -> None:
        await self._cache.clear()
