"""Full garbage collections happen while the event loop is quiet, not inside a request.

Responsible for when Python goes through everything that lives. That takes some 30 ms in a small hub
and holds the event loop up for as long, so it must not be part of a request that happens to be
under way. Collections of what is young stay as they are: they take at most some 2 ms. Refuses to
know what the garbage was.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

EVERY_SECONDS = 10.0
"""Between two full collections at the least. A busy hub makes some 2 MB of garbage in cycles in a
second (validation of documents that are not kept)."""

LOOK_SECONDS = 0.02
"""The loop is watched for so long before it counts as quiet."""

QUIET_SHARE = 0.1
"""What a quiet loop's thread uses of that time, at the most."""

LOOKS = 1_000
"""After so many looks, 20 s, a loop that is never quiet is held up all the same."""

_NEVER = 2**31 - 1

Sleep = Callable[[float], Awaitable[None]]


@asynccontextmanager
async def full_collections_when_quiet(
    used: Callable[[], float], sleep: Sleep = asyncio.sleep
) -> AsyncIterator[None]:
    """What lives now counts as living for good. ``used``: the processor time of this thread, in
    seconds."""
    small, middle, full = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(small, middle, _NEVER)
    collecting = asyncio.create_task(_collect_again_and_again(used, sleep))
    try:
        yield
    finally:
        collecting.cancel()
        await asyncio.wait({collecting})
        gc.set_threshold(small, middle, full)
        gc.unfreeze()


async def _collect_again_and_again(used: Callable[[], float], sleep: Sleep) -> NoReturn:
    while True:
        await sleep(EVERY_SECONDS)
        await _quiet(used, sleep)
        gc.collect()


async def _quiet(used: Callable[[], float], sleep: Sleep) -> None:
    for _ in range(LOOKS):
        before = used()
        await sleep(LOOK_SECONDS)
        if used() - before < QUIET_SHARE * LOOK_SECONDS:
            return
