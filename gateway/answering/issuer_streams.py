"""The streams of questions for one issuer: what may leave with what, and by how many exchanges.

Responsible for a single question not waiting behind a manifest, and for nobody's questions leaving
with those that have come by another road: the hubs that are asked next refuse a road as a whole.
Refuses to know when something leaves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

from tongxing.adapters.dialect import ByCode
from tongxing.adapters.wire import CONCURRENT_EXCHANGES
from tongxing.gateway.answering.asked import KeyedQuestion
from tongxing.gateway.answering.issuer_pace import IssuerPace
from tongxing.gateway.answering.lanes import Lanes
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


@dataclass(slots=True, eq=False)
class Stream:
    """Questions that may leave with each other, at most ``at_once``; ``most`` exchanges of the
    issuer may be under way when one of this stream leaves."""

    at_once: int
    most: int = CONCURRENT_EXCHANGES
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
        self._relayed: dict[tuple[str, Road, bool], Stream] = {}

    def each(self) -> Iterable[Stream]:
        """This hub's own first. Those of other hubs' roads that hold nothing any more are gone."""
        for key in [key for key, stream in self._relayed.items() if _is_idle(stream)]:
            del self._relayed[key]
        return (*self._own, *self._relayed.values())

    def of(self, asked: KeyedQuestion, wait: Wait, *, is_manifest: bool) -> Stream | None:
        """Where a question goes; None if there is no room for one more road. A scan leaves alone,
        by whatever road it has come."""
        if isinstance(asked.question, ByCode):
            return self._scans
        if not wait.road:
            return self._manifests if is_manifest else self._few
        return self._of_road(wait.moment.client_id, wait.road, is_manifest)

    def _of_road(self, client: str, road: Road, is_manifest: bool) -> Stream | None:  # noqa: FBT001 - a part of the key
        key = (client, road, is_manifest)
        stream = self._relayed.get(key)
        if stream is None:
            others = {of for by, of, _ in self._relayed if by == client} - {road}
            if len(others) >= ROADS_OF_ONE:
                return None
            most = CONCURRENT_EXCHANGES - LEFT_FOR_FEW
            stream = self._relayed[key] = Stream(self._batch_limit, most)
        return stream


def _is_idle(stream: Stream) -> bool:
    return not stream.lanes and not stream.under_way
