"""How much long work is taken in: manifests, which share one piece of each turn of the loop.

Responsible for taking in no more than can be finished in time, and for clients having fair parts of
it. Refuses to read a clock.
"""

from collections import Counter

from tongxing.gateway.http.shares import SHARE_OF_FREE

BODY_BYTES_OF_ENTRY = 200
"""A manifest of a thousand travelers is about 200 kB."""

SHORT_BODY_BYTES = 8_192
"""A body that is no longer names few travelers and is no long work."""

IN_TIME = 0.9
"""The part of the deadline in which long work must end; what it needs is only estimated."""

FIRST_SECONDS_OF_ENTRY = 0.001
"""Until a manifest was answered."""

LEARNT_FROM_ENTRIES = 100
"""Of fewer nothing is learnt: it may be a long document about one traveler."""

_SLOWER, _FASTER = 0.5, 0.1
"""The weight of a measurement: one that was refused midway was fast and shows little."""


def entries_of(body_bytes: int) -> int:
    """How many travelers a body of this length may name; 0 for one that is no long work."""
    return 0 if body_bytes <= SHORT_BODY_BYTES else body_bytes // BODY_BYTES_OF_ENTRY


class LongWork:
    def __init__(self, deadline_seconds: float) -> None:
        self._seconds = IN_TIME * deadline_seconds
        self._held: Counter[str] = Counter()
        self._all = 0
        self._of_entry = FIRST_SECONDS_OF_ENTRY

    def take(self, name: str, entries: int) -> bool:
        """Whether ``entries`` more of ``name`` can be finished in time, beside what others have and
        may still ask for. What comes alone is always taken: it may need less than the last."""
        if self._all:
            free = self._seconds / self._of_entry - self._all - entries
            if free < 0 or self._held[name] + entries > max(SHARE_OF_FREE * free, entries):
                return False
        self._held[name] += entries
        self._all += entries
        return True

    def give_back(self, name: str, entries: int, seconds: float | None) -> None:
        """``seconds`` that they took, None if they were not worked on to their end."""
        if seconds is not None and entries >= LEARNT_FROM_ENTRIES:
            more = seconds / self._all - self._of_entry
            self._of_entry += more * (_SLOWER if more > 0 else _FASTER)
        self._held[name] -= entries
        self._all -= entries
        if not self._held[name]:
            del self._held[name]
