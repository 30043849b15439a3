"""The events of arrivals as they come, for the clients that follow them.

Responsible for their order and for missing none: each is read from the store, so a follower
that comes back with its last cursor goes on from there, whichever process wrote the events
meanwhile. Refuses to keep anything for a follower: a slow one costs no memory.
"""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime

from tongxing.gateway.followup.arrival_event_store import ArrivalEventStore, NumberedEvent
from tongxing.gateway.storage.news import News, NewsBell, Topic
from tongxing.schema import RegionCode

LOOK_SECONDS = 2.0
"""How long an event that another process wrote may stay unseen if its news is not heard."""

READ_AT_ONCE = 100


class ArrivalEvents:
    """``clock`` gives aware UTC times."""

    def __init__(self, store: ArrivalEventStore, clock: Callable[[], datetime], news: News) -> None:
        self._store = store
        self._clock = clock
        self._bell = NewsBell(news, [Topic.ARRIVALS], LOOK_SECONDS)

    async def check(self, number: int) -> None:
        """Raises InvalidCursor for a number that no event has had."""
        await self._store.check(number)

    async def follow(
        self, region: RegionCode, after: int | None
    ) -> AsyncGenerator[NumberedEvent, None]:
        """Every event within ``region`` above the number ``after``. Without it: the events that
        recorded the arrivals which are open now, then every new event. Ends when it is closed."""
        if after is None:
            # Whoever comes back with the cursor of an open one is told all that came after it, also
            # what was left out here: more than the first time, and nothing less.
            after, place, has_next = await self._store.last_number(), 0, True
            while has_next:
                page = await self._store.open_ones(
                    region, after=place, to=after, first=READ_AT_ONCE, at=self._clock()
                )
                for event in page.events:
                    yield event
                place, has_next = page.end, page.has_next
        while True:
            rung = self._bell.next
            page = await self._store.page(region, after=after, first=READ_AT_ONCE, at=self._clock())
            for event in page.events:
                yield event
            after = page.end
            if not page.has_next:
                await self._bell.wait(rung)
