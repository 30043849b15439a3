"""What stays until a person mends it is not told as BUSY, which says: ask again later."""

import asyncio
from collections.abc import Generator

import pytest

from tongxing.adapters.exchange import conduct
from tongxing.adapters.wire import (
    ConnectionFault,
    HttpRequest,
    HttpResponse,
    Transport,
    TransportError,
    Unreachable,
)
from tongxing.schema import Outcome

ASKED = HttpRequest("POST", "/", {}, b"", 1)


class Failing(Transport):
    def __init__(self, error: TransportError) -> None:
        self._error = error

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        raise self._error


def _question() -> Generator[HttpRequest, HttpResponse, tuple[str]]:
    yield ASKED
    return ("never",)


@pytest.mark.parametrize("fault", ConnectionFault)
async def test_only_a_fault_that_may_pass_is_busy(fault: ConnectionFault) -> None:
    deadline = asyncio.get_running_loop().time() + 60
    turns, failing = asyncio.Semaphore(1), Failing(Unreachable(fault))
    (outcome,) = await conduct(_question(), failing, turns, questions=1, deadline=deadline)
    assert outcome is (Outcome.MALFORMED if fault.is_lasting else Outcome.BUSY)
