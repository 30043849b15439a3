"""Places by their GB/T 2260 code, and whether one lies in another."""

import re
from collections.abc import Iterable
from typing import NewType

RegionCode = NewType("RegionCode", str)
"""Six digits of GB/T 2260: province, prefecture, county, two digits each; trailing ``00`` means the
whole, and ``000000`` the whole country."""

COUNTRY = RegionCode("000000")

_REGION_CODE = re.compile(r"[0-9]{6}")


def region_code(text: str) -> RegionCode:
    """``text`` as a region code; ValueError if it does not have the form of one."""
    if not isinstance(text, str) or _REGION_CODE.fullmatch(text) is None:
        raise ValueError("a region code is six digits (GB/T 2260)")
    return RegionCode(text)


def contains(outer: RegionCode, inner: RegionCode) -> bool:
    """Whether ``inner`` is ``outer`` or lies in it: 320000 contains 321100, 000000 everything."""
    return inner.startswith(_stem(outer))


def lie_within(places: Iterable[RegionCode], regions: Iterable[str]) -> bool:
    """Whether each of ``places`` is one of ``regions`` or lies in one of them."""
    stems = tuple(map(_stem, regions))
    return all(place.startswith(stems) for place in places)


def _stem(region: str) -> str:
    """What the codes of all places in ``region`` begin with: 32 for 320000."""
    while region.endswith("00"):
        region = region[:-2]
    return region
