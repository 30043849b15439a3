"""Work that goes on in one of all processes: as long as it holds the lease, and in another after.

Refuses to know what the work is. It can be cancelled at every step, and begun anew elsewhere.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NoReturn

from tongxing.gateway.storage.faults import StorageUnavailable
from tongxing.gateway.storage.leases import Lease

RENEW_SECONDS = 3.0
"""Between two attempts to take the lease, or to renew it: a quarter of it, so that two may fail."""

Sleep = Callable[[float], Awaitable[None]]


async def while_held(
    lease: Lease, work: Callable[[], Awaitable[None]], sleep: Sleep = asyncio.sleep
) -> NoReturn:
    """Do ``work`` whenever this process holds ``lease``, until this is cancelled; then give it
    back. An error of ``work`` ends it too."""
    try:
        while True:
            if await lease.take():
                await _do(lease, work, sleep)
            await sleep(RENEW_SECONDS)
    finally:
        with suppress(StorageUnavailable):  # then it ends by itself
            await lease.give_back()


async def _do(lease: Lease, work: Callable[[], Awaitable[None]], sleep: Sleep) -> None:
    tasks = asyncio.ensure_future(work()), asyncio.ensure_future(_renew(lease, sleep))
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for each in ended:
            each.result()
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _renew(lease: Lease, sleep: Sleep) -> None:
    """Returns once another process holds it, or nobody can know."""
    while await lease.take():
        await sleep(RENEW_SECONDS)
