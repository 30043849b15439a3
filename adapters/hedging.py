"""When a second replica of an issuer is asked, and which one is asked first.

A replica that takes longer than nearly all answers lately is likely to be in trouble, and another
one would have answered by now. Refuses to know what a request is; time is an argument, in seconds.
"""

from collections import deque
from math import inf

REMEMBERED = 64
"""Answers that say what is usual."""

ENOUGH = 8
"""Before so many have come, nothing is known to be late."""

USUAL_SHARE = 0.95
"""Of the answers lately came within what counts as usual: one in twenty is hedged while all is
well."""

SHORTEST_SECONDS = 0.02
"""An answer is not late before: a hub that is busy takes as long to look at one."""


class Hedging:
    """The replicas of one issuer, by their numbers from 0."""

    def __init__(self, replicas: int) -> None:
        self._replicas = replicas
        self._preferred = 0
        self._lately: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def order(self) -> tuple[int, int]:
        """The replica that is asked first, and the one that is asked if it is late or fails."""
        return self._preferred, (self._preferred + 1) % self._replicas

    def late_after(self) -> float:
        """Seconds after which the first one is late; ``inf`` while that is not known."""
        if len(self._lately) < ENOUGH:
            return inf
        usual = sorted(self._lately)[int(USUAL_SHARE * (len(self._lately) - 1))]
        return max(SHORTEST_SECONDS, usual)

    def answered(self, replica: int, seconds: float) -> None:
        """It answered that long after it was asked, before any other did. It is asked first from
        now on."""
        self._preferred = replica
        self._lately.append(seconds)

    def failed(self, replica: int) -> None:
        """It brought no answer: the next one is asked first, unless another already is."""
        if replica == self._preferred:
            self._preferred = (replica + 1) % self._replicas
