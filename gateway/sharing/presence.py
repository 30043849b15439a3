"""Whether the server that the workers share counts as being there.

A request waits for it a few times in vain at the most. Then nobody asks it until it has been tried
beside the requests. Pure: told what happened, and handed a clock.
"""

from collections.abc import Callable

FAILURES = 3
"""So many exchanges in a row without a good reply, and it is away."""

FIRST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 5.0
"""Between two trials. The rest doubles each time that it does not stay;"""

STEADY_SECONDS = 10.0
"""it stays if it is there for as long as this."""


class Presence:
    """``clock`` is monotonic, in seconds; ``on_turn`` hears whether it is there now, and what went
    wrong if it is not."""

    def __init__(
        self, clock: Callable[[], float], on_turn: Callable[[bool, str | None], None]
    ) -> None:
        self._clock = clock
        self._on_turn = on_turn
        self._failures = 0
        self._came_at: float | None = None
        self._rest_seconds = FIRST_REST_SECONDS
        self._is_told: bool | None = None
        self.is_here = False

    def came(self) -> None:
        """A trial went well."""
        self._failures, self._came_at = 0, self._clock()
        self._turn(None, is_here=True)

    def heard(self, fault: str | None) -> None:
        """What went wrong in an exchange; None if it was answered."""
        self._failures = 0 if fault is None else self._failures + 1
        if self._failures >= FAILURES:
            self.left(fault)

    def left(self, fault: str | None) -> None:
        """It cannot be used, whatever becomes of exchanges; or a trial failed."""
        self._turn(fault, is_here=False)

    def rest(self) -> float:
        """Seconds until the next trial."""
        came_at, self._came_at = self._came_at, None
        if came_at is not None and self._clock() - came_at >= STEADY_SECONDS:
            self._rest_seconds = FIRST_REST_SECONDS
        rest = self._rest_seconds
        self._rest_seconds = min(2 * rest, LONGEST_REST_SECONDS)
        return rest

    def _turn(self, fault: str | None, *, is_here: bool) -> None:
        self.is_here = is_here
        if is_here is not self._is_told:
            self._is_told = is_here
            self._on_turn(is_here, fault)
