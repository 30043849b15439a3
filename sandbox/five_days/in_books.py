"""The five days lived by a city in this process, on its calendar of 2020 and without a network."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tongxing.sandbox.city.books import Figure, Tally
from tongxing.sandbox.city.city import City
from tongxing.sandbox.city.declaring import Traced
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.five_days.acts import Act, Controls, Declares, Shows, Steps, Traces
from tongxing.sandbox.five_days.cast import REPORT, Deed, Report
from tongxing.sandbox.five_days.days import AS_OF_HOURS, BEGIN_UNIX, HOURS, FiveDays, begin_of
from tongxing.sandbox.town.population import CROWD_BEGINS, Population
from tongxing.sandbox.town.records import day_of

SCALE = Fraction(1, 100)
"""So much of everybody lives through the days, unless another share is asked for."""

SEED = 20200301


@dataclass(frozen=True, slots=True)
class Lived:
    """What the city ``counted`` and what the ``report`` says at this scale, as of one time."""

    report: Report
    counted: dict[Figure, int]


def live(books: Path, scale: Fraction, seed: int) -> Lived:
    """Play the five days once; leaves the city's books in the new file ``books``."""
    report = REPORT.scaled(scale)
    population = Population(seed, report.applied)
    city = City(Store.open(books), population, BEGIN_UNIX, is_enrolled=False)
    try:
        play(city, report, seed)
        return Lived(report, as_reported(city.tally))
    finally:
        city.close()


def as_reported(tally: Tally) -> dict[Figure, int]:
    """Each figure as of the time for which the report gives it."""
    return {
        figure: tally.total_before(figure, begin_of(hour)) for figure, hour in AS_OF_HOURS.items()
    }


def play(city: City, report: Report, seed: int) -> None:
    """Everything that happens in an hour is dated at its beginning, and written at its end."""
    days = FiveDays(report, seed, lambda hour: day_of(begin_of(hour)))
    player = _Player(city)
    for hour, acts in enumerate(days.hours()):
        at = begin_of(hour)
        _settle(city, at)
        with city.transaction():
            for act in acts:
                player.carry_out(act, at)
    _settle(city, begin_of(HOURS))


def _settle(city: City, at: int) -> None:
    is_settled = False
    while not is_settled:
        is_settled = city.register.settle(at)


class _Player:
    """Hands each act to the desk of the city that it concerns."""

    def __init__(self, city: City) -> None:
        self._city = city
        community = city.community
        self._steps: dict[Deed, Callable[[int, int], object]] = {
            Deed.APPLY: community.apply,
            Deed.CONFIRM: community.confirm,
            Deed.REFUSE: community.refuse,
            Deed.FEEL_UNWELL: community.feels_unwell,
        }

    def carry_out(self, act: Act, at: int) -> None:
        city = self._city
        match act:
            case Shows(person):
                city.register.count_showing(_ordinal(person), at)
            case Declares(person, declaration, district):
                city.declaring.declare(_ordinal(person), declaration, district, at)
            case Steps(person, deed):
                self._steps[deed](_ordinal(person), at)
            case Controls(person, household):
                members = [_ordinal(each) for each in household]
                city.community.control(_ordinal(person), members, at)
            case Traces(entries):
                traced = [Traced(_ordinal(person), stay) for person, stay in entries]
                city.cross_check.load(traced, at)


def _ordinal(person: int) -> int:
    return CROWD_BEGINS + person
