"""When to ask again: the hub's rules (docs/errors.md), bounded by a number and by a time.

Asked again: what the hub said to come back with (503, 408, 429), after its ``Retry-After`` and a
part of a growing pause that is drawn by lot, so that many clients do not come back in step; and
what nobody answered, if doing it twice does nothing else than doing it once. Never a refusal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tongxing_client.errors import TongxingError
from tongxing_client.flow import Clocks, Flow, Wait

T = TypeVar("T")


_DOUBLINGS = 30
"""No pause grows further, and no number grows out of its bounds."""


@dataclass(frozen=True)
class Patience:
    """``total_seconds`` is all that one question may take, its pauses and the token that it needs
    included."""

    total_seconds: float = 30.0
    times: int = 6
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 8.0

    def pause(self, tried: int, retry_after: float, lot: float) -> float:
        """Before trying again, having ``tried`` so many times; ``lot`` is in [0, 1)."""
        grown: float = self.first_pause_seconds * 2.0 ** min(tried - 1, _DOUBLINGS)
        return retry_after + lot * min(self.longest_pause_seconds, grown)


class ComeBack(Exception):
    """Trying again may help. ``cause`` is raised if it did not. ``at_once``: without a pause."""

    def __init__(
        self, cause: TongxingError, retry_after: float = 0.0, *, at_once: bool = False
    ) -> None:
        super().__init__()
        self.cause = cause
        self.retry_after = retry_after
        self.at_once = at_once


def patiently(attempt: Callable[[float], Flow[T]], patience: Patience, clocks: Clocks) -> Flow[T]:
    """What ``attempt`` returns. It is given the seconds that are left, and raises ComeBack."""
    until = clocks.seconds() + patience.total_seconds
    tried = 0
    while True:
        try:
            return (yield from attempt(until - clocks.seconds()))
        except ComeBack as again:
            tried += 1
            pause = patience.pause(tried, again.retry_after, clocks.random())
            pause = 0.0 if again.at_once else pause
            if tried >= patience.times or clocks.seconds() + pause >= until:
                raise again.cause from None
        if pause:
            yield Wait(pause)
