"""The trace list against what holders declared: who said something false, who came from where.

Pure rules over stays and declared arrivals. Days are local calendar days.
"""

from collections.abc import Iterable

import msgspec

from tongxing.sandbox.city.areas import CITY_PREFIX, is_key, risk_of
from tongxing.sandbox.city.declaration import RECENT_DAYS
from tongxing.sandbox.city.holder import Arrival


class Stay(msgspec.Struct, frozen=True, array_like=True):
    """Somebody was in ``region`` from the first to the last day, both included."""

    region: str
    first_day: int
    last_day: int

    def is_away(self) -> bool:
        return not self.region.startswith(CITY_PREFIX)

    def is_recent(self, day: int) -> bool:
        return self.first_day <= day and day - self.last_day < RECENT_DAYS


def contradicting(stays: Iterable[Stay], arrival: Arrival | None, declared_on: int) -> Stay | None:
    """The most dangerous stay that a declaration of that day hid; None where it hid none.

    Hidden is a stay elsewhere in the fourteen days before, of which nothing was said, or a more
    dangerous one than was said, or one that went on after the arrival that was declared.
    """
    hidden = (
        stay
        for stay in stays
        if stay.is_away() and stay.is_recent(declared_on) and not _covers(arrival, stay)
    )
    return max(hidden, key=lambda stay: risk_of(stay.region), default=None)


def _covers(arrival: Arrival | None, stay: Stay) -> bool:
    if arrival is None:
        return False
    return arrival.day >= stay.last_day and risk_of(arrival.region) >= risk_of(stay.region)


def has_key_stay(stays: Iterable[Stay], day: int) -> bool:
    """Whether somebody was in a key area lately."""
    return any(is_key(stay.region) and stay.is_recent(day) for stay in stays)


def journey_from_key_area(
    stays: Iterable[Stay], arrival: Arrival | None, day: int
) -> Arrival | None:
    """From which key area somebody came within fourteen days, or is about to within as many; the
    most dangerous one of all that is declared or traced."""
    traced = [Arrival(stay.region, stay.last_day) for stay in stays if stay.is_recent(day)]
    declared = [] if arrival is None else [arrival]
    journeys = (
        journey
        for journey in declared + traced
        if is_key(journey.region) and abs(day - journey.day) < RECENT_DAYS + (journey.day > day)
    )
    return max(journeys, key=lambda journey: risk_of(journey.region), default=None)
