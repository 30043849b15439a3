"""Who plays which part: what people declare, where they were, and what they do later.

The newspaper's figures (docs/facts.md §1.2) decide how many people play each part. A part is a
role, not a result: results are counted by the city from what it found, under the same names
(``Figure``). Beside the people in the report there are as many who look like them and must not be
found: honest returners in the trace list, stays long ago, applications that are refused or still
open.
"""

from bisect import bisect_right
from dataclasses import dataclass, fields
from enum import StrEnum, unique
from fractions import Fraction
from itertools import accumulate

from tongxing.sandbox.city.declaration import Declaration, Journey
from tongxing.sandbox.town.documents import Permutation


@dataclass(frozen=True, slots=True)
class Report:
    """``shown`` is "nearly ten million" in the report; it decides no part. ``from_high_risk`` and
    ``from_worst_hit`` are the figures of 4 March, evening; the others of 5 March, 20:00."""

    applied: int = 1_613_000
    shown: int = 10_000_000
    converted: int = 11_969
    from_high_risk: int = 3_636
    from_worst_hit: int = 1_949
    declared_falsely: int = 2_872
    turned_red: int = 162

    def scaled(self, scale: Fraction) -> "Report":
        """So much of every figure, to the nearest whole; a half is rounded up."""
        values = (getattr(self, each.name) for each in fields(self))
        return Report(*(int(value * scale + Fraction(1, 2)) for value in values))


REPORT = Report()


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
    """``later``: deeds, each so many hours after the first declaration. ``was_in``: a stay in the
    trace list, as its region and the days from its end to that declaration."""

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
    """For people who declare in the first three days, so that their stories end by the fifth."""
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
    """For people who declare in the last two days: their conversions are still under way at the
    end."""
    return [Part(report.applied // 1_000, _MISTAKEN, WELL, _CONVERSION[:2])]


def _from_key_area(count: int, region: str) -> list[Part]:
    """Half have arrived; half are on the way."""
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


class Troupe:
    """``parts`` dealt to ``people`` people, scattered by ``seed``; the rest play EVERYDAY.

    A person's part is computed from their index, without a table. Raises ValueError if there are
    more parts than people.
    """

    def __init__(self, parts: list[Part], people: int, seed: int) -> None:
        self._parts = parts
        self._ends = list(accumulate(part.count for part in parts))
        if self._ends[-1] > people:
            raise ValueError("too few people for the parts")
        self._scatter = Permutation(people, seed)

    def part(self, index: int) -> Part:
        at = bisect_right(self._ends, self._scatter.forward(index))
        return self._parts[at] if at < len(self._parts) else EVERYDAY


class Cast:
    """Everybody's part. People are counted in the order in which they declare; the first ``early``
    of them declare in the first three days."""

    def __init__(self, report: Report, early: int, seed: int) -> None:
        self._early = early
        self._first = Troupe(early_parts(report), early, seed)
        self._last = Troupe(late_parts(report), report.applied - early, seed)

    def part(self, index: int) -> Part:
        if index < self._early:
            return self._first.part(index)
        return self._last.part(index - self._early)
