"""What is looked up in one turn of the event loop, looked up together.

Requests whose issuers answered together look up their pasts together, and to call a thread for each
of them costs more than what it reads. Refuses to know what is looked up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

READ_AT_ONCE = 1_000
"""Keys: a reader's thread is free for others after a few milliseconds."""


class SharedReading(Generic[K, V]):
    """``read`` gives what there is for some of its keys, which differ; what it raises is told to
    all who asked in the same turn."""

    def __init__(self, read: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read
        self._wanted: list[tuple[Collection[K], asyncio.Future[Mapping[K, V]]]] = []
        self._reading: set[asyncio.Task[Mapping[K, V]]] = set()

    async def of(self, keys: Collection[K]) -> Mapping[K, V]:
        """What there is for ``keys``, and perhaps for others. One that stops waiting changes
        nothing for the others."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Mapping[K, V]] = loop.create_future()
        if not self._wanted:
            loop.call_soon(self._begin)
        self._wanted.append((keys, done))
        return await done

    def _begin(self) -> None:
        wanted, self._wanted = self._wanted, []
        keys = dict.fromkeys(key for keys, _ in wanted for key in keys)
        task = asyncio.ensure_future(self._read_all(list(keys)))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)
        task.add_done_callback(partial(_tell, [done for _, done in wanted]))

    async def _read_all(self, keys: Sequence[K]) -> Mapping[K, V]:
        found: dict[K, V] = {}
        for start in range(0, len(keys), READ_AT_ONCE):
            found |= await self._read(keys[start : start + READ_AT_ONCE])
        return found


def _tell(waiting: Sequence["asyncio.Future[V]"], read: "asyncio.Task[V]") -> None:
    """Each is told of a fault by an object of its own: they raise it at the same time."""
    fault = None if read.cancelled() else read.exception()
    for done in waiting:
        if done.done():
            continue
        if read.cancelled():
            done.cancel()
        elif fault is None:
            done.set_result(read.result())
        else:
            told = copy(fault)
            told.__cause__ = fault
            done.set_exception(told)
