"""Colors, what they rest on, and which of two is the more restrictive."""

from collections.abc import Iterable
from enum import Enum, unique

import strawberry


@strawberry.enum(description="颜色 A canonical color; UNKNOWN is the absence of one, never a pass.")
@unique
class Color(Enum):
    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"
    UNKNOWN = "UNKNOWN"

    is_restrictive: bool
    """Whether an issuer sets this color against a traveler; UNKNOWN is no issuer's color."""

    def __init__(self, word: str) -> None:
        self.is_restrictive = word in ("YELLOW", "RED")


RESTRICTIVENESS = {Color.GREEN: 0, Color.UNKNOWN: 1, Color.YELLOW: 2, Color.RED: 3}
"""UNKNOWN stands between GREEN and YELLOW: it takes a green away, and it does not lift a yellow
or a red that somebody signed (architecture, invariant 3; the rows of refused input)."""


def most_restrictive(colors: Iterable[Color]) -> Color:
    """The most restrictive of ``colors``; UNKNOWN where there are none."""
    return max(colors, key=RESTRICTIVENESS.__getitem__, default=Color.UNKNOWN)


@strawberry.enum(description="依据 Why an issuer set a color.")
@unique
class Basis(Enum):
    DECLARED = "DECLARED"
    SYMPTOMS = "SYMPTOMS"
    MEDIUM_RISK_AREA = "MEDIUM_RISK_AREA"
    HIGH_RISK_AREA = "HIGH_RISK_AREA"
    CLOSE_CONTACT = "CLOSE_CONTACT"
    CONFIRMED_OR_SUSPECTED = "CONFIRMED_OR_SUSPECTED"
    ISOLATION_NOT_ENDED = "ISOLATION_NOT_ENDED"
    ARRIVED_WITHIN_14_DAYS = "ARRIVED_WITHIN_14_DAYS"
    ON_SITE_TEMPERATURE = "ON_SITE_TEMPERATURE"
    FALSE_DECLARATION = "FALSE_DECLARATION"
    CROSS_CHECK = "CROSS_CHECK"
    HOUSEHOLD_MEMBER = "HOUSEHOLD_MEMBER"
    CONVERTED = "CONVERTED"
    DATA_NORMAL = "DATA_NORMAL"
    NOT_STATED = "NOT_STATED"
