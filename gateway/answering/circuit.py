"""An issuer that fails again and again is left alone for a while, and then tried with one question.

A traveler does not wait for an issuer that has just let five others wait, and an issuer in trouble
is not asked by everybody. Refuses to know what a question is.
"""

from collections.abc import Callable

FAILURES = 5
"""So many questions in a row without an answer open the circuit."""

FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 5.0
"""The rest doubles with each trial that fails. An issuer that is well again is asked again after
this long at the latest."""


class Circuit:
    """One for each issuer. ``clock`` is monotonic, in seconds; ``on_turn`` hears True when the
    circuit opens, False when it closes."""

    def __init__(self, clock: Callable[[], float], on_turn: Callable[[bool], None]) -> None:
        self._clock = clock
        self._on_turn = on_turn
        self._failures = 0
        self._rest_seconds = FIRST_REST_SECONDS
        self._rested_at = 0.0
        self._next_trial = 0.0

    @property
    def is_open(self) -> bool:
        return self._is_open()

    def enter(self) -> float | None:
        """The time, to be handed to ``heard``; None if the issuer must not be asked now. An open
        circuit lets one question through after each rest."""
        now = self._clock()
        if not self._is_open():
            return now
        if now < self._next_trial:
            return None
        self._next_trial = now + self._rest_seconds
        return now

    def heard(self, entered: float, *, answered: bool) -> None:
        """What became of the question that entered then."""
        if answered:
            self._close()
        elif not self._is_open():
            self._failures += 1
            if self._is_open():
                self._rest()
                self._on_turn(True)
        elif entered >= self._rested_at:
            self._rest_seconds = min(2 * self._rest_seconds, LONGEST_REST_SECONDS)
            self._rest()

    def _is_open(self) -> bool:
        return self._failures >= FAILURES

    def _rest(self) -> None:
        self._rested_at = self._clock()
        self._next_trial = self._rested_at + self._rest_seconds

    def _close(self) -> None:
        was_open, self._failures = self._is_open(), 0
        self._rest_seconds = FIRST_REST_SECONDS
        if was_open:
            self._on_turn(False)
