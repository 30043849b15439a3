"""Which connections are open, and which of them wait for the rest of a request.

Responsible for bounding connections below the number of files that the process may open, and for
whose connection ends if there is no room. Refuses to touch a socket.
"""

from collections import defaultdict
from typing import Protocol

from tongxing.gateway.http.shares import Shares


class OpenConnection(Protocol):
    def make_room(self) -> None:
        """End at once; nothing is being answered on this connection."""
        ...


class Connections:
    """At most ``capacity`` at the same time, a share of them for each address. The first of an
    address to go is the one that has waited longest for a request: one that sends nothing, or a
    head or a body byte by byte, or that is only kept alive. So honest clients behind the same
    proxy as a hostile one still come in."""

    def __init__(self, capacity: int) -> None:
        self._shares = Shares(capacity)
        self._address: dict[OpenConnection, str] = {}
        self._waiting: defaultdict[str, dict[OpenConnection, None]] = defaultdict(dict)

    def admit(self, connection: OpenConnection, address: str) -> bool:
        """False if there is no room and every connection of ``address`` is being answered."""
        while not self._shares.take(address):
            longest = next(iter(self._waiting.get(address, ())), None)
            if longest is None:
                return False
            self.left(longest)
            longest.make_room()
        self._address[connection] = address
        self.waits(connection)
        return True

    def waits(self, connection: OpenConnection) -> None:
        """A whole request is not there, or no longer. Unknown connections are ignored."""
        address = self._address.get(connection)
        if address is not None:
            self._waiting[address][connection] = None

    def works(self, connection: OpenConnection) -> None:
        """A whole request is there and is being answered."""
        address = self._address.get(connection)
        if address is not None:
            self._waiting[address].pop(connection, None)

    def left(self, connection: OpenConnection) -> None:
        self.works(connection)
        address = self._address.pop(connection, None)
        if address is None:
            return
        self._shares.give_back(address)
        if not self._waiting[address]:
            del self._waiting[address]
