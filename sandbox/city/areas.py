"""How dangerous a place is by the city's list of the day; invented, but with real division codes.

A key area is one of high risk or worse. What the list does not name is ordinary.
"""

from enum import IntEnum, unique

CITY_PREFIX = "3211"


@unique
class Risk(IntEnum):
    ORDINARY = 0
    HIGH = 1
    WORST = 2


_LIST_OF_THE_DAY = {"42": Risk.WORST, "3303": Risk.HIGH, "4115": Risk.HIGH}
"""By the beginning of the GB/T 2260 code: a province, or a prefecture."""


def risk_of(region: str) -> Risk:
    for prefix, risk in _LIST_OF_THE_DAY.items():
        if region.startswith(prefix):
            return risk
    return Risk.ORDINARY


def is_key(region: str) -> bool:
    return risk_of(region) is not Risk.ORDINARY
