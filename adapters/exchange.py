"""Carry one exchange over a transport, and give the outcome if no statement came back.

Responsible for every failure between a question and its statement. Refuses to retry what failed:
more questions do not help an issuer in trouble. (The transport sends a question again whose
connection had been closed before: docs/decisions/0015-repeated-questions.md.)
"""

import asyncio
from collections.abc import Generator, Mapping
from http import HTTPStatus
from typing import TypeVar

from tongxing.adapters.dialect import Unusable
from tongxing.adapters.wire import (
    Encoded,
    HttpRequest,
    HttpResponse,
    TimedOut,
    TooLarge,
    Transport,
    TransportError,
    Unreachable,
    UnreadableStatus,
)
from tongxing.schema import Outcome

_OUTCOMES: Mapping[type[TransportError], Outcome] = {
    TimedOut: Outcome.TIMED_OUT,
    Unreachable: Outcome.BUSY,
    TooLarge: Outcome.MALFORMED,
    Encoded: Outcome.MALFORMED,
}
"""An issuer that cannot be reached is BUSY: it may be asked again later, as after a 503. One whose
certificate or whose HTTP is wrong stays so until a person mends it, and is MALFORMED."""

_STATUS_OUTCOMES: Mapping[int, Outcome] = {
    HTTPStatus.UNAUTHORIZED: Outcome.NO_ACCESS,
    HTTPStatus.FORBIDDEN: Outcome.NO_ACCESS,
    HTTPStatus.REQUEST_TIMEOUT: Outcome.BUSY,
    HTTPStatus.TOO_MANY_REQUESTS: Outcome.BUSY,
}
FIRST_SERVER_ERROR = 500

TAKEN_APART_AT_ONCE = 20_000
"""Bytes of an answer that are taken apart on the event loop: some 2 ms. The answers to a batch of
two hundred take 15."""

T = TypeVar("T")
Conversation = Generator[HttpRequest, HttpResponse, tuple[T, ...]]


async def conduct(
    exchange: Conversation[T],
    transport: Transport,
    turns: asyncio.Semaphore,
    *,
    questions: int,
    deadline: float,
) -> tuple[T | Outcome, ...]:
    """One result for each of the ``questions``, by ``deadline`` (the event loop's seconds),
    including the wait for a turn. The transport keeps the deadline too; this one holds if the
    transport fails to."""
    try:
        async with asyncio.timeout_at(deadline), turns:
            return await _converse(exchange, transport, deadline)
    except TimeoutError:
        outcome = Outcome.TIMED_OUT
    except TransportError as error:
        outcome = _outcome_of(error)
    except Unusable as unusable:
        outcome = unusable.outcome
    finally:
        exchange.close()
    return (outcome,) * questions


async def _converse(
    exchange: Conversation[T], transport: Transport, deadline: float
) -> tuple[T, ...]:
    request: HttpRequest | None = next(exchange)
    while request is not None:
        response = await transport.send(request, deadline=deadline)
        if len(response.body) > TAKEN_APART_AT_ONCE:
            request, results = await _in_a_thread(exchange, response)
        else:
            request, results = _answered(exchange, response)
    return results


def _answered(
    exchange: Conversation[T], response: HttpResponse
) -> tuple[HttpRequest | None, tuple[T, ...]]:
    """The next request of ``exchange``; None with its results, if that was the last."""
    try:
        return exchange.send(response), ()
    except StopIteration as end:
        return None, end.value


async def _in_a_thread(
    exchange: Conversation[T], response: HttpResponse
) -> tuple[HttpRequest | None, tuple[T, ...]]:
    """The thread finishes before this is cancelled: only then can the exchange be closed."""
    taking = asyncio.ensure_future(asyncio.to_thread(_answered, exchange, response))
    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        await asyncio.wait({taking})
        raise


def _outcome_of(error: TransportError) -> Outcome:
    if isinstance(error, Unreachable) and error.fault.is_lasting:
        return Outcome.MALFORMED
    if not isinstance(error, UnreadableStatus):
        return _OUTCOMES[type(error)]
    if error.status >= FIRST_SERVER_ERROR:
        return Outcome.BUSY
    return _STATUS_OUTCOMES.get(error.status, Outcome.MALFORMED)
