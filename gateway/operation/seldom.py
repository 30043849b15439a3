"""One line a minute for what can happen a thousand times a minute.

Responsible for when a line is due and for how many events it stands. Refuses to read a clock.
"""

from collections.abc import Hashable
from datetime import datetime, timedelta

BETWEEN_LINES = timedelta(minutes=1)


class Seldom:
    """Remembers one time and one number for each key; keys are of closed lists."""

    def __init__(self) -> None:
        self._since: dict[Hashable, tuple[datetime, int]] = {}

    def happened(self, key: Hashable, at: datetime, times: int = 1) -> int | None:
        """How many times it happened since the last line, these included, if a line is due; the
        first time it is."""
        last, number = self._since.get(key, (None, 0))
        if last is not None and timedelta(0) <= at - last < BETWEEN_LINES:
            self._since[key] = (last, number + times)
            return None
        self._since[key] = (at, 0)
        return number + times
