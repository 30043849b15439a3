"""What issuers stated lately, kept as received, so that every use verifies and judges it again."""

from collections import OrderedDict

from aiocache import SimpleMemoryCache

from adapters.dialect import Statement
from keys import HolderRef


class StatementCache:
    """A bounded, short-lived store of statements in this process.

    Keys are keyed digests, never a document. Nothing here says what a statement means: whoever
    takes one out must verify it against the trust list of that moment.
    """

    def __init__(self, *, lifetime_seconds: float, capacity: int) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._capacity = capacity
        self._statements = SimpleMemoryCache()
        self._oldest_first: OrderedDict[str, tuple[str, HolderRef]] = OrderedDict()

    async def get(self, key: str) -> Statement | None:
        statement: Statement | None = await self._statements.get(key)
        return statement

    async def put(self, key: str, statement: Statement, *, issuer: str, holder: HolderRef) -> None:
        await self._statements.set(key, statement, ttl=self._lifetime_seconds)
        self._oldest_first[key] = issuer, holder
        self._oldest_first.move_to_end(key)
        while len(self._oldest_first) > self._capacity:
            evicted, _ = self._oldest_first.popitem(last=False)
            await self._statements.delete(evicted)

    async def forget(self, issuer: str, holder: HolderRef) -> None:
        """Looks through all that is kept, some milliseconds: it is done once for a correction,
        while an index would have to be kept for every statement."""
        stated = [key for key, of in self._oldest_first.items() if of == (issuer, holder)]
        for key in stated:
            # Another may have come first: each deletion gives the others a turn.
            self._oldest_first.pop(key, None)
            await self._statements.delete(key)

    async def close(self) -> None:
        await self._statements.clear()
        self._oldest_first.clear()
