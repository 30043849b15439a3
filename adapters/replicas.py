"""Several addresses of one issuer as one transport.

A question goes to one replica. If that one is late or fails, a second replica gets the question
too, and the first answer counts. Responsible for choosing the replica, and for not asking too
often. Never asks another issuer, never repeats what changes something, and trusts that replicas are
one system: each knows the numbers that the others gave out.
"""

import asyncio
from collections.abc import Callable, Sequence
from http import HTTPStatus
from math import inf

from tongxing.adapters.hedging import Hedging
from tongxing.adapters.repeat_budget import REPEATS_PER_QUESTION, RepeatBudget
from tongxing.adapters.wire import (
    HttpRequest,
    HttpResponse,
    Transport,
    TransportError,
    Unreachable,
    UnreadableStatus,
)

HEDGE_COST = 1.0 + REPEATS_PER_QUESTION
"""The client of the second replica counts the question once more."""


class Replicas:
    """A Transport over at least two others, which lead to the same issuer and share ``budget``.
    ``on_hedge`` hears of each question that went to a second replica."""

    def __init__(
        self,
        transports: Sequence[Transport],
        budget: RepeatBudget,
        on_hedge: Callable[[], None] = lambda: None,
    ) -> None:
        self._transports = transports
        self._budget = budget
        self._on_hedge = on_hedge
        self._hedging = Hedging(len(transports))

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        """As Transport says."""
        first, second = self._hedging.order
        if not request.repeatable:
            return await self._ask(first, request, deadline)
        late_after = inf if request.worth_waiting else self._hedging.late_after()
        asking = asyncio.ensure_future(self._ask(first, request, deadline))
        asked = [asking]
        try:
            await asyncio.wait(asked, timeout=None if late_after == inf else late_after)
            if _may_be_better_elsewhere(asking) and self._budget.take(HEDGE_COST):
                self._on_hedge()
                asked.append(asyncio.ensure_future(self._ask(second, request, deadline)))
            return await _first_answer(asked)
        finally:
            await _end(asked)

    async def _ask(self, replica: int, request: HttpRequest, deadline: float) -> HttpResponse:
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        try:
            response = await self._transports[replica].send(request, deadline=deadline)
        except (TransportError, asyncio.CancelledError) as fault:
            if isinstance(fault, TransportError) or loop.time() >= deadline:
                self._hedging.failed(replica)
            raise
        if not request.worth_waiting:
            self._hedging.answered(replica, loop.time() - asked_at)
        return response


async def _first_answer(asked: Sequence["asyncio.Task[HttpResponse]"]) -> HttpResponse:
    """Raises the TransportError of the one that was asked first if none answers."""
    waiting = set(asked)
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        answered = [task for task in asked if task in done and task.exception() is None]
        if answered:
            return answered[0].result()
    return asked[0].result()


async def _end(asked: Sequence["asyncio.Task[HttpResponse]"]) -> None:
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)


def _may_be_better_elsewhere(asking: "asyncio.Task[HttpResponse]") -> bool:
    """It is late; or this replica, and not the question, is to blame for its failure."""
    if not asking.done():
        return True
    fault = asking.exception()
    if isinstance(fault, UnreadableStatus):
        return fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(fault, Unreachable)
