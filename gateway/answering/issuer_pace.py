"""How soon an issuer can answer what is put behind other questions.

A question that cannot be answered in time, even if every exchange is as quick as the quickest one
lately, is refused at once: it would take the place of one that can, and its traveler would hear
the same after the whole deadline. Refuses to know what waits; time is an argument, in seconds.
"""

from collections import deque

REMEMBERED = 32
"""Exchanges lately."""


class IssuerPace:
    def __init__(self, at_once: int, exchanges: int) -> None:
        """``at_once`` questions in each of so many ``exchanges`` beside each other."""
        self._in_a_wave = at_once * exchanges
        self._lately: deque[float] = deque(maxlen=REMEMBERED)

    def took(self, seconds: float) -> None:
        """An exchange ended after so long, with whatever result."""
        self._lately.append(seconds)

    def is_hopeless(self, before: int, left: float) -> bool:
        """Whether a question cannot be answered in the ``left`` seconds, with at least so many
        ``before`` it. One that is next is always asked: no queue is to blame for what comes of
        it."""
        if not (before and self._lately):
            return False
        waves = before // self._in_a_wave + 1
        return waves * min(self._lately) > left
