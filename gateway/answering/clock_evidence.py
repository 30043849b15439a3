"""What the issuers' signed times say of the hub's own clock.

If one issuer signs for another time than now, that issuer is wrong or its answer is replayed. If
several are wrong at once, in the same direction, and none says anything in time, it is our clock.
Refuses to let such
statements count: they stay out of time, whoever is to blame.
"""

from collections import deque
from collections.abc import Callable
from datetime import timedelta

from tongxing.adapters.adapter import OLDEST_SIGNATURE
from tongxing.adapters.reading import FARTHEST_AHEAD

LEAST_ISSUERS = 2
"""One issuer alone says nothing about whose clock it is."""

LAST_STATEMENTS = 16
"""So many are looked at. If one of them is in time, our clock is right and the others are wrong: a
few replayed answers must not excuse each other."""


class ClockEvidence:
    """``on_doubt`` gets the seconds by which the hub's clock seems behind (negative: ahead) each
    time that doubt begins."""

    def __init__(self, on_doubt: Callable[[float], None]) -> None:
        self._on_doubt = on_doubt
        self._last: deque[tuple[str, timedelta]] = deque(maxlen=LAST_STATEMENTS)
        self._was_doubted = False

    def heard(self, issuer: str, ahead: timedelta) -> None:
        """``issuer`` signed a statement ``ahead`` of the moment at which the hub asked for it."""
        self._last.append((issuer, ahead))
        doubted = self.is_against_us()
        if doubted and not self._was_doubted:
            self._on_doubt(min((ahead for _, ahead in self._last), key=abs).total_seconds())
        self._was_doubted = doubted

    def is_against_us(self) -> bool:
        if len({issuer for issuer, _ in self._last}) < LEAST_ISSUERS:
            return False
        return all(ahead > FARTHEST_AHEAD for _, ahead in self._last) or all(
            ahead < -OLDEST_SIGNATURE for _, ahead in self._last
        )
