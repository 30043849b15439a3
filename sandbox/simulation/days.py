"""When people declare and show their codes: the curves of a day, over the five days.

Hours are counted from 1 March 2020, 00:00 local time; the report's count is of 5 March, 20:00.
"""

from tongxing.sandbox.issuers.chinese_time import day_of, start_of_day

_FIRST_DAY = day_of(1_582_992_000)
BEGIN_UNIX = start_of_day(_FIRST_DAY)
HOURS = 4 * 24 + 20
EARLY_HOURS = 3 * 24

_DECLARING_BY_DAY = (26, 24, 20, 17, 13)
_BY_HOUR = (1, 0, 0, 0, 1, 3, 8, 14, 14, 11, 9, 9, 8, 7, 7, 8, 9, 12, 12, 9, 7, 5, 3, 2)
"""Before work and after it."""

_SHOWINGS_A_DAY = 2.18
"""By each holder: at the door of the market, the bus, the office."""


def declared_by(hour: int, people: int) -> int:
    """How many have declared when ``hour`` ends."""
    return people * _weight(hour + 1) // _weight(HOURS)


def showings_in(hour: int, holders: int) -> int:
    return int(holders * _SHOWINGS_A_DAY * _BY_HOUR[hour % 24] / sum(_BY_HOUR))


def _weight(hours: int) -> int:
    days, rest = divmod(hours, 24)
    whole = sum(_DECLARING_BY_DAY[:days]) * sum(_BY_HOUR)
    return whole + (_DECLARING_BY_DAY[days] * sum(_BY_HOUR[:rest]) if rest else 0)
