"""Every exchange with the other party, kept as it was: what the checks look at.

Responsible for seeing what the hub itself would not read: the head and the body of a refusal. What
the dialect gets is exactly what it would get from the guarded client. Effects: the event loop's
seconds.
"""

import asyncio
from dataclasses import dataclass, field, replace

from tongxing.adapters.wire import (
    HttpRequest,
    HttpResponse,
    TimedOut,
    Transport,
    TransportError,
    UnreadableStatus,
)

ANY_STATUS = frozenset(range(200, 600))


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it: a response of any status, or the name of the fault of the
    transport (adapters/wire.py). ``seconds`` is how long it took."""

    request: HttpRequest = field(repr=False)
    response: HttpResponse | None = field(repr=False)
    fault: str | None
    seconds: float

    @property
    def call(self) -> str:
        """What was called, without what was asked: it names no person."""
        return f"{self.request.method} {self.request.path.partition('?')[0]}"

    @property
    def was_readable(self) -> bool:
        """Whether the dialect was given the response."""
        status = None if self.response is None else self.response.status
        return status in self.request.readable_statuses


class RecordedTransport:
    """A Transport that keeps what goes over ``under``, in the order in which it ended."""

    def __init__(self, under: Transport) -> None:
        self._under = under
        self.exchanges: list[Exchange] = []

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        """As Transport says."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            response = await self._under.send(
                replace(request, readable_statuses=ANY_STATUS), deadline=deadline
            )
        except (TransportError, asyncio.CancelledError) as error:
            # Nothing but the deadline cancels: the exchange keeps it too, and may be the first.
            name = error.name if isinstance(error, TransportError) else TimedOut.name
            self.exchanges.append(Exchange(request, None, name, clock() - began))
            raise
        self.exchanges.append(Exchange(request, response, None, clock() - began))
        if response.status not in request.readable_statuses:
            raise UnreadableStatus(response.status)
        return response
