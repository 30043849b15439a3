"""How fast requests are finished while others wait for their places, and how long they take.

Only while others wait the rate says how long a further one will. Refuses to read a clock.
"""

FADING = 0.85
"""What each further window leaves of what was counted: the memory is of less than a second."""

KNOWN_SECONDS, KNOWN_UNITS = 0.3, 16
SURE_SECONDS = 0.6
"""The rate is known once so much of both was counted; after so long also without."""

FORGOTTEN_SECONDS = 10.0
"""A rate of longer ago says nothing: it may be that of a slow issuer."""

_LEAST = 0.001


class FinishingRate:
    """Units are what requests cost. Times are monotonic, in seconds."""

    def __init__(self) -> None:
        self._now = 0.0
        self._units = 0.0
        self._seconds = 0.0
        self._counted_at = 0.0
        self._taken = 0.0
        self._given = 0.0

    @property
    def seconds_inside(self) -> float:
        """What a unit of the requests of the last second or so has taken, on average."""
        return self._taken / self._given if self._given else 0.0

    def finished(self, units: float, seconds: float) -> None:
        """A request of ``units``, after ``seconds`` inside."""
        self._now += units
        self._taken += seconds
        self._given += units

    def window_ended(self, lasted: float, at: float, *, waited: bool) -> None:
        """``waited``: somebody waited for a place all the time."""
        if waited:
            self._units = self._units * FADING + self._now
            self._seconds = self._seconds * FADING + lasted
            self._counted_at = at
        self._now = 0.0
        self._taken *= FADING
        self._given *= FADING

    def at(self, at: float) -> float | None:
        """Units a second, never 0; None if that is not known."""
        if at - self._counted_at > FORGOTTEN_SECONDS:
            self._units = self._seconds = 0.0
        is_known = self._seconds >= KNOWN_SECONDS and self._units >= KNOWN_UNITS
        if is_known or self._seconds >= SURE_SECONDS:
            return max(_LEAST, self._units / self._seconds)
        return None
