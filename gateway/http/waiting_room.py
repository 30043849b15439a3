"""Requests that have a place, and those that wait for one.

Responsible for whose turn it is and for who would wait too long. Refuses to know how many places
there are, and why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, unique

from tongxing.gateway.http.fair_queue import FairQueue
from tongxing.gateway.http.finishing_rate import FinishingRate

PATIENCE = 1 / 2
"""The part of the deadline that a request may expect to wait for a place. The rest is for its
answer, which may take longer than the last ones did."""

STANDING_PATIENCE = 1 / 4
"""The same if somebody has waited all the time: a queue that stands makes everybody wait and brings
nobody an answer more."""

STANDING_AFTER = 1 / 6
"""A queue stands after this part of the deadline."""

LATEST = 4 / 5
"""The part of the deadline by which the answer must be expected, with all that the request has
waited, before it was read included."""

LONGEST_ANSWER = 1 / 2
"""The part of the deadline that an answer is expected to take at the most: if issuers stall, their
silence ends at the deadline, and whoever comes late is answered all the same."""

LITTLE = 2.0
"""Whoever waits for no more than this is not sent away because of an estimate: its turn comes
soon, and after a burst the estimate may be wrong for a second."""

KEPT_WAITING = 3 / 2
"""Who waits already is sent away only if it would wait so many times longer than one that comes."""


@unique
class Shed(StrEnum):
    """Why a request was refused at the door."""

    SHARE = "SHARE"  # the client has its share already
    LATE = "LATE"  # it would wait too long for a place
    LONG_WORK = "LONG_WORK"  # there is too much long work already


@dataclass(slots=True, eq=False)
class Visitor:
    """A request at the door. ``name`` is that of its client or, if that is not known yet, of its
    address. ``cost`` is in questions that issuers have to be asked; ``entries`` is the long work in
    it. ``came_at`` is when it was whole."""

    name: str
    is_known: bool
    came_at: float
    cost: float = 1.0
    entries: int = 0
    begun_at: float | None = None
    has_ended: bool = False


class WaitingRoom:
    """Times are monotonic, in seconds."""

    def __init__(self, deadline_seconds: float) -> None:
        self._deadline_seconds = deadline_seconds
        self._waiting: FairQueue[Visitor] = FairQueue()
        self._rate = FinishingRate()
        self.inside = 0
        self._nobody_waited_at = float("-inf")

    @property
    def is_empty(self) -> bool:
        return not self.inside and not self._waiting

    @property
    def seconds_inside(self) -> float:
        """What a question that issuers are asked takes with a place."""
        return self._rate.seconds_inside

    @property
    def somebody_waits(self) -> bool:
        return bool(self._waiting)

    def has_place(self, places: int, at: float) -> bool:
        """For one that comes now: nobody goes before who waits."""
        if self._waiting:
            return False
        self._nobody_waited_at = at
        return self.inside < places

    def would_be_late(self, visitor: Visitor, at: float, more: float = 0.0) -> bool:
        """``more`` is what it costs, if it does not wait yet."""
        rate = self._rate.at(at)
        is_little = self._waiting.lane_cost(visitor.name) + more <= LITTLE
        expected = 0.0 if rate is None or is_little else self._before(visitor, more) / rate
        patience = self._patience(at) * (1.0 if more else KEPT_WAITING)
        return expected > patience or self._is_late(visitor, at + expected)

    def begin(self, visitor: Visitor, at: float) -> None:
        visitor.begun_at = at
        self.inside += 1

    def wait(self, visitor: Visitor) -> None:
        self._waiting.put(visitor.name, visitor, visitor.cost)

    def leave(self, visitor: Visitor, at: float) -> None:
        if visitor.begun_at is None:
            self._waiting.remove(visitor.name, visitor)
        else:
            self.inside -= 1
            self._rate.finished(visitor.cost, at - visitor.begun_at)

    def decided(self, places: int, at: float) -> Iterator[tuple[Visitor, Shed | None]]:
        """Whose turn it is now: with a place, or too late."""
        while self._waiting and self.inside < places:
            visitor = self._waiting.take()
            if self._is_late(visitor, at):
                yield visitor, Shed.LATE
            else:
                self.begin(visitor, at)
                yield visitor, None
        if not self._waiting:
            self._nobody_waited_at = at

    def window_ended(self, lasted: float, at: float) -> Iterator[Visitor]:
        """Who waits no more: because it has waited so long, or because everything has become slower
        since it came. Of the latter the newest go first: the others have waited for their turn."""
        waited = at - self._nobody_waited_at >= lasted
        self._rate.window_ended(lasted, at, waited=waited)
        for name in self._waiting.names:
            while (visitor := self._waiting.first(name)) and self._is_late(visitor, at):
                self._waiting.remove(name, visitor)
                yield visitor
            while (visitor := self._waiting.last(name)) and self.would_be_late(visitor, at):
                self._waiting.remove(name, visitor)
                yield visitor

    def _is_late(self, visitor: Visitor, begins: float) -> bool:
        most = LONGEST_ANSWER * self._deadline_seconds
        answered = begins + min(self._rate.seconds_inside * visitor.cost, most)
        return answered - visitor.came_at > LATEST * self._deadline_seconds

    def _before(self, visitor: Visitor, more: float) -> float:
        """What is done until its turn: the clients that wait take turns, and nobody waits longer
        than for all."""
        lane = self._waiting.lane_cost(visitor.name)
        clients = self._waiting.clients + (not lane)
        return min((lane + more) * clients, self._waiting.cost + more)

    def _patience(self, at: float) -> float:
        stood_for = at - self._nobody_waited_at
        is_standing = stood_for > STANDING_AFTER * self._deadline_seconds
        return self._deadline_seconds * (STANDING_PATIENCE if is_standing else PATIENCE)
