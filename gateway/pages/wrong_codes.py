"""How often one address may try a code at the travelers' page.

All travelers ask as one client, so a client's own limits cannot hold here: whoever sends rubbish
would stop the page for everybody. Each address has its own count in each worker.
"""

from collections.abc import Callable

from starlette.requests import Request

from tongxing.gateway.http.shares import address_of
from tongxing.gateway.memory import BoundedMemory

WRONG_CODES = 20
"""Of one address in WINDOW_SECONDS: a family behind one router gets in, a program does not get
far."""

WINDOW_SECONDS = 600.0
REMEMBERED_BYTES = 4_000_000
_ENTRY_BYTES = 200


class WrongCodes:
    """``clock`` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrong: BoundedMemory[str, int] = BoundedMemory(REMEMBERED_BYTES, clock)

    def may_try(self, request: Request) -> bool:
        return (self._wrong.get(address_of(request.scope)) or 0) < WRONG_CODES

    def note(self, request: Request) -> None:
        """A code that this address sent was none, or nobody's."""
        address = address_of(request.scope)
        wrong = (self._wrong.get(address) or 0) + 1
        ends = self._clock() + WINDOW_SECONDS
        self._wrong.put(address, wrong, size=_ENTRY_BYTES, ends=ends)
