"""The hub deletes what it keeps for a time when that time is over, even if nobody asks it.

Refuses to know what is kept and for how long: each store deletes its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime

from tongxing.gateway.storage import StorageUnavailable

LOOK_SECONDS = 3_600.0
"""How long anything may stay on the disk after nothing shows or uses it."""

ROOM_SECONDS = 30.0
"""Between two looks whether there is room for what the log will hold next."""

Sweep = Callable[[datetime], Awaitable[int]]
"""Deletes what has had its time at a moment; the number of rows."""


async def forget_in_time(sweeps: Sequence[Sweep], clock: Callable[[], datetime]) -> None:
    """Do each of ``sweeps`` at once and then every LOOK_SECONDS, for as long as the hub runs. If
    the disk fails, the next round tries again; nothing past its time is shown meanwhile."""
    while True:
        for sweep in sweeps:
            with suppress(StorageUnavailable):
                await sweep(clock())
        await asyncio.sleep(LOOK_SECONDS)


async def keep_room(
    make_room: Callable[[datetime], Awaitable[None]], clock: Callable[[], datetime]
) -> None:
    """``make_room`` at once and then every ROOM_SECONDS. If the disk fails, the next look tries
    again; the room that was made before lasts much longer."""
    while True:
        with suppress(StorageUnavailable):
            await make_room(clock())
        await asyncio.sleep(ROOM_SECONDS)
