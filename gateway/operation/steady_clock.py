"""The hub's clock, believed only while it goes on as fast as time does.

How old a statement is and whether a green has ended are read from this clock. One that jumps would
make old greens young, so after a jump there is no time at all, and therefore no answer, until the
clock is back where it would be without the jump, or the hub is started again. A clock that was
wrong from the start is another matter: the issuers' times show it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from tongxing.gateway.storage import StorageUnavailable

LOOK_SECONDS = 1.0
"""Between two looks. What the clock is off by then is a correction of its speed, and taken over."""

JUMP = timedelta(seconds=1)
"""A clock that is off by more than this since the last look has jumped. Time services correct by at
most half a millisecond in a second; the shortest age that any rule measures is a minute."""


class ClockJumped(StorageUnavailable):
    """Nobody knows what time it is, so nothing can be answered or recorded."""


class SteadyClock:
    """``utc`` gives aware times. ``elapsed`` gives seconds that go on while the machine sleeps.
    ``on_jump`` gets each jump in seconds, once."""

    def __init__(
        self,
        utc: Callable[[], datetime],
        elapsed: Callable[[], float],
        on_jump: Callable[[float], None],
    ) -> None:
        self._utc = utc
        self._elapsed = elapsed
        self._on_jump = on_jump
        self._agreed = utc(), elapsed()
        self._has_jumped = False

    def __call__(self) -> datetime:
        """The time now. Raises ClockJumped."""
        at, elapsed = self._utc(), self._elapsed()
        agreed_at, agreed_elapsed = self._agreed
        since = elapsed - agreed_elapsed
        off = at - agreed_at - timedelta(seconds=since)
        if abs(off) > JUMP:
            self._tell(off)
            raise ClockJumped("the clock has jumped")
        self._has_jumped = False
        if since >= LOOK_SECONDS:
            self._agreed = at, elapsed
        return at

    def is_steady(self) -> bool:
        try:
            self()
        except ClockJumped:
            return False
        return True

    async def go_on(self) -> None:
        """Look for as long as the hub runs, so that slow corrections do not add up to a jump."""
        while True:
            self.is_steady()
            await asyncio.sleep(LOOK_SECONDS)

    def _tell(self, off: timedelta) -> None:
        if not self._has_jumped:
            self._has_jumped = True
            self._on_jump(off.total_seconds())
