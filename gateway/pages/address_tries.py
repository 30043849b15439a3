"""How often one address may try something that costs the hub and shows nothing of whoever asks.

All travelers ask as one client, and whoever begins to sign in is nobody yet, so a client's own
limits cannot hold here: whoever sends rubbish would stop the page for everybody. Each address has
its own count in each worker.
"""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

from tongxing.gateway.memory import BoundedMemory

WINDOW_SECONDS = 600.0
REMEMBERED_BYTES = 4_000_000
_ENTRY_BYTES = 200
_BITS_OF_A_HOST = 64


class AddressTries:
    """``most`` tries of one address in WINDOW_SECONDS; ``clock`` is monotonic, in seconds."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._tries: BoundedMemory[str, int] = BoundedMemory(REMEMBERED_BYTES, clock)

    def begin(self, request: Request) -> bool:
        """Whether this address may try once more, which counts from now on, because many may begin
        at the same time. The window begins anew with it."""
        tries = self._of(request)
        if tries >= self._most:
            return False
        self._count(request, tries + 1)
        return True

    def forgive(self, request: Request) -> None:
        """A try that was begun was a good one, and does not count."""
        self._count(request, self._of(request) - 1)

    def _of(self, request: Request) -> int:
        return self._tries.get(_place_of(request)) or 0

    def _count(self, request: Request, tries: int) -> None:
        ends = self._clock() + WINDOW_SECONDS
        self._tries.put(_place_of(request), max(tries, 0), size=_ENTRY_BYTES, ends=ends)


def _place_of(request: Request) -> str:
    """The network of an IPv6 address, because whoever has one address of it has all (RFC 4291
    §2.5.4)."""
    host = "" if request.client is None else request.client.host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address) or address.ipv4_mapped is not None:
        return host
    return f"{int(address) >> _BITS_OF_A_HOST:x}"
