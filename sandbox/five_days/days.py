"""The five days, hour by hour: what people, communities and the senders of trace lists do.

Drawn from a seed. Ignores the city's answers: the city decides whether a deed was allowed, and
counts it. Hours are counted from 1 March 2020, 00:00 local time; the report counts up to 5 March,
20:00, and the people from high-risk areas up to the evening of 4 March.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import accumulate, islice, pairwise
from random import Random

from msgspec.structs import replace

from tongxing.sandbox.city.books import Figure
from tongxing.sandbox.city.declaration import Stay
from tongxing.sandbox.five_days.acts import Act, Controls, Declares, Shows, Steps, Traces
from tongxing.sandbox.five_days.cast import EVERYDAY, Cast, Deed, Part, Report
from tongxing.sandbox.town.documents import DIVISIONS
from tongxing.sandbox.town.records import HOUR, day_of, start_of_day

_FIRST_DAY = day_of(1_582_992_000)
BEGIN_UNIX = start_of_day(_FIRST_DAY)
DAY_HOURS = 24
HOURS = 4 * DAY_HOURS + 20
EARLY_HOURS = 3 * DAY_HOURS
EVENING_BEFORE_HOURS = 3 * DAY_HOURS + 20
"""4 March, 20:00. The report says "evening"; the hour is ours."""

_OF_THE_EVENING_BEFORE = (Figure.FROM_HIGH_RISK, Figure.FROM_WORST_HIT)
AS_OF_HOURS = dict.fromkeys(Figure, HOURS) | dict.fromkeys(
    _OF_THE_EVENING_BEFORE, EVENING_BEFORE_HOURS
)
"""The hour before whose beginning the report counted each figure."""


def begin_of(hour: int) -> int:
    """The Unix second of 2020 in which ``hour`` begins."""
    return BEGIN_UNIX + hour * HOUR


_DECLARING_BY_DAY = (26, 24, 20, 17, 13)
_BY_HOUR = (1, 0, 0, 0, 1, 3, 8, 14, 14, 11, 9, 9, 8, 7, 7, 8, 9, 12, 12, 9, 7, 5, 3, 2)
"""Weights of the hours of a day: most before and after work."""

_SHOWINGS_A_DAY = Fraction(218, 100)
"""Of each holder: at the market, the bus, the office."""


def declared_by(hour: int, people: int) -> int:
    """How many have declared when ``hour`` ends."""
    return people * _weight(hour + 1) // _weight(HOURS)


def showings_by_hour(people: int) -> list[int]:
    """How often those who have declared show their codes in each hour. What an hour has too little
    for a whole showing is carried to the next, so that few people show theirs as often."""
    weights = (declared_by(h, people) * _BY_HOUR[h % DAY_HOURS] for h in range(HOURS))
    until = [int(_SHOWINGS_A_DAY * total / sum(_BY_HOUR)) for total in accumulate(weights)]
    return [end - begin for begin, end in pairwise([0, *until])]


def _weight(hours: int) -> int:
    days, rest = divmod(hours, DAY_HOURS)
    whole = sum(_DECLARING_BY_DAY[:days]) * sum(_BY_HOUR)
    return whole + (_DECLARING_BY_DAY[days] * sum(_BY_HOUR[:rest]) if rest else 0)


_DISTRICTS = DIVISIONS[:6]
_TRACE_LIST_HOUR = 6
_STAY_DAYS = 7
_HOUSEHOLD = 2


class FiveDays:
    """``today`` gives the local calendar day (``day_of``) on which the city lives while an hour is
    played: journeys and stays are dated by it."""

    def __init__(self, report: Report, seed: int, today: Callable[[int], int]) -> None:
        self._people = report.applied
        self._showings = showings_by_hour(report.applied)
        self._cast = Cast(report, declared_by(EARLY_HOURS - 1, report.applied), seed)
        self._chance = Random(seed)  # noqa: S311 -- every run must come out alike
        self._today = today
        self._declared = 0
        self._declared_on: dict[int, int] = {}
        self._agenda: defaultdict[int, list[tuple[int, Deed]]] = defaultdict(list)
        self._untold: list[tuple[int, Stay]] = []

    def hours(self) -> Iterator[Iterator[Act]]:
        """The acts of each hour, in their order. An hour is over before the next is asked for."""
        return (self._live(hour) for hour in range(HOURS))

    def _live(self, hour: int) -> Iterator[Act]:
        if hour % DAY_HOURS == _TRACE_LIST_HOUR and self._untold:
            yield Traces(tuple(self._untold))
            self._untold = []
        for person, deed in self._agenda.pop(hour, []):
            yield self._done(person, deed, hour)
        for person in range(self._declared, declared_by(hour, self._people)):
            yield from self._declare_first(person, hour)
        yield from self._show(hour)

    def _done(self, person: int, deed: Deed, hour: int) -> Act:
        if deed is Deed.DECLARE_TRULY:
            return self._declare_truly(person, hour)
        return self._control(person) if deed is Deed.CONTROL else Steps(person, deed)

    def _declare_first(self, person: int, hour: int) -> Iterator[Act]:
        part = self._cast.part(person)
        if part is not EVERYDAY:
            yield from self._begin_part(person, part, hour)
        yield Declares(person, part.says, _district(person))
        self._declared = person + 1

    def _begin_part(self, person: int, part: Part, hour: int) -> Iterator[Act]:
        self._declared_on[person] = self._today(hour)
        for hours, deed in part.later:
            self._agenda[hour + hours].append((person, deed))
        if part.was_in is not None:
            yield from self._trace(person, part.was_in, hour)

    def _trace(self, person: int, was_in: tuple[str, int], hour: int) -> Iterator[Act]:
        """Every second stay is in the city's books before its holder declares; the others come
        with the next list."""
        region, days_ago = was_in
        last_day = self._today(hour) - days_ago
        entry = person, Stay(region, last_day - _STAY_DAYS, last_day)
        if person % 2:
            yield Traces((entry,))
        else:
            self._untold.append(entry)

    def _declare_truly(self, person: int, hour: int) -> Declares:
        """The days since the first declaration are added to the journey's age."""
        truth = self._cast.part(person).truth
        if truth.journey is not None:
            days = truth.journey.arrived_days_ago + self._today(hour) - self._declared_on[person]
            truth = replace(truth, journey=replace(truth.journey, arrived_days_ago=days))
        return Declares(person, truth, _district(person))

    def _control(self, person: int) -> Controls:
        """The household: the people just before in the order who play EVERYDAY."""
        before = (each for each in range(person - 1, -1, -1) if self._cast.part(each) is EVERYDAY)
        return Controls(person, tuple(islice(before, _HOUSEHOLD)))

    def _show(self, hour: int) -> Iterator[Shows]:
        for _ in range(self._showings[hour]):
            yield Shows(int(self._chance.random() * self._declared))


def _district(person: int) -> str:
    return _DISTRICTS[person % len(_DISTRICTS)]
