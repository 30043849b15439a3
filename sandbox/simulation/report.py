"""What the newspaper reported of the first five days (domain.md §1), to cast people by.

These figures decide how many people do what. They are never shown as a result: results are counted
by the city from what it found, under the same names (``Figure``).
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Report:
    """``shown`` is "nearly ten million" in the report, and nobody is cast by it."""

    applied: int = 1_613_000
    shown: int = 10_000_000
    converted: int = 11_969
    from_high_risk: int = 3_636
    from_worst_hit: int = 1_949
    declared_falsely: int = 2_872
    turned_red: int = 162

    def scaled(self, scale: int) -> "Report":
        """One in ``scale`` of everything, to the nearest whole."""
        values = (getattr(self, each.name) for each in fields(self))
        return Report(*((value + scale // 2) // scale for value in values))


REPORT = Report()
