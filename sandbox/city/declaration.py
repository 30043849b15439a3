"""What a holder declares to the city, and the color that the city's rules make of it.

Pure rules (the city's published ones, domain.md §3); nothing is stored or signed here. Days are
local calendar days.
"""

from enum import StrEnum, unique
from typing import Annotated

import msgspec

from tongxing.sandbox.city.areas import is_key
from tongxing.sandbox.issuers.records import Basis, Color

RECENT_DAYS = 14
_EVER_DAYS = 40_000
"""Longer than anybody's life, so that no day counted back from today leaves the calendar."""

Region = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")]
"""A GB/T 2260 code."""


class Journey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where somebody came from. Below zero: is on the way and arrives in so many days."""

    region: Region = msgspec.field(name="from")
    arrived_days_ago: Annotated[int, msgspec.Meta(ge=-RECENT_DAYS, le=_EVER_DAYS)]

    def is_recent(self) -> bool:
        return self.arrived_days_ago < RECENT_DAYS


class Declaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``journey`` None: has been in Zhenjiang all along. Unknown members are refused, or a
    misspelled symptom would read as none."""

    journey: Journey | None = None
    contact_in_key_area: bool = False
    symptoms: bool = False
    under_control: bool = False
    household_under_control: bool = False


@unique
class Verdict(StrEnum):
    """What a declaration means for a code: nothing against a green; nothing but an arrival from
    an ordinary place, over which the community may decide; or grounds that it cannot pass over."""

    WELL = "well"
    ARRIVAL = "arrival"
    GROUNDS = "grounds"


def declared_color(declaration: Declaration) -> tuple[Color, tuple[Basis, ...]]:
    """Red before yellow before green; every ground for the color that results is kept."""
    red, yellow = _grounds_for_red(declaration), _grounds_for_yellow(declaration)
    if red:
        return Color.RED, red
    return (Color.YELLOW, yellow) if yellow else (Color.GREEN, (Basis.DECLARED,))


def verdict(basis: tuple[Basis, ...]) -> Verdict:
    return _VERDICTS.get(basis, Verdict.GROUNDS)


_VERDICTS: dict[tuple[Basis, ...], Verdict] = {
    (Basis.DECLARED,): Verdict.WELL,
    (Basis.ARRIVED_WITHIN_14_DAYS,): Verdict.ARRIVAL,
}


def _is_recent(declaration: Declaration) -> bool:
    return declaration.journey is not None and declaration.journey.is_recent()


def _is_from_key_area(declaration: Declaration) -> bool:
    return declaration.journey is not None and is_key(declaration.journey.region)


def _grounds_for_red(declaration: Declaration) -> tuple[Basis, ...]:
    from_key_area = _is_recent(declaration) and _is_from_key_area(declaration)
    return _those_that_hold(
        {
            Basis.HIGH_RISK_AREA: from_key_area or declaration.contact_in_key_area,
            Basis.ISOLATION_NOT_ENDED: declaration.under_control,
            Basis.HOUSEHOLD_MEMBER: declaration.household_under_control,
        }
    )


def _grounds_for_yellow(declaration: Declaration) -> tuple[Basis, ...]:
    return _those_that_hold(
        {
            Basis.ARRIVED_WITHIN_14_DAYS: _is_recent(declaration),
            Basis.SYMPTOMS: declaration.symptoms,
        }
    )


def _those_that_hold(grounds: dict[Basis, bool]) -> tuple[Basis, ...]:
    return tuple(basis for basis, holds in grounds.items() if holds)
