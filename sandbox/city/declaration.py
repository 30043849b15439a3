"""What a holder declares, where they were, and what the city's published rules make of both.

Pure rules (docs/facts.md §3.3); nothing is stored or signed here. Days are local calendar days. The
list of risk areas is invented, but its division codes are real.
"""

from collections.abc import Iterable
from enum import IntEnum, StrEnum, unique
from typing import Annotated

import msgspec

from tongxing.sandbox.town.records import Basis, Color

RECENT_DAYS = 14
_EVER_DAYS = 40_000
"""Longer than any life, and short enough that no day counted back leaves the calendar."""

CITY_PREFIX = "3211"

Region = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")]
"""A GB/T 2260 code."""

District = Annotated[str, msgspec.Meta(pattern=rf"^{CITY_PREFIX}[0-9]{{2}}$")]
"""A district of the city, GB/T 2260."""


@unique
class Risk(IntEnum):
    ORDINARY = 0
    HIGH = 1
    WORST = 2


_LIST_OF_THE_DAY = {"42": Risk.WORST, "3303": Risk.HIGH, "4115": Risk.HIGH}
"""By the first digits of the GB/T 2260 code: a province, or a prefecture. A key area is one of
high risk or worse; a place that is not listed is ordinary."""


def risk_of(region: str) -> Risk:
    for prefix, risk in _LIST_OF_THE_DAY.items():
        if region.startswith(prefix):
            return risk
    return Risk.ORDINARY


def is_key(region: str) -> bool:
    return risk_of(region) is not Risk.ORDINARY


class Journey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the holder came from. Below zero: they are on the way and arrive in so many days."""

    region: Region = msgspec.field(name="from")
    arrived_days_ago: Annotated[int, msgspec.Meta(ge=-RECENT_DAYS, le=_EVER_DAYS)]

    def is_recent(self) -> bool:
        return self.arrived_days_ago < RECENT_DAYS


class Declaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``journey`` None: the holder has been in Zhenjiang all along. Unknown members are refused;
    otherwise a misspelled symptom would read as no symptom."""

    journey: Journey | None = None
    contact_in_key_area: bool = False
    symptoms: bool = False
    under_control: bool = False
    household_under_control: bool = False


@unique
class Verdict(StrEnum):
    """What a declaration means for a code. WELL: nothing speaks against green. ARRIVAL: only an
    arrival from an ordinary place, which the community may clear. GROUNDS: anything else."""

    WELL = "well"
    ARRIVAL = "arrival"
    GROUNDS = "grounds"


def declared_color(declaration: Declaration) -> tuple[Color, tuple[Basis, ...]]:
    """Red before yellow before green; all grounds for the resulting color are kept."""
    red, yellow = _grounds_for_red(declaration), _grounds_for_yellow(declaration)
    if red:
        return Color.RED, red
    return (Color.YELLOW, yellow) if yellow else (Color.GREEN, (Basis.DECLARED,))


def verdict(basis: tuple[Basis, ...]) -> Verdict:
    return _VERDICTS.get(basis, Verdict.GROUNDS)


_VERDICTS: dict[tuple[Basis, ...], Verdict] = {
    (Basis.DECLARED,): Verdict.WELL,
    (Basis.ARRIVED_WITHIN_14_DAYS,): Verdict.ARRIVAL,
}


def _is_recent(declaration: Declaration) -> bool:
    return declaration.journey is not None and declaration.journey.is_recent()


def _is_from_key_area(declaration: Declaration) -> bool:
    return declaration.journey is not None and is_key(declaration.journey.region)


def _grounds_for_red(declaration: Declaration) -> tuple[Basis, ...]:
    from_key_area = _is_recent(declaration) and _is_from_key_area(declaration)
    return _those_that_hold(
        {
            Basis.HIGH_RISK_AREA: from_key_area or declaration.contact_in_key_area,
            Basis.ISOLATION_NOT_ENDED: declaration.under_control,
            Basis.HOUSEHOLD_MEMBER: declaration.household_under_control,
        }
    )


def _grounds_for_yellow(declaration: Declaration) -> tuple[Basis, ...]:
    return _those_that_hold(
        {
            Basis.ARRIVED_WITHIN_14_DAYS: _is_recent(declaration),
            Basis.SYMPTOMS: declaration.symptoms,
        }
    )


def _those_that_hold(grounds: dict[Basis, bool]) -> tuple[Basis, ...]:
    return tuple(basis for basis, holds in grounds.items() if holds)


class Arrival(msgspec.Struct, frozen=True, array_like=True):
    """``day`` is a local calendar day (``records.day_of``)."""

    region: str
    day: int


class Stay(msgspec.Struct, frozen=True, array_like=True):
    """A person was in ``region`` from the first to the last day, both included."""

    region: str
    first_day: int
    last_day: int

    def is_away(self) -> bool:
        return not self.region.startswith(CITY_PREFIX)

    def is_recent(self, day: int) -> bool:
        return self.first_day <= day and day - self.last_day < RECENT_DAYS


def contradicting(stays: Iterable[Stay], arrival: Arrival | None, declared_on: int) -> Stay | None:
    """The most dangerous stay that a declaration on that day hid; None if it hid none.

    A declaration hides a stay elsewhere in the fourteen days before it if it does not mention
    the stay, names a less dangerous place, or names an arrival before the stay ended.
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
    """Whether any stay was in a key area in the last fourteen days."""
    return any(is_key(stay.region) and stay.is_recent(day) for stay in stays)


def journey_from_key_area(
    stays: Iterable[Stay], arrival: Arrival | None, day: int
) -> Arrival | None:
    """The journey from a key area, declared or traced, that ended in the last fourteen days or
    ends in the next fourteen; the most dangerous one if there are several."""
    traced = [Arrival(stay.region, stay.last_day) for stay in stays if stay.is_recent(day)]
    declared = [] if arrival is None else [arrival]
    journeys = (
        journey
        for journey in declared + traced
        if is_key(journey.region) and abs(day - journey.day) < RECENT_DAYS + (journey.day > day)
    )
    return max(journeys, key=lambda journey: risk_of(journey.region), default=None)
