"""Work that goes on beside the requests for as long as the hub runs.

Responsible for such work not ending unseen: if the task that reads the trust list died of a mistake
of ours, the hub would go on believing revoked keys until the list expires. Refuses to know what the
work is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import NoReturn

AGAIN_SECONDS = 5.0
"""Between an error and the next attempt."""

Work = Callable[[], Awaitable[None]]
"""Ends only by an error, or when it is cancelled."""


class Background:
    """Each error goes to ``on_unexpected``. ``stack`` ends the work when it unwinds: what was
    opened on it before the work began is still open then."""

    def __init__(self, stack: AsyncExitStack, on_unexpected: Callable[[Exception], None]) -> None:
        self._stack = stack
        self._on_unexpected = on_unexpected

    def begin(self, work: Work) -> None:
        task = asyncio.create_task(kept_going(work, self._on_unexpected, asyncio.sleep))
        self._stack.push_async_callback(_end, task)


async def kept_going(
    work: Work,
    on_unexpected: Callable[[Exception], None],
    sleep: Callable[[float], Awaitable[None]],
) -> NoReturn:
    """Do ``work`` again and again, until this is cancelled."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the work has to go on
            on_unexpected(error)
        await sleep(AGAIN_SECONDS)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
