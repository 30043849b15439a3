"""The five days, hour by hour, against a city whose code is new.

The simulation plays the people, the communities and whoever sends the trace lists. It looks at
nothing that the city answers: whether a deed was allowed is the city's to know and to count.
"""

from collections import defaultdict
from collections.abc import Callable
from itertools import islice
from random import Random

from msgspec.structs import replace

from tongxing.sandbox.city.city import City
from tongxing.sandbox.city.cross_check import Traced
from tongxing.sandbox.city.declaration import Declaration
from tongxing.sandbox.city.trace import Stay
from tongxing.sandbox.issuers.chinese_time import day_of
from tongxing.sandbox.issuers.numbers import DIVISIONS
from tongxing.sandbox.issuers.population import CROWD_BEGINS
from tongxing.sandbox.issuers.records import HOUR
from tongxing.sandbox.simulation.cast import Cast
from tongxing.sandbox.simulation.days import (
    BEGIN_UNIX,
    EARLY_HOURS,
    HOURS,
    declared_by,
    showings_in,
)
from tongxing.sandbox.simulation.parts import EVERYDAY, Deed, Part
from tongxing.sandbox.simulation.report import Report

_DISTRICTS = DIVISIONS[:6]
_TRACE_LIST_HOUR = 6
_STAY_DAYS = 7
_HOUSEHOLD = 2


class FiveDays:
    """People are counted in the order in which they declare, and are the crowd's in that order."""

    def __init__(self, city: City, report: Report, seed: int) -> None:
        self._city = city
        self._people = report.applied
        self._cast = Cast(report, declared_by(EARLY_HOURS - 1, report.applied), seed)
        self._chance = Random(seed)  # noqa: S311 -- a simulation must come out alike every time
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
        """Every other stay is in the city's books before its holder declares; the others come with
        the next list."""
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
        """A journey is as many days further back as have passed since it was first declared."""
        truth = self._cast.part(index).truth
        if truth.journey is not None:
            days = truth.journey.arrived_days_ago + day_of(at) - self._declared_on[index]
            truth = replace(truth, journey=replace(truth.journey, arrived_days_ago=days))
        self._declare(index, truth, at)

    def _control(self, index: int, at: int) -> None:
        """The household are those before in the row who play no part of their own."""
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
    """A step of the community's, for somebody counted as the simulation counts."""
    return lambda index, at: take(_ordinal(index), at)
