"""Regions and purposes: what a client is registered for, and what a question needs.

Responsible for one answer to "may this client ask that?", for a single question and for each entry
of a manifest. Refuses to know the fields that ask (``authorization``) and to answer them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tongxing.gateway.errors import Details, ErrorCode, Path, Refused
from tongxing.schema import Purpose, RefusalCode, RegionCode, contains
from tongxing.schema.divisions import division_code
from tongxing.schema.traveler import REF_MAX_CHARACTERS, ManifestEntryInput

CLIENTS_REMEMBERED = 1_024
"""Sets of regions that clients are registered for: a few for each kind of client."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one part of the operation asks access to: a recognition or, without a ``purpose``, the
    records of a region. ``region_at`` and ``purpose_at`` say where: an argument, and the way into
    it."""

    region: RegionCode
    region_at: Path
    purpose: Purpose | None = None
    purpose_at: Path = ()


@dataclass(frozen=True, slots=True)
class Granted:
    """What a question is for, once it is known that the client may ask it."""

    region: RegionCode
    purpose: Purpose


Framed = Granted | RefusalCode
"""What an entry is for, or why it is not answered whoever it is about."""


class Grants:
    """Of one client, for one request: entries that ask for the same are looked at once."""

    def __init__(self, regions: Iterable[str], purposes: Iterable[str]) -> None:
        self.regions = _in_order(frozenset(regions))
        self._purposes = frozenset(purposes)
        self._framed: dict[tuple[str | None, Purpose | None], Framed] = {}

    def check(self, asked: Iterable[Access]) -> None:
        """Raises Refused for the first that the client may not have."""
        for each in asked:
            if not self._covers(each.region):
                raise _forbidden(ErrorCode.FORBIDDEN_REGION, each.region_at, self.regions)
            if each.purpose is not None and each.purpose.value not in self._purposes:
                raise _forbidden(ErrorCode.FORBIDDEN_PURPOSE, each.purpose_at, self._purposes)

    def entry(self, entry: ManifestEntryInput) -> Framed:
        if entry.ref is not None and len(entry.ref) > REF_MAX_CHARACTERS:
            return RefusalCode.TEXT_TOO_LONG
        asked = entry.receiving_region, entry.purpose
        framed = self._framed.get(asked)
        if framed is None:
            framed = self._framed[asked] = self._frame(*asked)
        return framed

    def _frame(self, region: str | None, purpose: Purpose | None) -> Framed:
        if region is None:
            return RefusalCode.REGION_MISSING
        place = known_region(region)
        if place is None:
            return RefusalCode.REGION_UNKNOWN
        if not self._covers(place):
            return RefusalCode.REGION_NOT_GRANTED
        if purpose is None:
            return RefusalCode.PURPOSE_MISSING
        if purpose.value not in self._purposes:
            return RefusalCode.PURPOSE_NOT_GRANTED
        return Granted(place, purpose)

    def _covers(self, place: RegionCode) -> bool:
        return any(contains(region, place) for region in self.regions)


@lru_cache(maxsize=CLIENTS_REMEMBERED)
def _in_order(regions: frozenset[str]) -> tuple[RegionCode, ...]:
    return tuple(RegionCode(region) for region in sorted(regions))


def known_region(text: str | None) -> RegionCode | None:
    """None if ``text`` names no division: it may be anything that somebody typed."""
    try:
        return None if text is None else division_code(text)
    except ValueError:
        return None


def _forbidden(code: ErrorCode, at: Path, held: Iterable[str]) -> Refused:
    """``held`` is the client's own: it may be told what it is registered for."""
    argument, *path = at
    return Refused(code, Details(None, str(argument), tuple(path), allowed=tuple(sorted(held))))
