"""What issuers stated lately, kept as received, so that every use verifies and judges it again."""

from collections import OrderedDict

from aiocache import SimpleMemoryCache

from adapters.dialect import Statement


class StatementCache:
    """A bounded, short-lived store of statements in this process.

    Keys are keyed digests, never a document. Nothing here says what a statement means: whoever
    takes one out must verify it against the trust list of that moment.
    """

    def __init__(self, *, lifetime_seconds: float, capacity: int) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._capacity = capacity
        self._statements = SimpleMemoryCache()
        self._oldest_first: OrderedDict[str, None] = OrderedDict()

    async def get(self, key: str) -> Statement | None:
        statement: Statement | None = await self._statements.get(key)
        return statement

    async def put(self, key: str, statement: Statement) -> None:
        await self._statements.set(key, statement, ttl=self._lifetime_seconds)
        self._oldest_first[key] = None
        self._oldest_first.move_to_end(key)
        while len(self._oldest_first) > self._capacity:
            evicted, _ = self._oldest_first.popitem(last=False)
            await self._statements.delete(evicted)

    async def close(self) -> None:
        await self._statements.clear()
        self._oldest_first.clear()
