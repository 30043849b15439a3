"""The five days lived through once, from the first declaration to the city's closed books."""

from dataclasses import dataclass
from pathlib import Path

from tongxing.sandbox.city.city import City
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.city.tally import Figure
from tongxing.sandbox.issuers.population import Population
from tongxing.sandbox.simulation.days import BEGIN_UNIX
from tongxing.sandbox.simulation.five_days import FiveDays
from tongxing.sandbox.simulation.report import REPORT, Report

SCALE = 100
"""One in so many, unless everybody is asked for."""

SEED = 20200301


@dataclass(frozen=True, slots=True)
class Lived:
    """``counted`` by the city, beside what the ``report`` says at this scale."""

    report: Report
    counted: dict[Figure, int]


def live(books: Path, scale: int, seed: int) -> Lived:
    """Leaves the city's books at ``books``, where there are none yet."""
    report = REPORT.scaled(scale)
    population = Population(seed, report.applied)
    city = City(Store.open(books), population, BEGIN_UNIX, is_enrolled=False)
    try:
        FiveDays(city, report, seed).run()
        return Lived(report, city.tally.totals())
    finally:
        city.close()
