"""What a holder declares to the city, and the color that the city's rules make of it.

Pure rules (the city's published ones, domain.md §3); nothing is stored or signed here.
"""

from dataclasses import replace
from enum import StrEnum, unique
from typing import Annotated

import msgspec

from adapters.sandbox.records import DAY, Basis, Color, Record

VALIDITY_SECONDS = 14 * DAY
RECENT_DAYS = 14

_RESTRICTIVENESS = {Color.GREEN: 0, Color.YELLOW: 1, Color.RED: 2}


@unique
class Area(StrEnum):
    """Where somebody arrived from, or had contact with people from: a key area is one of high
    risk in the city's list of the day."""

    KEY = "key"
    OTHER = "other"


class Declaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``arrived_days_ago`` None: has been in Zhenjiang all along, and ``arrived_from`` says
    nothing then. Unknown members are refused, or a misspelled symptom would read as none."""

    arrived_days_ago: Annotated[int, msgspec.Meta(ge=0)] | None = None
    arrived_from: Area = Area.OTHER
    contact_in_key_area: bool = False
    symptoms: bool = False
    under_control: bool = False
    household_under_control: bool = False


def declared_color(declaration: Declaration) -> tuple[Color, tuple[Basis, ...]]:
    """Red before yellow before green; every ground for the color that results is kept."""
    red, yellow = _grounds_for_red(declaration), _grounds_for_yellow(declaration)
    if red:
        return Color.RED, red
    return (Color.YELLOW, yellow) if yellow else (Color.GREEN, (Basis.DECLARED,))


def _is_recent(declaration: Declaration) -> bool:
    days = declaration.arrived_days_ago
    return days is not None and days < RECENT_DAYS


def _grounds_for_red(declaration: Declaration) -> tuple[Basis, ...]:
    from_key_area = _is_recent(declaration) and declaration.arrived_from is Area.KEY
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


def after_declaration(held: Record | None, declaration: Declaration, place: str, at: int) -> Record:
    """The record after a declaration at ``at`` (seconds from the opening).

    A declaration alone never makes a code greener: from red or yellow the way to green leads
    through the community, or whoever ticks another box would have converted themselves.
    """
    color, basis = declared_color(declaration)
    valid_until = at + VALIDITY_SECONDS
    if held is None:
        return Record(color, basis, place, declared_at=at, valid_until=valid_until)
    renewed = replace(held, declared_at=at, valid_until=valid_until, must_update=False)
    if _RESTRICTIVENESS[color] <= _RESTRICTIVENESS[held.color]:
        return renewed
    return replace(
        renewed, color=color, basis=basis, as_of=None, previous=held.color, changed_at=at
    )
