"""The streams of questions for one issuer: what may leave with what, and by how many exchanges.

Responsible for a single question not waiting behind a manifest, and for nobody's questions leaving
with those that have come by another road: the hubs that are asked next refuse a road as a whole.
What other hubs ask never takes the exchanges or the room of this hub's own clients.
Refuses to know when something leaves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from math import inf

from tongxing.adapters.dialect import ByCode
from tongxing.adapters.wire import CONCURRENT_EXCHANGES
from tongxing.gateway.answering.asked import KeyedQuestion
from tongxing.gateway.answering.issuer_pace import IssuerPace
from tongxing.gateway.answering.lanes import MOST_WAITING, MOST_WAITING_OF_ONE, Lanes
from tongxing.gateway.answering.open_questions import OpenQuestion, Wait
from tongxing.gateway.answering.road import Road

GAP_SECONDS = 0.02
"""What waits for the answer to one exchange leaves after this time at the latest: an issuer that
takes long over one question does not hold up the next. Each further exchange under way doubles it:
an issuer that takes long over all of them, or a hub that is too busy to read them, gets fewer and
larger ones. In the three seconds of a deadline eight leave in vain."""

FEW = 10
"""A request with more questions than this is a manifest, and its questions leave apart from those
of others: a single question is not answered with two hundred of them."""

LEFT_FOR_FEW = 8
"""So many of the exchanges that may be under way are for single questions of this hub's own
clients, and for scans."""

ROADS_OF_ONE = 8
"""By so many roads the questions of one asking hub may wait at a time; those by a further one are
BUSY. The names before its own in a road are its word."""

RELAYED_AT_ONCE = 16
"""So many exchanges may be under way for all asking hubs together. The others are for this hub's
own clients."""

RELAYED_OF_ONE = 12
"""And for one asking hub, whatever its roads."""


class _Kind(Enum):
    FEW = auto()
    MANIFEST = auto()
    SCAN = auto()


@dataclass(slots=True, eq=False)
class Stream:
    """Questions that may leave with each other, at most ``at_once``; ``most`` exchanges of the
    issuer may be under way when one of this stream leaves. ``asking_hub`` is the client whose they
    are; None for this hub's own clients."""

    at_once: int
    most: int = CONCURRENT_EXCHANGES
    asking_hub: str | None = None
    lanes: Lanes[OpenQuestion] = field(default_factory=Lanes)
    under_way: int = 0
    left_at: float = -inf
    pace: IssuerPace = field(init=False)

    def __post_init__(self) -> None:
        self.pace = IssuerPace(self.at_once, self.most)

    @property
    def leaves_at(self) -> float:
        """When the next questions leave at the latest. If none can leave together, or none is under
        way, there is nothing to wait for."""
        if self.at_once == 1 or not self.under_way:
            return -inf
        return self.left_at + GAP_SECONDS * 2.0 ** (self.under_way - 1)


class Streams:
    """Those of this hub's own clients, and for each hub that asks one for each of its roads."""

    def __init__(self, batch_limit: int) -> None:
        self._batch_limit = batch_limit
        self._few = Stream(batch_limit)
        self._manifests = Stream(batch_limit, CONCURRENT_EXCHANGES - LEFT_FOR_FEW)
        self._scans = Stream(1)
        self._own = (self._scans, self._few, self._manifests)
        self._relayed: dict[tuple[str, Road, _Kind], Stream] = {}

    def each(self) -> Iterable[Stream]:
        """This hub's own first, and then who has waited longest for a turn. Those of other hubs'
        roads that hold nothing any more are gone."""
        for key in [key for key, stream in self._relayed.items() if _is_idle(stream)]:
            del self._relayed[key]
        return (*self._own, *sorted(self._relayed.values(), key=_left_at))

    def may_leave(self, stream: Stream, under_way: int) -> bool:
        """Whether one more exchange may be under way for ``stream`` when so many are."""
        if under_way >= stream.most:
            return False
        hub = stream.asking_hub
        if hub is None:
            return True
        relayed = self._relayed.values()
        of_one = sum(each.under_way for each in relayed if each.asking_hub == hub)
        of_all = sum(each.under_way for each in relayed)
        return of_one < RELAYED_OF_ONE and of_all < RELAYED_AT_ONCE

    def of(self, asked: KeyedQuestion, wait: Wait, *, is_manifest: bool) -> Stream | None:
        """Where a question goes; None if there is no room for what one more hub asks. A scan
        leaves alone, by whatever road it has come."""
        is_scan = isinstance(asked.question, ByCode)
        if not wait.road:
            if is_scan:
                return self._scans
            return self._manifests if is_manifest else self._few
        hub = wait.moment.client_id
        if not self._has_room(hub):
            return None
        if is_scan:
            return self._relayed_stream(hub, (), _Kind.SCAN)
        if not self._may_come_by(hub, wait.road):
            return None
        return self._relayed_stream(hub, wait.road, _Kind.MANIFEST if is_manifest else _Kind.FEW)

    def _has_room(self, hub: str) -> bool:
        """In each lane as many as a client may have, but of all its roads together."""
        of_one = sum(len(each.lanes) for each in self._relayed.values() if each.asking_hub == hub)
        of_all = sum(len(each.lanes) for each in self._relayed.values())
        return of_one < MOST_WAITING_OF_ONE and of_all < MOST_WAITING

    def _may_come_by(self, hub: str, road: Road) -> bool:
        others = {of for by, of, _ in self._relayed if by == hub and of} - {road}
        return len(others) < ROADS_OF_ONE

    def _relayed_stream(self, hub: str, road: Road, kind: _Kind) -> Stream:
        stream = self._relayed.get((hub, road, kind))
        if stream is None:
            at_once = 1 if kind is _Kind.SCAN else self._batch_limit
            stream = Stream(at_once, CONCURRENT_EXCHANGES - LEFT_FOR_FEW, hub)
            self._relayed[hub, road, kind] = stream
        return stream


def _is_idle(stream: Stream) -> bool:
    return not stream.lanes and not stream.under_way


def _left_at(stream: Stream) -> float:
    return stream.left_at
