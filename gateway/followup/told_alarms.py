"""What happens to alarms of every kind, as it comes, for the coordinators who follow them.

Each kind lies in a table of its own and is numbered there in the order of its COMMITs, and who saw
to which stands in the log. So a cursor holds one place of each, and nothing has to be written a
second time. Refuses to know what an alarm says: an event has its id.
"""

import re
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from typing import NamedTuple

from tongxing.gateway.followup.shared_end import SharedEnd
from tongxing.gateway.storage import Database, InvalidCursor
from tongxing.gateway.storage.alarm_list import AlarmList
from tongxing.gateway.storage.audit import AdministrationRecord, AuditFilter, AuditLog
from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.cursors import CursorTooOld
from tongxing.gateway.storage.news import Topic
from tongxing.gateway.storage.slices import Slice
from tongxing.keys import base64url
from tongxing.schema.any_alarm import AlarmState
from tongxing.schema.audit_words import AdministrativeAction, AuditKind

_READ_AT_ONCE = 100
_ADMINISTRATION = AuditFilter(kind=AuditKind.ADMINISTRATION)
_TEXT = re.compile(r"ae1:([0-9]{1,18}(?:\.[0-9]{1,18}){3})")
_LOG = -1
"""The last of the places is that in the log."""


class AlarmPlace(NamedTuple):
    """The highest number of each table that was told of, and of how many entries the log's
    acknowledgements were."""

    flips: int
    stops: int
    trust: int
    log: int

    def cursor(self) -> str:
        return base64url.encode(f"ae1:{'.'.join(map(str, self))}".encode())

    def moved(self, which: int, to: int) -> "AlarmPlace":
        places = list(self)
        places[which] = to
        return AlarmPlace(*places)


def place_of(unchecked_cursor: str) -> AlarmPlace:
    """Raises InvalidCursor."""
    try:
        text = base64url.decode(unchecked_cursor).decode("ascii")
    except ValueError:
        text = ""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise InvalidCursor("the cursor did not come from this list")
    return AlarmPlace(*map(int, found[1].split(".")))


class Happened(NamedTuple):
    """At ``at`` (µs) something happened to ``alarm``; ``number`` is its place."""

    at: int
    number: int
    alarm: str


class ToldAlarm(NamedTuple):
    """``place`` is that behind the event."""

    place: AlarmPlace
    alarm: str
    is_acknowledged: bool


def merged(lists: Sequence[Sequence[Happened]], place: AlarmPlace) -> Iterator[ToldAlarm]:
    """All of the four ``lists`` by time, each in its own order whatever its times say: machines'
    clocks differ, and a cursor holds one number of each."""
    rest = [list(each) for each in lists]
    while any(rest):
        which = min((each for each in range(len(rest)) if rest[each]), key=lambda n: rest[n][0].at)
        first = rest[which].pop(0)
        place = place.moved(which, first.number)
        yield ToldAlarm(place, first.alarm, is_acknowledged=which == len(rest) + _LOG)


class ToldAlarms:
    """``clock`` is monotonic, in seconds. All methods raise StorageUnavailable, AuditDamaged."""

    def __init__(
        self,
        audit: AuditLog,
        database: Database,
        alarms: AlarmList,
        clock: Callable[[], float],
    ) -> None:
        self._audit = audit
        self._database = database
        self._list = alarms
        self._end = SharedEnd(self._list.ends, database.news, Topic.ALARMS, clock)

    async def check(self, place: AlarmPlace) -> None:
        """Raises InvalidCursor for a place that nothing has reached yet, and CursorTooOld if
        acknowledgements behind it may not be kept any more."""
        ends, entries = await self._end.now(), await self._audit.size()
        if any(given > end for given, end in zip(place, (*ends[:3], entries), strict=True)):
            raise InvalidCursor("the cursor did not come from this list")
        if place.log < await self._audit.first_shown():
            raise CursorTooOld("what came after the cursor is not kept any more")

    async def follow(self, after: AlarmPlace | None) -> AsyncGenerator[ToldAlarm, None]:
        """Everything behind the place ``after``. Without it: the open alarms, then everything new.
        Ends when it is closed."""
        if after is None:
            begin = AlarmPlace(0, 0, 0, await self._audit.first_shown())
            after = await self._present()
            open_now = await self._open()
            for number, alarm in enumerate(open_now, start=1):
                # Whoever comes back with the cursor of any but the last is told all once more.
                place = after if number == len(open_now) else begin
                yield ToldAlarm(place, alarm, is_acknowledged=False)
        place = after
        while True:
            end = await self._end.now()
            while True:
                lists, place_of_log = await self._behind(place)
                for told in merged(lists, place):
                    yield told
                is_done = not any(lists) and place_of_log == place.log
                for which, each in enumerate(lists):
                    place = place.moved(which, each[-1].number) if each else place
                place = place._replace(log=max(place.log, place_of_log))
                if is_done:
                    break
            await self._end.other_than(end)

    async def _behind(self, place: AlarmPlace) -> tuple[Sequence[Sequence[Happened]], int]:
        """What is behind ``place``, and how far the log was looked through for it."""
        given = Slice(_READ_AT_ONCE, after=place.log - 1)
        page = await self._audit.page(_ADMINISTRATION, given)
        raised = await self._list.behind(place[:_LOG], _READ_AT_ONCE)
        await self._database.settle()
        seen_to = [
            Happened(microseconds(entry.record.at), entry.index + 1, entry.record.alarm)
            for entry in page.items
            if isinstance(entry.record, AdministrationRecord)
            and entry.record.action is AdministrativeAction.ALARM_ACKNOWLEDGED
            and entry.record.alarm is not None
        ]
        lists = [[Happened(*each) for each in kind] for kind in raised]
        return [*lists, seen_to], place.log if page.end is None else page.end + 1

    async def _present(self) -> AlarmPlace:
        entries = await self._audit.size()
        flips, stops, trust, _ = await self._list.ends()
        await self._database.settle()
        return AlarmPlace(flips, stops, trust, entries)

    async def _open(self) -> Sequence[str]:
        """The oldest first."""
        found: list[str] = []
        before: int | None = None
        has_next = True
        while has_next:
            page = await self._list.page(AlarmState.OPEN, Slice(_READ_AT_ONCE, after=before))
            found += page.items
            before, has_next = page.end, page.has_next
        return found[::-1]
