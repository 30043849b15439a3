"""What stands behind the question mark of a GET: decimal numbers and division codes, no more."""

from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

import msgspec

from tongxing.sandbox.city.areas import CITY_PREFIX

PAGE_MAX = 1_000
_PAGE = 100
_SEQ_MAX = 2**62

District = Annotated[str, msgspec.Meta(pattern=rf"^{CITY_PREFIX}[0-9]{{2}}$")]
"""A district of the city, GB/T 2260."""


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The entries after the one numbered ``after``, ``limit`` at most."""

    after: Annotated[int, msgspec.Meta(ge=0, le=_SEQ_MAX)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = _PAGE


class DistrictPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    district: District
    after: Annotated[int, msgspec.Meta(ge=0, le=_SEQ_MAX)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = _PAGE


T = TypeVar("T")


def read_query(query: bytes, wanted: type[T]) -> T:
    """Raises ValueError (msgspec's refusal is one) for what is not ``wanted``, a member given twice
    included."""
    pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, strict_parsing=bool(query))
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return msgspec.convert(members, wanted, strict=False)
