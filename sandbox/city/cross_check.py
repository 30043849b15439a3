"""Declarations against the trace list, whichever of the two comes later.

Finds what was declared falsely: the holder gets a notice and must declare again, and whoever has
lately been in a key area turns red. Finds who came or is coming from a key area, declared or not,
and hands them to the district to which they come.
"""

from dataclasses import dataclass

from tongxing.sandbox.city.areas import Risk, risk_of
from tongxing.sandbox.city.declaration import RECENT_DAYS
from tongxing.sandbox.city.holder import Holder
from tongxing.sandbox.city.life import Circumstances
from tongxing.sandbox.city.register import CityRegister
from tongxing.sandbox.city.stages import Event
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.city.tally import Figure, Tally
from tongxing.sandbox.city.trace import Stay, contradicting, has_key_stay, journey_from_key_area
from tongxing.sandbox.city.trace_book import TraceBook
from tongxing.sandbox.issuers.chinese_time import day_of
from tongxing.sandbox.issuers.records import DAY, Basis, Color

NOTICE = (
    "您的健康申报与核查信息不符，请如实重新申报，并向所在社区报告。"
    "Your declaration differs from what was found: please declare truthfully and report to "
    "your community."
)

_EXPOSED = Circumstances(
    Color.RED, (Basis.FALSE_DECLARATION, Basis.CROSS_CHECK, Basis.HIGH_RISK_AREA)
)


@dataclass(frozen=True, slots=True)
class Traced:
    """One entry of a trace list, its person found."""

    ordinal: int
    stay: Stay


class CrossCheck:
    def __init__(
        self, store: Store, register: CityRegister, trace_book: TraceBook, tally: Tally
    ) -> None:
        self._store = store
        self._register = register
        self._book = trace_book
        self._tally = tally

    def load(self, traced: list[Traced], at: int) -> None:
        """Take a trace list into the books, whole, and check all whom it names."""
        with self._store.transaction():
            for entry in traced:
                self._book.add_stay(entry.ordinal, entry.stay)
            for ordinal in dict.fromkeys(entry.ordinal for entry in traced):
                holder = self._register.current(ordinal, at)
                if holder is not None:
                    self.check(ordinal, holder, at)

    def check(self, ordinal: int, holder: Holder, at: int) -> Holder:
        """The holder after both searches. Somebody without a code is found when they declare."""
        stays = self._book.stays(ordinal)
        if not stays and holder.arrival is None:
            return holder
        with self._store.transaction():
            self._hand_over(ordinal, holder, stays, at)
            hidden = contradicting(stays, holder.arrival, day_of(holder.declared_at))
            if hidden is None or holder.doubted:
                return holder
            return self._expose(ordinal, holder, stays, at)

    def _expose(self, ordinal: int, holder: Holder, stays: list[Stay], at: int) -> Holder:
        from_key_area = has_key_stay(stays, day_of(at))
        event = Event.FOUND_FALSE_FROM_KEY_AREA if from_key_area else Event.FOUND_FALSE
        after = self._register.happen(ordinal, event, at, _EXPOSED)
        if after is None:
            raise RuntimeError("a false declaration can be found in every stage")
        self._book.notify(self._register.document_of(ordinal), NOTICE, at)
        self._tally.count(Figure.DECLARED_FALSELY, at)
        if after.color is Color.RED and holder.color is not Color.RED:
            self._tally.count(Figure.TURNED_RED, at)
        return after

    def _hand_over(self, ordinal: int, holder: Holder, stays: list[Stay], at: int) -> None:
        journey = journey_from_key_area(stays, holder.arrival, day_of(at))
        if journey is None or self._is_handed_over(ordinal, at):
            return
        self._book.hand_over(ordinal, holder.place, journey, at)
        self._tally.count(Figure.FROM_HIGH_RISK, at)
        if risk_of(journey.region) is Risk.WORST:
            self._tally.count(Figure.FROM_WORST_HIT, at)

    def _is_handed_over(self, ordinal: int, at: int) -> bool:
        """Within fourteen days it is the same journey, and the district knows."""
        before = self._book.handed_over_at(ordinal)
        return before is not None and at - before < RECENT_DAYS * DAY
