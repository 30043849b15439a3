"""Whether a question is sent again whose kept connection failed, and whether keeping pays.

An issuer that closes the connections it seemed to keep costs one repeated question a minute, not
one for each question. Refuses to know of sockets; time is an argument, in seconds.
"""

from tongxing.adapters.repeat_budget import RepeatBudget

NOT_KEPT_SECONDS = 60.0
"""So long after a kept connection failed, each question gets a connection of its own."""


class Repeats:
    def __init__(self, budget: RepeatBudget) -> None:
        self._budget = budget
        self._keeps_again_at = float("-inf")

    def keeps_connections(self, now: float) -> bool:
        return now >= self._keeps_again_at

    def may_repeat(self, now: float) -> bool:
        """A kept connection failed. Whether the question may be sent once more; if so, that is
        counted."""
        self._keeps_again_at = now + NOT_KEPT_SECONDS
        return self._budget.take()
