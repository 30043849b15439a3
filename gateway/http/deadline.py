"""How long a client may wait for an answer, the waiting for storage included.

Whatever the hub waits for counts: the look-up of the client, the intent, the past, the issuers, the
outcome. What the client takes to send its body does not. If the time runs out there is a clean
refusal. Records that commit later do no harm: an intent without an outcome says that a question was
not answered, an outcome without a reader is what a lost connection leaves as well, and a client
assertion that was used up is replaced by a new one.
"""

import asyncio
from types import TracebackType

from tongxing.gateway.errors import ErrorCode, Refused

LAST_MOMENT_SECONDS = 0.025
"""An answer that is being written out at the deadline still leaves. The promise allows 50 ms; the
other half is for sending."""


class Deadline:
    """``seconds`` of waiting for one request. Its clock is the event loop's."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds + LAST_MOMENT_SECONDS
        self.left_seconds = self._seconds

    def has_waited(self, seconds: float) -> None:
        """The request has waited so long in all, before anybody counted included."""
        self.left_seconds = min(self.left_seconds, self._seconds - seconds)

    def counted(self) -> "Counted":
        """What happens inside is cancelled at the deadline. Raises Refused(UNAVAILABLE)."""
        return Counted(self)


class Counted:
    """One stretch of waiting."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._began = asyncio.get_running_loop().time()
        self._timer = asyncio.timeout_at(self._began + deadline.left_seconds)

    async def __aenter__(self) -> None:
        await self._timer.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._deadline.left_seconds -= asyncio.get_running_loop().time() - self._began
        try:
            await self._timer.__aexit__(kind, error, traceback)
        except TimeoutError:
            raise Refused(ErrorCode.UNAVAILABLE) from None
