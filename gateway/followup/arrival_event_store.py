"""What happens to arrivals, at rest: one stream of events for the whole hub, in the order in which
they are committed, each by the COMMIT of what it tells.

Refuses to keep an event longer than its arrival.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from tongxing.gateway.followup.arrival_columns import ARRIVAL_COLUMNS, KEPT_FOR, numbered
from tongxing.gateway.storage import Database, InvalidCursor, UnitOfWork
from tongxing.gateway.storage.columns import from_microseconds, microseconds, region_stem
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.database import ReadSession
from tongxing.gateway.storage.news import Topic
from tongxing.schema import Color, RegionCode
from tongxing.schema.arrival_event import (
    ArrivalAcknowledged,
    ArrivalColorChanged,
    ArrivalEvent,
    ArrivalRecorded,
    ArrivalWithdrawn,
)

EVENT_CURSORS = Cursors("e1")

LOOKED_THROUGH_AT_ONCE = 10_000
"""Events of all regions that one look goes through: some milliseconds, for which commits may
wait."""

RECORDED, ACKNOWLEDGED, WITHDRAWN, COLOR_CHANGED = (
    "RECORDED",
    "ACKNOWLEDGED",
    "WITHDRAWN",
    "COLOR_CHANGED",
)
_KINDS: Mapping[str, type[ArrivalRecorded | ArrivalAcknowledged | ArrivalWithdrawn]]
_KINDS = MappingProxyType(
    {
        RECORDED: ArrivalRecorded,
        ACKNOWLEDGED: ArrivalAcknowledged,
        WITHDRAWN: ArrivalWithdrawn,
    }
)


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """``number`` rises with every event and is never used twice."""

    number: int
    event: ArrivalEvent


@dataclass(frozen=True, slots=True)
class EventPage:
    """The next page begins behind ``end``."""

    events: Sequence[NumberedEvent]
    end: int
    has_next: bool


def add_event(kind: str, arrival_number: int, unit: UnitOfWork) -> None:
    _add((arrival_number, kind, None, None), unit)


def add_change(arrival_number: int, color: Color, known_at: datetime, unit: UnitOfWork) -> None:
    """The issuers state ``color`` of the traveler now."""
    _add((arrival_number, COLOR_CHANGED, color.value, microseconds(known_at)), unit)


def _add(row: Sequence[object], unit: UnitOfWork) -> None:
    unit.execute(_MOVE_END, unit.execute(_ADD, row)[0])
    unit.announce(Topic.ARRIVALS)


class ArrivalEventStore:
    """All methods raise StorageUnavailable. What they give lasts: the number of an event that was
    lost with a server would be given to another one, which whoever is behind it would miss."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last_number(self) -> int:
        """The highest number that was ever given; 0 before the first."""
        last = _last_number(await self._database.fetch(_LAST_NUMBER))
        await self._database.settle()
        return last

    async def check(self, number: int) -> None:
        """Raises InvalidCursor for a number that was not given yet: behind it all that comes until
        then would be missed."""
        if number > await self.last_number():
            raise InvalidCursor("the cursor did not come from this list")

    async def page(self, region: RegionCode, *, after: int, first: int, at: datetime) -> EventPage:
        """Up to ``first`` events within ``region`` that are kept at ``at``, above the number
        ``after``."""

        def read(session: ReadSession) -> EventPage:
            # The end first: what is committed between the two looks is behind it.
            last = _last_number(session.execute(_LAST_NUMBER))
            upto = min(last, after + LOOKED_THROUGH_AT_ONCE)
            asked = (after, upto, microseconds(at - KEPT_FOR), *region_stem(region), first)
            events = [_numbered_event(*row) for row in session.execute(_EVENTS, asked)]
            end = events[-1].number if len(events) == first else max(after, upto)
            return EventPage(events, end, end < last)

        page = await self._database.read(read)
        if page.end > after:
            await self._database.settle()
        return page

    async def open_ones(
        self, region: RegionCode, *, after: int, to: int, first: int, at: datetime
    ) -> EventPage:
        """The events up to the number ``to`` that recorded an arrival which is open: neither
        acknowledged nor withdrawn. ``after`` and the page's end are numbers of arrivals, which come
        in the same order."""
        asked = (after, microseconds(at - KEPT_FOR), *region_stem(region), to, first)
        rows = await self._database.fetch(OPEN_EVENTS, asked)
        events = [_numbered_event(*row) for row in rows]
        end = numbered(*rows[-1][_OF_EVENT:]).number if rows else after
        return EventPage(events, end, len(events) == first)


def _last_number(rows: Sequence[Any]) -> int:
    return int(rows[0][0]) if rows else 0


_ADD = """
    INSERT INTO arrival_events (arrival, kind, color, known_at) VALUES (?, ?, ?, ?) RETURNING number
"""
_LAST_NUMBER = "SELECT number FROM arrival_events_end"
_MOVE_END = "UPDATE arrival_events_end SET number = ?"
_COLUMNS = f"events.number, kind, events.color, known_at, arrivals.number, {ARRIVAL_COLUMNS}"
_OF_EVENT = 4
"""Columns of the event, before those of its arrival."""

_EVENTS = f"""
    SELECT {_COLUMNS}
    FROM arrival_events AS events CROSS JOIN arrivals
    WHERE arrivals.number = events.arrival AND events.number > ? AND events.number <= ?
    AND recorded_at > ? AND substr(district, 1, CAST(? AS INTEGER)) = ?
    ORDER BY events.number LIMIT ?
"""  # noqa: S608 - constants
OPEN_EVENTS = f"""
    SELECT {_COLUMNS}
    FROM arrivals CROSS JOIN arrival_events AS events
    WHERE events.arrival = arrivals.number AND kind = '{RECORDED}'
    AND arrivals.number > ? AND acknowledged_at IS NULL AND withdrawn_at IS NULL
    AND recorded_at > ? AND substr(district, 1, CAST(? AS INTEGER)) = ? AND events.number <= ?
    ORDER BY arrivals.number LIMIT ?
"""  # noqa: S608 - constants


def _numbered_event(number: int, kind: str, *columns: Any) -> NumberedEvent:
    color, known_at, *of_arrival = columns
    arrival = numbered(*of_arrival).arrival
    if kind in _KINDS:
        return NumberedEvent(number, _KINDS[kind](arrival=arrival))
    known = from_microseconds(known_at)
    return NumberedEvent(
        number, ArrivalColorChanged(arrival=arrival, color=Color(color), known_at=known)
    )
