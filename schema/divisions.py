"""Which administrative divisions there are (GB/T 2260).

Refuses to guess: a code that is in no edition since 2020 names no place.
"""

import re
from functools import lru_cache

from stdnum import numdb

from tongxing.schema.place import COUNTRY, RegionCode, region_code

EARLIEST_EDITION = 2020
"""Health codes began in 2020: a division that was dissolved before issues and receives nobody."""

REMEMBERED = 4_096
"""More than there are divisions; a client that invents others forgets only these."""

_YEARS = re.compile(r"\[[0-9]*-([0-9]*)\]")


class UnknownDivision(ValueError):
    """Six digits that no division has."""


def division_code(text: str) -> RegionCode:
    """``text`` as the code of a division that there is or was since 2020, or of the whole country.
    Raises UnknownDivision, or ValueError for what is not six digits. The list is that of the
    library python-stdnum."""
    code = region_code(text)
    if code != COUNTRY and not _is_listed(code):
        raise UnknownDivision("no division has this code (GB/T 2260)")
    return code


@lru_cache(maxsize=REMEMBERED)
def _is_listed(code: RegionCode) -> bool:
    province, *rest = numdb.get("cn/loc").info(code)
    if not province[1] or not rest:
        return False
    names = rest[0][1].get("county", "")
    return any(_is_of_our_time(name) for name in names.split(",")) if names else False


def _is_of_our_time(name: str) -> bool:
    """``name`` begins with the years in which it was in use, if it has not always been."""
    years = _YEARS.match(name)
    return years is None or not years[1] or int(years[1]) >= EARLIEST_EDITION
