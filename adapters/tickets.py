"""Numbers that an issuer gave out in advance, each to be used for one exchange.

Asking for one at a time costs every exchange a call and a signature more. Responsible for using
each once and none for long. Refuses to know what a number is; time is an argument, aware.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

TICKETS_AT_ONCE = 32
"""Asked for together: at fifty exchanges a second, less than a second's."""

LONGEST_KEPT = timedelta(seconds=60)
"""Half of what a number lives at the platform (docs/wire-formats.md §3)."""

ASKED_EARLIER = timedelta(seconds=10)
"""An exchange bears the time of its questions, and those of a manifest may be some seconds older
than the stock. Before that the clock went back, and nobody knows how old the numbers are."""

NOT_KEPT_FOR = timedelta(seconds=60)
"""So long after a number in stock was refused, every exchange asks for its own again. An issuer
that has forgotten its numbers costs one refused call a minute."""


class Ticket(NamedTuple):
    serial: str
    random: str


class Tickets:
    def __init__(self) -> None:
        self._stock: deque[Ticket] = deque()
        self._received_at: datetime | None = None
        self._distrusted_at: datetime | None = None

    def take(self, at: datetime) -> Ticket | None:
        """One that was not used yet; None if there is none."""
        if not self._is_fresh(at):
            self._stock.clear()
        return self._stock.popleft() if self._stock else None

    def put(self, tickets: Sequence[Ticket], at: datetime) -> None:
        """``tickets`` were given out at ``at``."""
        self._stock.extend(tickets)
        if tickets:
            self._received_at = at

    def may_ask(self, at: datetime) -> bool:
        """Whether the issuer is worth being asked for several."""
        since = self._distrusted_at
        return since is None or not timedelta(0) <= at - since < NOT_KEPT_FOR

    def distrust(self, at: datetime) -> None:
        """The issuer does not know a number that it gave out, or gives out none in advance."""
        self._stock.clear()
        self._distrusted_at = at

    def _is_fresh(self, at: datetime) -> bool:
        since = self._received_at
        return since is not None and -ASKED_EARLIER < at - since < LONGEST_KEPT
