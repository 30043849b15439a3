"""The five days, hour by hour, against a city whose code is new.

Plays the people, the communities and the senders of the trace lists, and ignores the city's
answers: the city decides whether a deed was allowed, and counts it. Hours are counted from 1 March
2020, 00:00 local time; the report counts up to 5 March, 20:00, and the people from high-risk areas
up to the evening of 4 March.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

from msgspec.structs import replace

from tongxing.sandbox.city.books import Figure, Tally
from tongxing.sandbox.city.city import City
from tongxing.sandbox.city.declaration import Declaration, Stay
from tongxing.sandbox.city.declaring import Traced
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.five_days.cast import EVERYDAY, REPORT, Cast, Deed, Part, Report
from tongxing.sandbox.town.documents import DIVISIONS
from tongxing.sandbox.town.population import CROWD_BEGINS, Population
from tongxing.sandbox.town.records import HOUR, day_of, start_of_day

_FIRST_DAY = day_of(1_582_992_000)
BEGIN_UNIX = start_of_day(_FIRST_DAY)
HOURS = 4 * 24 + 20
EARLY_HOURS = 3 * 24
EVENING_BEFORE_HOURS = 3 * 24 + 20
"""4 March, 20:00. The report says "evening"; the hour is ours."""

AS_OF_UNIX = dict.fromkeys(Figure, BEGIN_UNIX + HOURS * HOUR) | dict.fromkeys(
    (Figure.FROM_HIGH_RISK, Figure.FROM_WORST_HIT), BEGIN_UNIX + EVENING_BEFORE_HOURS * HOUR
)
"""The time for which the report gives each figure."""

_DECLARING_BY_DAY = (26, 24, 20, 17, 13)
_BY_HOUR = (1, 0, 0, 0, 1, 3, 8, 14, 14, 11, 9, 9, 8, 7, 7, 8, 9, 12, 12, 9, 7, 5, 3, 2)
"""Weights of the hours of a day: most before and after work."""

_SHOWINGS_A_DAY = 2.18
"""Of each holder: at the market, the bus, the office."""


def declared_by(hour: int, people: int) -> int:
    """How many have declared when ``hour`` ends."""
    return people * _weight(hour + 1) // _weight(HOURS)


def showings_in(hour: int, holders: int) -> int:
    return int(holders * _SHOWINGS_A_DAY * _BY_HOUR[hour % 24] / sum(_BY_HOUR))


def _weight(hours: int) -> int:
    days, rest = divmod(hours, 24)
    whole = sum(_DECLARING_BY_DAY[:days]) * sum(_BY_HOUR)
    return whole + (_DECLARING_BY_DAY[days] * sum(_BY_HOUR[:rest]) if rest else 0)


_DISTRICTS = DIVISIONS[:6]
_TRACE_LIST_HOUR = 6
_STAY_DAYS = 7
_HOUSEHOLD = 2


class FiveDays:
    """People are counted in the order in which they declare, which is their order in the crowd."""

    def __init__(self, city: City, report: Report, seed: int) -> None:
        self._city = city
        self._people = report.applied
        self._cast = Cast(report, declared_by(EARLY_HOURS - 1, report.applied), seed)
        self._chance = Random(seed)  # noqa: S311 -- every run must come out alike
        self._declared = 0
        self._declared_on: dict[int, int] = {}
        self._agenda: defaultdict[int, list[tuple[int, Deed]]] = defaultdict(list)
        self._untold: list[Traced] = []
        community = city.community
        self._deeds: dict[Deed, Callable[[int, int], object]] = {
            Deed.APPLY: _for_person(community.apply),
            Deed.CONFIRM: _for_person(community.confirm),
            Deed.REFUSE: _for_person(community.refuse),
            Deed.FEEL_UNWELL: _for_person(community.feels_unwell),
            Deed.DECLARE_TRULY: self._declare_truly,
            Deed.CONTROL: self._control,
        }

    def run(self) -> None:
        for hour in range(HOURS):
            at = BEGIN_UNIX + hour * HOUR
            self._settle(at)
            with self._city.transaction():
                self._live(hour, at)
        self._settle(BEGIN_UNIX + HOURS * HOUR)

    def _settle(self, at: int) -> None:
        is_settled = False
        while not is_settled:
            is_settled = self._city.register.settle(at)

    def _live(self, hour: int, at: int) -> None:
        if hour % 24 == _TRACE_LIST_HOUR:
            self._city.cross_check.load(self._untold, at)
            self._untold = []
        for index, deed in self._agenda.pop(hour, []):
            self._deeds[deed](index, at)
        for index in range(self._declared, declared_by(hour, self._people)):
            self._declare_first(index, hour, at)
        self._show(hour, at)

    def _declare_first(self, index: int, hour: int, at: int) -> None:
        part = self._cast.part(index)
        if part is not EVERYDAY:
            self._begin_part(index, part, hour, at)
        self._declare(index, part.says, at)
        self._declared = index + 1

    def _begin_part(self, index: int, part: Part, hour: int, at: int) -> None:
        self._declared_on[index] = day_of(at)
        for hours, deed in part.later:
            self._agenda[hour + hours].append((index, deed))
        if part.was_in is not None:
            self._trace(index, part.was_in, at)

    def _trace(self, index: int, was_in: tuple[str, int], at: int) -> None:
        """Every second stay is in the city's books before its holder declares; the others come
        with the next list."""
        region, days_ago = was_in
        last_day = day_of(at) - days_ago
        traced = Traced(_ordinal(index), Stay(region, last_day - _STAY_DAYS, last_day))
        if index % 2:
            self._city.cross_check.load([traced], at)
        else:
            self._untold.append(traced)

    def _declare(self, index: int, declaration: Declaration, at: int) -> None:
        district = _DISTRICTS[index % len(_DISTRICTS)]
        self._city.declaring.declare(_ordinal(index), declaration, district, at)

    def _declare_truly(self, index: int, at: int) -> None:
        """The days since the first declaration are added to the journey's age."""
        truth = self._cast.part(index).truth
        if truth.journey is not None:
            days = truth.journey.arrived_days_ago + day_of(at) - self._declared_on[index]
            truth = replace(truth, journey=replace(truth.journey, arrived_days_ago=days))
        self._declare(index, truth, at)

    def _control(self, index: int, at: int) -> None:
        """The household: the people just before in the order who play EVERYDAY."""
        before = (each for each in range(index - 1, -1, -1) if self._cast.part(each) is EVERYDAY)
        members = [_ordinal(each) for each in islice(before, _HOUSEHOLD)]
        self._city.community.control(_ordinal(index), members, at)

    def _show(self, hour: int, at: int) -> None:
        for _ in range(showings_in(hour, self._declared)):
            index = int(self._chance.random() * self._declared)
            self._city.register.count_showing(_ordinal(index), at)


def _ordinal(index: int) -> int:
    return CROWD_BEGINS + index


def _for_person(take: Callable[[int, int], object]) -> Callable[[int, int], object]:
    """A community's step, for a person's index instead of their ordinal."""
    return lambda index, at: take(_ordinal(index), at)


SCALE = 100
"""One person in so many lives through the days, unless everybody does."""

SEED = 20200301


@dataclass(frozen=True, slots=True)
class Lived:
    """What the city ``counted`` and what the ``report`` says at this scale, as of one time."""

    report: Report
    counted: dict[Figure, int]


def as_reported(tally: Tally) -> dict[Figure, int]:
    """Each figure as of the time for which the report gives it."""
    return {figure: tally.total_before(figure, at) for figure, at in AS_OF_UNIX.items()}


def live(books: Path, scale: int, seed: int) -> Lived:
    """Play the five days once; leaves the city's books in the new file ``books``."""
    report = REPORT.scaled(scale)
    population = Population(seed, report.applied)
    city = City(Store.open(books), population, BEGIN_UNIX, is_enrolled=False)
    try:
        FiveDays(city, report, seed).run()
        return Lived(report, as_reported(city.tally))
    finally:
        city.close()
