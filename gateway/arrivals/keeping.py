"""Forgetting: what is kept 14 days is gone after 14 days, whether or not anybody comes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from gateway.arrivals.store import ArrivalStore
from gateway.storage import StorageUnavailable

LOOK_SECONDS = 3_600.0
"""How much longer than it is shown an arrival may lie on the disk."""


async def forget_in_time(store: ArrivalStore, clock: Callable[[], datetime]) -> None:
    """Sweep now and then, for as long as the hub runs. A disk that does not take it is asked again
    at the next look; nothing that is past its time is shown in the meantime."""
    while True:
        with suppress(StorageUnavailable):
            await store.sweep(clock())
        await asyncio.sleep(LOOK_SECONDS)
