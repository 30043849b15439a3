"""Another server may have become the primary while the one before it still answers.

Nothing ends the connections to that one, so it is looked for. Refuses to judge which of the two is
right: storage does.
"""

import asyncio
from collections.abc import Awaitable, Callable

LOOK_SECONDS = 5.0
"""One connection to each server that the settings name, of each worker."""


async def look_for_a_later(look: Callable[[], Awaitable[None]]) -> None:
    """For as long as the hub runs."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        await look()
