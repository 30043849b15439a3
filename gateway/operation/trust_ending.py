"""How long the trust list still holds: told days ahead, because signing the next one takes people.

After its end the hub believes no issuer, and every answer is UNKNOWN. Refuses to read a clock.
"""

from bisect import bisect_left
from datetime import datetime, timedelta
from typing import Protocol

STEPS = tuple(-timedelta(hours=hours) for hours in (168, 72, 24, 6, 1, 0))
"""Before the end, as negative lengths of time so that they rise: a line at each; after it, one an
hour."""

AFTER_THE_END = timedelta(hours=1)


class EndingWatch(Protocol):
    def trust_list_ending(self, version: int, seconds: float) -> None:
        """``seconds`` are left; negative: the list has ended."""
        ...

    def trust_list_ends(self, at: datetime) -> None: ...


class TrustEnding:
    def __init__(self, watch: EndingWatch) -> None:
        self._watch = watch
        self._told = (0, 0)

    def look(self, version: int, expires_at: datetime, at: datetime) -> None:
        self._watch.trust_list_ends(expires_at)
        past = at - expires_at
        step = (version, step_of(past))
        if step[1] > 0 and step != self._told:
            self._watch.trust_list_ending(version, -past.total_seconds())
        self._told = step


def step_of(past: timedelta) -> int:
    """Which line is due ``past`` the end of something; 0 while there is time."""
    passed = bisect_left(STEPS, past + timedelta.resolution)
    return passed if past < timedelta(0) else passed + past // AFTER_THE_END
