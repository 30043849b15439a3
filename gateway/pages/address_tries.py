"""How often one address may try something that costs the hub and shows nothing of who asks.

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

    def may_try(self, request: Request) -> bool:
        return (self._tries.get(_place_of(request)) or 0) < self._most

    def note(self, request: Request) -> None:
        """One more try of this address counts; the window begins anew with it."""
        place = _place_of(request)
        tries = (self._tries.get(place) or 0) + 1
        self._tries.put(place, tries, size=_ENTRY_BYTES, ends=self._clock() + WINDOW_SECONDS)


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
