"""How many requests are worked on at once, found by how long the turns of the event loop take.

Each step of each request waits for a turn. If even the shortest turn of a tenth of a second is
long, the loop always has work waiting, and more places would only make every request take longer.
If it is issuers that are slow, turns are short and there are more places: who waits for an issuer
costs nobody anything. Refuses to read a clock, and to know who asks.
"""

FEWEST_PLACES = 32
"""With fewer, the commits of the log are too small to keep the hub busy; and if turns are long
because of something else (other programs, a wave of connections), it would answer less."""

FIRST_PLACES = 64

TURN_SECONDS = 0.005
"""The shortest turn within a window, at which the number of places stays as it is. A question takes
3 turns if its answer is kept and some 15 if issuers are asked."""

WINDOW_SECONDS = 0.1

LONGEST_INSIDE = 1 / 2
"""The part of the deadline that answers may take for there to be more places."""

_MORE, _LESS = 1.3, 0.85
"""How far the number of places goes in one window."""

_NEAR = 0.8, 1.25
"""Turns of so many times ``TURN_SECONDS`` change nothing."""


class Pace:
    """At most ``most`` places. Times are monotonic, in seconds."""

    def __init__(self, most: int, deadline_seconds: float) -> None:
        self._longest_inside = LONGEST_INSIDE * deadline_seconds
        self._most = float(most)
        self._fewest = float(min(FEWEST_PLACES, most))
        self._exact = self._first = float(min(FIRST_PLACES, most))
        self._began: float | None = None
        self._shortest: float | None = None
        self._was_short = False

    @property
    def places(self) -> int:
        return int(self._exact)

    def is_short(self) -> None:
        """Somebody waits for a place."""
        self._was_short = True

    def turned(self, seconds: float, inside: float, at: float) -> float | None:
        """A turn of the loop took ``seconds``, and requests have lately spent ``inside`` with a
        place. How long the window was that has just ended."""
        if self._began is None:
            self._began = at
        self._shortest = seconds if self._shortest is None else min(self._shortest, seconds)
        lasted = at - self._began
        if lasted < WINDOW_SECONDS:
            return None
        self._adjust(self._shortest, inside)
        self._began, self._shortest, self._was_short = at, None, False
        return lasted

    def nobody_is_there(self) -> None:
        """What comes next is no part of the window that has begun."""
        self._began = self._shortest = None

    def _adjust(self, shortest: float, inside: float) -> None:
        turns = shortest / TURN_SECONDS
        lower, upper = _NEAR
        if turns > upper:
            self._exact = max(self._fewest, self._exact * max(_LESS, 1 / turns))
        elif turns < lower and (self._is_to_grow(inside) or self._exact < self._first):
            self._exact = min(self._most, self._exact * min(_MORE, 1 / max(turns, 1 / _MORE)))

    def _is_to_grow(self, inside: float) -> bool:
        """If answers take very long although the hub has time, it is issuers that cannot do more;
        asking them for more at once would make every answer later."""
        return self._was_short and inside < self._longest_inside
