"""Full garbage collections happen while the event loop is quiet, not inside a request.

Responsible for when Python goes through what lives, and through how much of it. Going through
everything holds the event loop up for 30 ms in a small hub and for 300 in one that has answered for
a minute, and a loop that asks little is not quiet for so long. So each collection goes through what
has come since the one before, some milliseconds, and what is left counts as living for good; only
once an hour everything is gone through. Garbage in circles that was not yet garbage when it was
first gone through stays until then: it is that of the few requests under way at that moment.
Refuses to know what the garbage was.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

EVERY_SECONDS = 1.0
"""Between two collections at the least. A busy hub makes some 2 MB of garbage in cycles in a second
(validation of documents that are not kept), and 15,000 objects that stay."""

WHOLE_EVERY = 3_600
"""One in so many goes through everything."""

LOOK_SECONDS = 0.02
"""The loop is watched for so long before it counts as quiet."""

QUIET_SHARE = 0.1
"""What a quiet loop's thread uses of that time, at the most."""

LOOKS = 50
"""After so many looks, 1 s, a loop that is never quiet is held up all the same: the longer it is
not, the more there is to go through."""

YOUNG_OBJECTS = 20_000
"""Only so many new objects at once are gone through in between, for some 15 ms. Python's own 700
are those of one request: what thirty under way need was gone through, and soon thrown away."""

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
    gc.set_threshold(YOUNG_OBJECTS, middle, _NEVER)
    collecting = asyncio.create_task(_collect_again_and_again(used, sleep))
    try:
        yield
    finally:
        collecting.cancel()
        await asyncio.wait({collecting})
        gc.set_threshold(small, middle, full)
        gc.unfreeze()


async def _collect_again_and_again(used: Callable[[], float], sleep: Sleep) -> None:
    for number in count(1):
        await sleep(EVERY_SECONDS)
        await _quiet(used, sleep)
        if number % WHOLE_EVERY == 0:
            gc.unfreeze()
        gc.collect()
        gc.freeze()


async def _quiet(used: Callable[[], float], sleep: Sleep) -> None:
    for _ in range(LOOKS):
        before = used()
        await sleep(LOOK_SECONDS)
        if used() - before < QUIET_SHARE * LOOK_SECONDS:
            return
