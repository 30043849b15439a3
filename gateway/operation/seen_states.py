"""States that nobody tells of when they change, looked at again and again.

Responsible for a collector finding them ready: none is looked at while it waits, and there are some
before the first one comes. What cannot be looked at keeps the figure that it had.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from tongxing.gateway.operation.background import Background
from tongxing.gateway.storage import StorageUnavailable

Look = Callable[[], Awaitable[None]]
"""Notes what it sees. May raise StorageUnavailable or OSError."""


class SeenStates:
    def __init__(self, background: Background) -> None:
        self._background = background

    async def begin(self, look: Look, seconds: float) -> None:
        """Look now, and then every so many ``seconds`` for as long as the hub runs."""
        await _once(look)
        self._background.begin(partial(_again, look, seconds))


async def _again(look: Look, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        await _once(look)


async def _once(look: Look) -> None:
    with suppress(StorageUnavailable, OSError):
        await look()
