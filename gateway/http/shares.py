"""A fair share of what there is only so much of: slots for requests, connections, room for bodies.

A holder may take more only while it holds at most three times what is free. Alone it may have
three quarters of everything; of two that keep asking, each gets three sevenths. The last eighth is
for holders that have next to nothing, so that the next client still comes in after several greedy
ones.
"""

from collections import Counter
from types import TracebackType
from typing import Self

from starlette.types import Scope

from tongxing.gateway.errors import ErrorCode, Refused

SHARE_OF_FREE = 3
"""What one holder may have, as a multiple of what is free. Over: OVERLOADED."""


LAST_PART = 8
"""One part in so many is left for small holders."""

SMALL_PART = 128
"""A small holder has at most one part in so many."""


class Shares:
    """``capacity`` counts whatever is shared. A holder is a client, or an address before the client
    is known."""

    def __init__(self, capacity: int) -> None:
        self._free = capacity
        self._last = capacity // LAST_PART
        self._small = max(1, capacity // SMALL_PART)
        self._held: Counter[str] = Counter()

    def take(self, holder: str, amount: int = 1) -> bool:
        """Whether ``holder`` got ``amount`` more; if not, nothing has changed."""
        would_hold, left = self._held.get(holder, 0) + amount, self._free - amount
        most = SHARE_OF_FREE * self._free if left >= self._last else self._small
        if left < 0 or would_hold > most:
            return False
        self._free, self._held[holder] = left, would_hold
        return True

    def give_back(self, holder: str, amount: int = 1) -> None:
        self._free += amount
        self._held[holder] -= amount
        if not self._held[holder]:
            del self._held[holder]

    def claim(self, holder: str, amount: int = 0) -> "Claim":
        """``amount`` for ``holder`` until the context ends; it may grow. Raises Refused."""
        return Claim(self, holder, amount)


def address_of(scope: Scope) -> str:
    """The holder that stands for a client that is not known yet. Behind a proxy all clients have
    the proxy's address: no header that names another is believed, because every client could write
    one."""
    peer = scope.get("client")
    return f"address {peer[0]}" if peer else "address unknown"


class Claim:
    """What one request holds."""

    def __init__(self, shares: Shares, holder: str, amount: int) -> None:
        self._shares = shares
        self._holder = holder
        self._wanted = amount
        self._amount = 0

    def grow(self, amount: int) -> None:
        """Raises Refused(OVERLOADED)."""
        if amount and not self._shares.take(self._holder, amount):
            raise Refused(ErrorCode.OVERLOADED)
        self._amount += amount

    def __enter__(self) -> Self:
        self.grow(self._wanted)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._amount:
            self._shares.give_back(self._holder, self._amount)
