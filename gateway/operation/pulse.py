"""Whether the hub can record, shown by the age of the last commit that succeeded.

A hub that can read its database may still be unable to write to it: the disk is full, the file was
moved away, another process holds it. So something is written again and again, whether or not
anybody asks anything.
"""

import asyncio
from collections.abc import Awaitable, Callable

from tongxing.gateway.storage import StorageUnavailable

BEAT_SECONDS = 2.0
"""Between two proofs."""

GOOD_FOR_SECONDS = 5.0
"""A commit that is older proves nothing: two proofs are missing, and a gate gives up after 5 s."""


class Pulse:
    """``prove`` commits something and raises StorageUnavailable if it cannot; ``elapsed`` gives
    monotonic seconds."""

    def __init__(self, prove: Callable[[], Awaitable[None]], elapsed: Callable[[], float]) -> None:
        self._prove = prove
        self._elapsed = elapsed
        self._good_at: float | None = None

    def is_good(self) -> bool:
        """Whether the last proof succeeded, and lately."""
        return self._good_at is not None and self._elapsed() - self._good_at <= GOOD_FOR_SECONDS

    async def beat(self) -> None:
        try:
            await self._prove()
        except StorageUnavailable:
            self._good_at = None
        else:
            self._good_at = self._elapsed()

    async def go_on(self) -> None:
        """For as long as the hub runs."""
        while True:
            await self.beat()
            await asyncio.sleep(BEAT_SECONDS)
