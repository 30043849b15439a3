"""The parts that people play in the five days: what they declare, do later, and where they were.

A part is a role and not a result. Beside those whom the report tells of there are as many who look
like them and must not be found: honest returners in the trace list, stays long ago, applications
that are refused or not decided yet.
"""

from dataclasses import dataclass
from enum import StrEnum, unique

from tongxing.sandbox.city.declaration import Declaration, Journey
from tongxing.sandbox.simulation.report import Report


@unique
class Deed(StrEnum):
    """DECLARE_TRULY is a declaration of ``truth``; CONTROL takes the household along."""

    APPLY = "apply"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    DECLARE_TRULY = "declare_truly"
    FEEL_UNWELL = "feel_unwell"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Part:
    """``later`` are deeds so many hours after the first declaration; ``was_in`` a region and how
    many days before that declaration the stay there ended, as the trace list has it."""

    count: int
    says: Declaration
    truth: Declaration
    later: tuple[tuple[int, Deed], ...] = ()
    was_in: tuple[str, int] | None = None


WELL = Declaration()
_ILL = Declaration(symptoms=True)
_MISTAKEN = Declaration(contact_in_key_area=True)
_SHANGHAI, _WUHAN, _WENZHOU = "310100", "420100", "330300"
_RETURNED = Declaration(Journey(_SHANGHAI, 5))
_CONVERSION = ((2, Deed.APPLY), (8, Deed.CONFIRM), (12, Deed.DECLARE_TRULY))
_FOUND_OUT = ((30, Deed.DECLARE_TRULY),)

EVERYDAY = Part(0, WELL, WELL)


def early_parts(report: Report) -> list[Part]:
    """Those who declare in the first three days, so that the fifth sees how it ends."""
    mistaken = report.converted // 3
    high = report.from_high_risk - report.from_worst_hit
    lied_worst = report.turned_red // 2
    lied_high = report.turned_red - lied_worst
    lied_ordinary = report.declared_falsely - report.turned_red
    return [
        Part(mistaken, _MISTAKEN, WELL, _CONVERSION),
        Part(report.converted - mistaken, _RETURNED, _RETURNED, _CONVERSION, (_SHANGHAI, 5)),
        *_from_key_area(report.from_worst_hit - lied_worst, _WUHAN),
        *_from_key_area(high - lied_high, _WENZHOU),
        _liar(lied_worst, _WUHAN),
        _liar(lied_high, _WENZHOU),
        _liar(lied_ordinary, _SHANGHAI),
        *_not_to_be_found(report.applied),
    ]


def late_parts(report: Report) -> list[Part]:
    """Those who declare in the last two days: their conversions are under way when it ends."""
    return [Part(report.applied // 1_000, _MISTAKEN, WELL, _CONVERSION[:2])]


def _from_key_area(count: int, region: str) -> list[Part]:
    """Half have come, and half are on the way."""
    came, coming = Declaration(Journey(region, 4)), Declaration(Journey(region, -6))
    return [Part(count // 2, came, came), Part(count - count // 2, coming, coming)]


def _liar(count: int, region: str) -> Part:
    truth = Declaration(Journey(region, 3))
    return Part(count, WELL, truth, _FOUND_OUT, (region, 3))


def _not_to_be_found(people: int) -> list[Part]:
    applied_in_vain = ((2, Deed.APPLY), (9, Deed.REFUSE))
    controlled = ((4, Deed.CONTROL), (20, Deed.APPLY), (28, Deed.CONFIRM))
    unwell = ((20, Deed.FEEL_UNWELL), (23, Deed.DECLARE_TRULY))
    return [
        Part(people // 40, _RETURNED, _RETURNED, was_in=(_SHANGHAI, 5)),
        Part(people // 400, WELL, WELL, was_in=(_WUHAN, 20)),
        Part(people // 2_000, _ILL, _ILL, applied_in_vain),
        Part(people // 4_000, WELL, WELL, controlled),
        Part(people // 1_000, WELL, _ILL, unwell),
    ]
