"""What the issuers' signed times say of the hub's own clock.

If one issuer signs for another time than now, that issuer is wrong or its answer is replayed. If
all of them are wrong at once and in the same direction, it is our clock. Refuses to let such
statements count: they stay out of time, whoever is to blame.
"""

from collections.abc import Callable
from datetime import timedelta

from tongxing.adapters.adapter import FARTHEST_AHEAD, OLDEST_SIGNATURE

LEAST_ISSUERS = 2
"""One issuer alone says nothing about whose clock it is."""


class ClockEvidence:
    """``on_doubt`` gets the seconds by which the hub's clock seems behind (negative: ahead) each
    time that doubt begins."""

    def __init__(self, on_doubt: Callable[[float], None]) -> None:
        self._on_doubt = on_doubt
        self._ahead: dict[str, timedelta] = {}
        self._was_doubted = False

    def heard(self, issuer: str, ahead: timedelta) -> None:
        """``issuer`` signed a statement ``ahead`` of the moment at which the hub asked for it; the
        last one of each issuer counts."""
        self._ahead[issuer] = ahead
        doubted = self.is_against_us()
        if doubted and not self._was_doubted:
            self._on_doubt(min(self._ahead.values(), key=abs).total_seconds())
        self._was_doubted = doubted

    def is_against_us(self) -> bool:
        heard = self._ahead.values()
        if len(heard) < LEAST_ISSUERS:
            return False
        return all(ahead > FARTHEST_AHEAD for ahead in heard) or all(
            ahead < -OLDEST_SIGNATURE for ahead in heard
        )
