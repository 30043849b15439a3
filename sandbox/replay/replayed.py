"""What came of a replay, while it goes on and at its end."""

from dataclasses import dataclass, field

from tongxing.sandbox.city.books import Figure
from tongxing.sandbox.five_days.cast import REPORT, Report
from tongxing.sandbox.five_days.days import HOURS, showings_by_hour
from tongxing.sandbox.replay.scans import Scans
from tongxing.sandbox.replay.stopwatch import Stopwatch
from tongxing.sandbox.town.records import HOUR


@dataclass(slots=True)
class Replayed:
    """``hours`` are over; ``counted`` are the city's figures of the moments that are past. ``days``
    runs while people live, ``reading`` while the log is read, which is no part of the days."""

    report: Report
    days: Stopwatch
    reading: Stopwatch
    scans: Scans = field(default_factory=Scans)
    counted: dict[Figure, int] = field(default_factory=dict)
    hours: int = 0
    deeds: int = 0

    @property
    def expected_scans(self) -> int:
        return sum(showings_by_hour(self.report.applied))

    @property
    def scans_per_second(self) -> float:
        return self.scans.answered / (self.days.seconds or 1.0)

    @property
    def times_real_time(self) -> float:
        """How much faster than real time the days went by, at their own scale."""
        return self.hours * HOUR / (self.days.seconds or 1.0)

    @property
    def whole_times_real_time(self) -> float:
        """The same if everybody lived through the days and each scan took as long as here:
        computed, not measured."""
        return self.scans_per_second * HOURS * HOUR / REPORT.shown

    @property
    def every_scan_is_found(self) -> bool:
        scans = self.scans
        return scans.begun == scans.answered == scans.found and not scans.missing
