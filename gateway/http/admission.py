"""Who comes in, who waits at the door, and who is refused at once.

Responsible for taking in only what can be answered in time, for clients getting fair parts of it,
and for deciding at once: who is refused learns it before anything is done for the request. Refuses
to read a clock, and to know what a request is about. What each rule is for: decision 53.
"""

from collections.abc import Iterator

from tongxing.gateway.http.long_work import LongWork
from tongxing.gateway.http.pace import Pace
from tongxing.gateway.http.shares import Shares
from tongxing.gateway.http.waiting_room import Shed, Visitor, WaitingRoom

STRANGERS_PART = 8
"""All whose client is not known yet have one place for so many of the others, beside them."""

FEWEST_STRANGERS = 4

Decided = tuple[Visitor, Shed | None]


class Admission:
    """``most`` requests of known clients, inside and at the door together, and as many of
    strangers. Times are monotonic, in seconds."""

    def __init__(self, most: int, deadline_seconds: float) -> None:
        self._shares = {True: Shares(most), False: Shares(most)}
        self._rooms = {is_known: WaitingRoom(deadline_seconds) for is_known in (True, False)}
        self._long = LongWork(deadline_seconds)
        self._pace = Pace(most, deadline_seconds)

    def is_idle(self) -> bool:
        """Whether nobody is there; then no turn has to be looked at."""
        is_idle = all(room.is_empty for room in self._rooms.values())
        if is_idle:
            self._pace.nobody_is_there()
        return is_idle

    @property
    def places(self) -> int:
        """For known clients."""
        return self._pace.places

    def ask(self, visitor: Visitor, at: float) -> Shed | None:
        """Why ``visitor`` is refused. If it is not, it is inside (``begun_at``) or waits."""
        room, shares = self._rooms[visitor.is_known], self._shares[visitor.is_known]
        has_place = room.has_place(self._places(visitor.is_known), at)
        reason = None
        if not has_place and room.would_be_late(visitor, at, visitor.cost):
            reason = Shed.LATE
        elif not shares.take(visitor.name):
            reason = Shed.SHARE
        elif visitor.entries and not self._long.take(visitor.name, visitor.entries):
            shares.give_back(visitor.name)
            reason = Shed.LONG_WORK
        if reason is not None:
            visitor.has_ended = True
        elif has_place:
            room.begin(visitor, at)
        else:
            room.wait(visitor)
            self._pace.is_short()
        return reason

    def end(self, visitor: Visitor, at: float) -> None:
        """``visitor`` was answered or refused, or its client has gone away; once is enough."""
        if not visitor.has_ended:
            self._rooms[visitor.is_known].leave(visitor, at)
            self._give_back(visitor, at)

    def decided(self, at: float) -> Iterator[Decided]:
        """Who of those that wait comes in now, and who is refused because its time is up."""
        for is_known, room in self._rooms.items():
            for visitor, reason in room.decided(self._places(is_known), at):
                if reason is not None:
                    self._give_back(visitor, at)
                yield visitor, reason
            if room.somebody_waits:
                self._pace.is_short()

    def turned(self, seconds: float, at: float) -> Iterator[Decided]:
        """A turn of the event loop took ``seconds``. Who is refused because everything has become
        slower since it came."""
        lasted = self._pace.turned(seconds, self._rooms[True].seconds_inside, at)
        if lasted is None:
            return
        for room in self._rooms.values():
            for visitor in room.window_ended(lasted, at):
                self._give_back(visitor, at)
                yield visitor, Shed.LATE

    def _places(self, is_known: bool) -> int:  # noqa: FBT001 - a key
        places = self._pace.places
        return places if is_known else max(places // STRANGERS_PART, FEWEST_STRANGERS)

    def _give_back(self, visitor: Visitor, at: float) -> None:
        visitor.has_ended = True
        self._shares[visitor.is_known].give_back(visitor.name)
        if visitor.entries:
            begun_at = visitor.begun_at
            seconds = None if begun_at is None else at - begun_at
            self._long.give_back(visitor.name, visitor.entries, seconds)
