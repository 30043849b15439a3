"""What issuers stated lately, kept in this process for a short time.

Responsible for the bound and the lifetime of statements. Refuses to know what a statement means:
verify each one against the trust list of the moment in which it is used.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer

from tongxing.adapters.dialect import ReadStatement
from tongxing.gateway.memory import BoundedMemory
from tongxing.keys import HolderRef


class _Kept(NamedTuple):
    statement: ReadStatement
    issuer: str
    holder: HolderRef


class _BoundedCache(BaseCache):  # type: ignore[misc]  # the library has no annotations
    """aiocache's interface over a BoundedMemory. Its own SimpleMemoryCache has no bound, and to
    bound it from outside takes a second dictionary, which goes on counting what has expired."""

    NAME = "bounded"

    def __init__(self, memory: BoundedMemory[str, _Kept], clock: Callable[[], float]) -> None:
        # No timeout: with one, aiocache starts a task for each call, which takes longer than it.
        super().__init__(serializer=NullSerializer(), timeout=None)
        self._memory = memory
        self._clock = clock

    async def _get(self, key: str, **_unused: Any) -> _Kept | None:
        return self._memory.get(key)

    async def _set(self, key: str, value: _Kept, ttl: float, **_unused: Any) -> bool:
        self._memory.put(key, value, ends=self._clock() + ttl)
        return True

    async def _delete(self, key: str, **_unused: Any) -> int:
        self._memory.forget(key)
        return 1

    async def _clear(self, *_unused: Any, **_also_unused: Any) -> bool:
        self._memory.clear()
        return True


class StatementCache:
    """Keys are keyed digests, never a document. ``clock`` is monotonic, in seconds."""

    def __init__(
        self, *, lifetime_seconds: float, capacity: int, clock: Callable[[], float]
    ) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._memory: BoundedMemory[str, _Kept] = BoundedMemory(capacity, clock)
        self._cache = _BoundedCache(self._memory, clock)

    async def get(self, key: str) -> ReadStatement | None:
        kept: _Kept | None = await self._cache.get(key)
        return None if kept is None else kept.statement

    async def put(
        self, key: str, statement: ReadStatement, *, issuer: str, holder: HolderRef
    ) -> None:
        kept = _Kept(statement, issuer, holder)
        await self._cache.set(key, kept, ttl=self._lifetime_seconds)

    async def forget(self, issuer: str, holder: HolderRef) -> None:
        """Searches everything that is kept, some milliseconds: it runs once for a correction, while
        an index would have to be kept for every statement."""
        stated = [
            key
            for key, kept in self._memory.items()
            if (kept.issuer, kept.holder) == (issuer, holder)
        ]
        for key in stated:
            await self._cache.delete(key)

    async def close(self) -> None:
        await self._cache.clear()
