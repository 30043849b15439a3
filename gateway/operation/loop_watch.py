"""Whether the event loop turns, and how late it is.

Everything that clients are answered by waits for it. Who asks from another thread learns it without
waiting for it, too. Refuses to end anything.
"""

import asyncio
from collections.abc import Callable

LOOK_SECONDS = 0.25
"""Between two looks."""

STUCK_SECONDS = 10.0
"""A loop that has not turned for so long has lost every request that it had: gates give up after
5 s, and no turn of a hub that is pressed takes a tenth of a second."""


class LoopWatch:
    """``clock`` gives monotonic seconds; ``tell`` is told by how many seconds each look was too
    late."""

    def __init__(self, clock: Callable[[], float], tell: Callable[[float], None]) -> None:
        self._clock = clock
        self._tell = tell
        self._turned_at = clock()

    def is_turning(self) -> bool:
        """To be asked from any thread."""
        return self._clock() - self._turned_at <= STUCK_SECONDS

    async def go_on(self) -> None:
        """For as long as the hub runs."""
        while True:
            began = self._clock()
            await asyncio.sleep(LOOK_SECONDS)
            self._turned_at = self._clock()
            self._tell(max(0.0, self._turned_at - began - LOOK_SECONDS))
