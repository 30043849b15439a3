"""An issuer nearly all of whose answers are bad is left alone for a while, and then tried again.

Bad answers about one person say little of their issuer: that person may be all that somebody can
forge. So what counts is the share of bad exchanges, each about somebody else. Refuses to know what
a bad answer is, and who a person is.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from tongxing.gateway.answering.circuit import FIRST_REST_SECONDS, LONGEST_REST_SECONDS

EXCHANGES = 20
BAD_EXCHANGES = 18
"""So many of the last exchanges open the circuit if they were bad. The reasons for the numbers:
docs/decisions/0050."""

MEMORY_SECONDS = 60.0
"""An exchange counts for so long."""


class ShareCircuit:
    """One for each issuer and kind of bad answer. ``clock`` is monotonic, in seconds; ``on_turn``
    hears True when the circuit opens, False when it closes."""

    def __init__(self, clock: Callable[[], float], on_turn: Callable[[bool], None]) -> None:
        self._clock = clock
        self._on_turn = on_turn
        self._last: deque[tuple[float, str | None]] = deque(maxlen=EXCHANGES)
        """When each exchange was heard of, and about whom it was if it was bad."""
        self.is_open = False
        self._rest_seconds = FIRST_REST_SECONDS
        self._rested_at = 0.0
        self._next_trial = 0.0

    def enter(self, about: Iterable[str]) -> bool:
        """Whether the issuer may be asked now about these people. An open circuit lets one question
        through after each rest, if it is about somebody of whom no bad answer is known: whoever
        can spoil the answers of one person must not be able to spoil each trial. It closes when it
        knows of no bad answer any more."""
        if not self.is_open:
            return True
        now = self._clock()
        self._forget(now)
        known = set(self._known())
        if not known:
            self._close()
            return True
        if now < self._next_trial or known.issuperset(about):
            return False
        self._next_trial = now + self._rest_seconds
        return True

    def heard(self, entered: float, about: Iterable[str], *, is_good: bool) -> None:
        """What became of the exchange about these people that entered at ``entered``, by the clock.
        A bad one counts if it is about somebody of whom no bad answer is known."""
        now = self._clock()
        if is_good:
            self._heard_good(now)
            return
        self._forget(now)
        known = set(self._known())
        of = next((each for each in about if each not in known), None)
        if of is not None:
            self._last.append((now, of))
            self._heard_bad(entered, now)

    def _heard_good(self, now: float) -> None:
        if self.is_open:
            self._close()
        else:
            self._last.append((now, None))

    def _heard_bad(self, entered: float, now: float) -> None:
        if self.is_open:
            if entered >= self._rested_at:
                self._rest_seconds = min(2 * self._rest_seconds, LONGEST_REST_SECONDS)
                self._rest(now)
        elif len(self._last) == EXCHANGES and sum(1 for _ in self._known()) >= BAD_EXCHANGES:
            self.is_open = True
            self._rest(now)
            self._on_turn(True)

    def _known(self) -> Iterator[str]:
        """About whom the bad answers were."""
        return (of for _, of in self._last if of is not None)

    def _forget(self, now: float) -> None:
        while self._last and self._last[0][0] <= now - MEMORY_SECONDS:
            self._last.popleft()

    def _rest(self, now: float) -> None:
        self._rested_at = now
        self._next_trial = now + self._rest_seconds

    def _close(self) -> None:
        self.is_open = False
        self._last.clear()
        self._rest_seconds = FIRST_REST_SECONDS
        self._on_turn(False)
