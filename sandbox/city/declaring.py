"""A holder declares: the city's rules, what the books already say, and what the trace list says.

Declaring is where most of the city's checks meet: control and household, the color, whether the
declaration is false, and whether a district must be told.
"""

from msgspec.structs import replace

from tongxing.sandbox.city.cross_check import CrossCheck
from tongxing.sandbox.city.declaration import Declaration, Verdict, declared_color, verdict
from tongxing.sandbox.city.holder import Arrival, Holder
from tongxing.sandbox.city.households import Households
from tongxing.sandbox.city.life import Circumstances
from tongxing.sandbox.city.register import CityRegister
from tongxing.sandbox.city.stages import Event
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.issuers.chinese_time import day_of
from tongxing.sandbox.issuers.records import Basis

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
        """The holder after it, cross-check included; ``place`` is the district of residence or
        destination."""
        arrival = _arrival(declaration, day_of(at))
        color, basis = declared_color(self._with_what_is_known(ordinal, declaration))
        given = Circumstances(color, basis, place, arrival)
        with self._store.transaction():
            held = self._register.current(ordinal, at)
            after = self._register.happen(ordinal, _event(held, given), at, given)
            if after is None:
                raise RuntimeError("a declaration can be made in every stage")
            return self._cross_check.check(ordinal, after, at)

    def _with_what_is_known(self, ordinal: int, declaration: Declaration) -> Declaration:
        """Nobody declares away a control that the community knows of."""
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
    """Whether this is the very arrival over which the community let the code become green: said
    again it is no news."""
    return held.basis == (Basis.CONVERTED,) and held.arrival == given.arrival
