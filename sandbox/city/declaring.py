"""Declarations, and the cross-check of declarations against the trace list, whichever comes later.

A declaration meets most of the city's checks: control and household, the color, whether it is
false, and whether a district must be told. The cross-check finds false declarations: the holder
gets a notice and must declare again, and turns red after a recent stay in a key area. It also finds
everybody who came or is coming from a key area and reports them to the district to which they come.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from tongxing.sandbox.city.books import Figure, Households, Tally, TraceBook
from tongxing.sandbox.city.declaration import (
    RECENT_DAYS,
    Arrival,
    Declaration,
    Risk,
    Stay,
    Verdict,
    contradicting,
    declared_color,
    has_key_stay,
    journey_from_key_area,
    risk_of,
    verdict,
)
from tongxing.sandbox.city.life import Circumstances, Holder
from tongxing.sandbox.city.register import CityRegister
from tongxing.sandbox.city.stages import Event
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.town.records import DAY, Basis, Color, day_of

_FOUND = (
    "【镇江健康码·模拟】您好！经数据比对，您的健康申报与行程信息不一致。请尽快重新如实申报，"
    "并向居住地村（社区）报备。"
)
_RED = "您的健康码已转为红码，请暂勿外出，等候村（社区）联系核查。"
_HELP = "如信息有误，请向村（社区）说明或拨打12345。不会操作的，可请家人或村（社区）工作人员代办。"
_FOUND_EN = (
    " [Zhenjiang health code, simulated] Your declaration differs from the journeys that were "
    "found. Please declare anew, truthfully, and report to your village or community."
)
_RED_EN = " Your code is red now: please stay at home until your village or community calls."
_HELP_EN = (
    " If this is a mistake, tell your village or community, or call 12345. Family or community "
    "staff may do it for you."
)


def notice(*, turned_red: bool) -> str:
    """What a holder is told whose declaration differs from the trace list: what was found, what to
    do now, and where to turn to, also without a phone."""
    red, red_en = (_RED, _RED_EN) if turned_red else ("", "")
    return f"{_FOUND}{red}{_HELP}{_FOUND_EN}{red_en}{_HELP_EN}"


_EXPOSED = Circumstances(
    Color.RED, (Basis.FALSE_DECLARATION, Basis.CROSS_CHECK, Basis.HIGH_RISK_AREA)
)


@dataclass(frozen=True, slots=True)
class Traced:
    """One entry of a trace list, with the person found."""

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
        """Enter a whole trace list in the books and check everybody it names."""
        with self._store.transaction():
            for entry in traced:
                self._book.add_stay(entry.ordinal, entry.stay)
            for ordinal in dict.fromkeys(entry.ordinal for entry in traced):
                holder = self._register.current(ordinal, at)
                if holder is not None:
                    self.check(ordinal, holder, at)

    def check(self, ordinal: int, holder: Holder, at: int) -> Holder:
        """The holder after both checks. A person without a code is checked when they declare."""
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
            raise RuntimeError("the table has no move for a false declaration")
        turned_red = after.color is Color.RED and holder.color is not Color.RED
        told = notice(turned_red=turned_red)
        self._book.notify(self._register.document_of(ordinal), told, at)
        self._tally.count(Figure.DECLARED_FALSELY, at)
        if turned_red:
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
        """Within fourteen days it is the same journey, and the district already knows."""
        before = self._book.handed_over_at(ordinal)
        return before is not None and at - before < RECENT_DAYS * DAY


_EVENTS = {
    Verdict.WELL: Event.DECLARES_WELL,
    Verdict.ARRIVAL: Event.DECLARES_ARRIVAL,
    Verdict.GROUNDS: Event.DECLARES_GROUNDS,
}


class Declaring:
    def __init__(
        self,
        store: Store,
        register: CityRegister,
        households: Households,
        cross_check: CrossCheck,
    ) -> None:
        self._store = store
        self._register = register
        self._households = households
        self._cross_check = cross_check

    def declare(self, ordinal: int, declaration: Declaration, place: str, at: int) -> Holder:
        """The holder after the declaration and its cross-check; ``place`` is the district of
        residence or destination."""
        arrival = _arrival(declaration, day_of(at))
        color, basis = declared_color(self._with_what_is_known(ordinal, declaration))
        given = Circumstances(color, basis, place, arrival)
        with self._store.transaction():
            held = self._register.current(ordinal, at)
            after = self._register.happen(ordinal, _event(held, given), at, given)
            if after is None:
                raise RuntimeError("the table has no move for a declaration")
            return self._cross_check.check(ordinal, after, at)

    def _with_what_is_known(self, ordinal: int, declaration: Declaration) -> Declaration:
        """A declaration cannot deny a control that the community knows about."""
        is_controlled = self._households.controlled_since(ordinal) is not None
        return replace(
            declaration,
            under_control=declaration.under_control or is_controlled,
            household_under_control=declaration.household_under_control
            or self._households.lives_with_controlled(ordinal),
        )


def _arrival(declaration: Declaration, today: int) -> Arrival | None:
    journey = declaration.journey
    return None if journey is None else Arrival(journey.region, today - journey.arrived_days_ago)


def _event(held: Holder | None, given: Circumstances) -> Event:
    event = _EVENTS[verdict(given.basis)]
    if event is Event.DECLARES_ARRIVAL and held is not None and _was_converted_over(held, given):
        return Event.DECLARES_WELL
    return event


def _was_converted_over(held: Holder, given: Circumstances) -> bool:
    """Whether this is the arrival that the community already cleared; declaring it again changes
    nothing."""
    return held.basis == (Basis.CONVERTED,) and held.arrival == given.arrival
