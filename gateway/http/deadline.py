"""How long a client may wait for an answer, the waiting for storage included.

Whatever the hub waits for counts: the look-up of the client, the intent, the past, the issuers, the
outcome. What the client takes to send its body does not. If the time runs out there is a clean
refusal. Records that commit later do no harm: an intent without an outcome says that a question was
not answered, an outcome without a reader is what a lost connection leaves as well, and a client
assertion that was used up is replaced by a new one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tongxing.gateway.errors import ErrorCode, Refused

LAST_MOMENT_SECONDS = 0.025
"""An answer that is being written out at the deadline still leaves. The promise allows 50 ms; the
other half is for sending."""


class Deadline:
    """``seconds`` of waiting for one request. Its clock is the event loop's."""

    def __init__(self, seconds: float) -> None:
        self._left_seconds = seconds + LAST_MOMENT_SECONDS

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[None]:
        """What happens inside is cancelled at the deadline. Raises Refused(UNAVAILABLE)."""
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._left_seconds) as timer:
                yield
        except TimeoutError:
            if not timer.expired():
                raise
            raise Refused(ErrorCode.UNAVAILABLE) from None
        finally:
            self._left_seconds -= asyncio.get_running_loop().time() - began
