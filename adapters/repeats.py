"""How often questions to one issuer may be repeated, and whether its connections are worth keeping.

Responsible for two bounds. A repeated question must not double the load of an issuer in trouble;
and an issuer that closes the connections it seemed to keep costs one repeated question a minute,
not one for each question. Refuses to know of sockets; time is an argument, in seconds.
"""

REPEATS_PER_QUESTION = 0.1
"""Issuers get at most 1.1 times as many requests as there are questions."""

FIRST_REPEATS = 10.0
"""Allowed before any question has earned one: a manifest on a hub that was just started asks an
issuer in five batches at once."""

MOST_REPEATS = 32.0
"""An issuer that is started again ends all kept connections at once; there are no more of them
(CONCURRENT_EXCHANGES)."""

NOT_KEPT_SECONDS = 60.0
"""So long after a kept connection failed, each question gets a connection of its own."""


class Repeats:
    def __init__(self) -> None:
        self._allowed = FIRST_REPEATS
        self._keeps_again_at = float("-inf")

    def keeps_connections(self, now: float) -> bool:
        return now >= self._keeps_again_at

    def asked(self) -> None:
        """A question is about to be sent."""
        self._allowed = min(MOST_REPEATS, self._allowed + REPEATS_PER_QUESTION)

    def may_repeat(self, now: float) -> bool:
        """A kept connection failed. Whether the question may be sent once more; if so, that is
        counted."""
        self._keeps_again_at = now + NOT_KEPT_SECONDS
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True
