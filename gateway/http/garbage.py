"""Large garbage collections happen while the hub is quiet, not inside a request.

Responsible for when Python goes through what lives, and through how much of it. Going through
everything holds the event loop up for 30 ms in a small hub, for 300 in one that has answered for a
minute, and for a second in one that keeps ten thousand statements. So each collection goes through
what has come since the one before, and what is left counts as living for good: until everything has
grown, and all of it is gone through. What is young is gone through when there is some of it, once,
and not a second time. Refuses to know what the garbage was.
"""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

LOOK_SECONDS = 0.05
"""The hub is looked at so often."""

QUIET_SHARE = 0.1
"""What a quiet hub used since the last look, all its threads together, at the most: the loop also
rests while the statements of a manifest are read."""

LOOKS = 20
"""From one collection to the next at the least, 1 s, unless much has come. A busy hub makes some
2 MB of garbage in cycles in a second (validation of documents that are not kept)."""

YOUNG = 4_000
"""Objects that came, less those that went, until what is young is gone through: some 2 ms. Python's
own 700 are those of one request: what thirty under way need was gone through, and soon thrown away.
Gone through a second time after ten of these, they were a twentieth of a manifest's time, and up to
20 ms at once."""

MOST_NEW = 4
"""When what is young was gone through so many times, no quiet moment is waited for: 16,000 objects
are gone through in some 8 ms, and a manifest makes 300,000 that live on for a while."""

GROWN = 2.0
"""Everything is gone through when there is so many times as much as after the last time. Garbage in
cycles that was not yet garbage when it was first gone through, such as a prepared document that was
driven out, is found only then: it cannot be more than half of what there is."""

MOST_GROWN = 4.0
"""Then no quiet moment is waited for either."""

_NEVER = 2**31 - 1

Sleep = Callable[[float], Awaitable[None]]


@asynccontextmanager
async def collections_when_quiet(
    used: Callable[[], float], sleep: Sleep = asyncio.sleep
) -> AsyncIterator[None]:
    """What lives now counts as living for good. ``used``: the processor time of this process, in
    seconds."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, _NEVER, _NEVER)
    collecting = asyncio.create_task(_collect_again_and_again(used, sleep))
    try:
        yield
    finally:
        collecting.cancel()
        await asyncio.wait({collecting})
        gc.set_threshold(*before)
        gc.unfreeze()


async def _collect_again_and_again(used: Callable[[], float], sleep: Sleep) -> NoReturn:
    looks, lived = 0, sys.getallocatedblocks()
    while True:
        before = used()
        await sleep(LOOK_SECONDS)
        is_quiet, looks = used() - before < QUIET_SHARE * LOOK_SECONDS, looks + 1
        new = gc.get_count()[1]
        is_time = is_quiet and looks >= LOOKS and new
        if new < MOST_NEW and not is_time:
            continue
        looks = 0
        is_whole = sys.getallocatedblocks() > (GROWN if is_quiet else MOST_GROWN) * lived
        if is_whole:
            gc.unfreeze()
        gc.collect()
        gc.freeze()
        if is_whole:
            lived = sys.getallocatedblocks()
