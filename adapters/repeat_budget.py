"""How many questions to one issuer may be sent once more.

Whatever the reason, and to whichever replica: an issuer in trouble gets at most 1.1 times as many
requests as there are questions. Refuses to know why one is repeated.
"""

REPEATS_PER_QUESTION = 0.1
"""Each question earns so much of a repetition."""

FIRST_REPEATS = 10.0
"""Allowed before any question has earned one: a manifest on a hub that was just started asks an
issuer in five batches at once."""

MOST_REPEATS = 32.0
"""An issuer that is started again ends all kept connections at once; there are no more of them
(CONCURRENT_EXCHANGES)."""


class RepeatBudget:
    """One for each issuer; its replicas share it."""

    def __init__(self) -> None:
        self._allowed = FIRST_REPEATS

    def asked(self) -> None:
        """A question is about to be sent."""
        self._allowed = min(MOST_REPEATS, self._allowed + REPEATS_PER_QUESTION)

    def take(self, cost: float = 1.0) -> bool:
        """Whether a question may be sent once more; if so, that is counted."""
        if self._allowed < cost:
            return False
        self._allowed -= cost
        return True
