"""Alarms of every kind as they are raised, for the coordinators that follow them.

Responsible for missing none: an alarm is placed by the moment at which it was raised, and may be
committed after a later one, so each look goes back a little. Whoever comes back with a cursor may
therefore be told again of an alarm of the last minute. Refuses to keep anything for a follower.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from tongxing.gateway.storage.alarm_list import AlarmList, moments
from tongxing.gateway.storage.slices import Slice
from tongxing.schema.any_alarm import AlarmState

LOOK_SECONDS = 2.0

OVERLAP_SECONDS = 60
"""Far longer than a COMMIT takes, and clocks of two machines differ."""

READ_AT_ONCE = 100

Placed = tuple[int, str]
"""The place of an alarm in the list of all, and its id."""


class AlarmEvents:
    """Raises StorageUnavailable wherever it reads."""

    def __init__(self, alarms: AlarmList) -> None:
        self._alarms = alarms

    async def follow(self, after: int | None) -> AsyncGenerator[Sequence[Placed], None]:
        """Every alarm above the place ``after``, some at a time, in the order in which they were
        raised. Without it: those that nobody sees to yet, then every new one. Ends when it is
        closed."""
        place, told = await self._newest() if after is None else after, dict[str, int]()
        if after is None:
            async for some in self._above(0, AlarmState.OPEN):
                told.update((alarm, where) for where, alarm in some)
                yield some
        while True:
            low = max(0, place - moments(OVERLAP_SECONDS))
            async for some in self._above(low, None):
                new = [each for each in some if each[1] not in told and not _is(each, after)]
                told.update((alarm, where) for where, alarm in some)
                if new:
                    yield new
                place = max(place, some[-1][0])
            told = {alarm: where for alarm, where in told.items() if where >= low}
            await asyncio.sleep(LOOK_SECONDS)

    async def _newest(self) -> int:
        """The place of the newest; what is raised from now on is above it, or not far below."""
        page = await self._alarms.page(None, Slice(1))
        return page.entries[0][0] if page.entries else 0

    async def _above(
        self, place: int, state: AlarmState | None
    ) -> AsyncGenerator[Sequence[Placed], None]:
        """The oldest first, though the list begins with the newest."""
        has_more = True
        while has_more:
            page = await self._alarms.page(state, Slice(READ_AT_ONCE, before=place, is_last=True))
            if page.entries:
                yield [*reversed(page.entries)]
                place = page.entries[0][0]
            has_more = page.has_previous and bool(page.entries)


def _is(placed: Placed, after: int | None) -> bool:
    return placed[0] == after
