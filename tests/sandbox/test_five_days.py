"""The first five days at one in a hundred: the city found what people did, repeatably.

The figures of the report are recounted here from the city's books, not from its own tallies.
"""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import httpx2
import pytest

from tests.sandbox.clients import running
from tests.sandbox.decoders import Json
from tongxing.sandbox.city.books import Figure, Tally
from tongxing.sandbox.city.city import City, books_of
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.five_days.cast import REPORT, Report
from tongxing.sandbox.five_days.days import (
    BEGIN_UNIX,
    HOURS,
    declared_by,
    showings_by_hour,
)
from tongxing.sandbox.five_days.in_books import as_reported, play
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import HOUR

pytestmark = pytest.mark.processes

SCALE = Fraction(1, 100)
SEED = 20200301


@dataclass(frozen=True)
class Lived:
    """``said`` is the command's output."""

    directory: Path
    said: Json

    def rows(self, query: str) -> list[tuple[object, ...]]:
        store = Store.open(books_of(self.directory / "zhenjiang", SEED))
        try:
            return store.rows(query)
        finally:
            store.close()

    def count(self, query: str) -> object:
        return self.rows(query)[0][0]


def simulate(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tongxing.sandbox.five_days", "--directory", str(directory)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    directory = tmp_path_factory.mktemp("five-days")
    finished = simulate(directory)
    assert finished.returncode == 0, finished.stderr
    return Lived(directory, json.loads(finished.stdout))


@pytest.fixture(scope="module")
def report() -> Report:
    return REPORT.scaled(SCALE)


def test_the_figures_are_those_of_the_report(lived: Lived, report: Report) -> None:
    counted = lived.said["counted"]
    assert counted["applied"] == report.applied
    assert 0.95 * report.shown < counted["shown"] < report.shown
    assert counted["converted"] == report.converted
    assert counted["from_high_risk"] == report.from_high_risk
    assert counted["from_worst_hit"] == report.from_worst_hit
    assert counted["declared_falsely"] == report.declared_falsely
    assert counted["turned_red"] == report.turned_red


EVENING_BEFORE = BEGIN_UNIX + (3 * 24 + 20) * HOUR

LATER_FIGURES = {
    "found from high-risk areas, on 4 March": (Figure.FROM_HIGH_RISK, EVENING_BEFORE, False),
    "of these from the worst-hit, on 4 March": (Figure.FROM_WORST_HIT, EVENING_BEFORE, False),
    "a second earlier it counts": (Figure.FROM_HIGH_RISK, EVENING_BEFORE - 1, True),
    "conversions count up to 5 March": (Figure.CONVERTED, EVENING_BEFORE, True),
    "up to 20:00 and no longer": (Figure.CONVERTED, BEGIN_UNIX + HOURS * HOUR, False),
}


@pytest.mark.parametrize("name", LATER_FIGURES)
def test_a_figure_is_compared_as_of_the_time_that_the_report_gives(
    tmp_path: Path, name: str
) -> None:
    figure, at, counts = LATER_FIGURES[name]
    store = Store.open(tmp_path / "books.sqlite3")
    tally = Tally(store)
    with store.transaction():
        tally.count(figure, at)
    assert as_reported(tally)[figure] == counts
    store.close()


RECOUNTS = {
    "applied": "SELECT count(*) FROM holders",
    "converted": "SELECT count(DISTINCT ordinal) FROM changes WHERE event = 'day_breaks'",
    "from_high_risk": "SELECT count(DISTINCT ordinal) FROM handovers",
    "from_worst_hit": "SELECT count(DISTINCT ordinal) FROM handovers WHERE region LIKE '42%'",
    "declared_falsely": "SELECT count(*) FROM notices",
    "turned_red": "SELECT count(*) FROM changes WHERE event = 'found_false_from_key_area'",
}


@pytest.mark.parametrize("figure", RECOUNTS)
def test_a_figure_is_counted_from_what_happened(lived: Lived, figure: str) -> None:
    assert lived.count(RECOUNTS[figure]) == lived.said["counted"][figure]


def test_more_is_in_the_trace_list_and_applied_for_than_is_found(
    lived: Lived, report: Report
) -> None:
    """Otherwise the figures would only show the size of the cast."""
    traced = lived.count("SELECT count(DISTINCT ordinal) FROM stays")
    assert isinstance(traced, int)
    assert traced > 5 * report.declared_falsely
    under_way = lived.count("SELECT count(*) FROM applications")
    assert isinstance(under_way, int)
    assert under_way > 0
    events = {event for (event,) in lived.rows("SELECT DISTINCT event FROM changes")}
    assert events >= {"feels_unwell", "control_begins", "found_false"}


def _digest(path: Path, seed: int) -> str:
    store = Store.open(path)
    report = REPORT.scaled(Fraction(1, 1_000))
    city = City(store, Population(seed, report.applied), BEGIN_UNIX, is_enrolled=False)
    play(city, report, seed)
    city.tally.write()
    tables = ("changes", "handovers", "notices", "tallies", "applications")
    rows = [store.rows(f"SELECT * FROM {table}") for table in tables]  # noqa: S608 -- of ours
    city.close()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_the_same_seed_lives_the_same_days_and_another_other_ones(tmp_path: Path) -> None:
    one, again, other = (
        _digest(tmp_path / f"{name}.sqlite3", seed)
        for name, seed in (("one", 1), ("again", 1), ("other", 2))
    )
    assert one == again != other


def test_everybody_has_declared_when_the_report_counts() -> None:
    assert declared_by(HOURS - 1, REPORT.applied) == REPORT.applied
    by_hour = [declared_by(hour, REPORT.applied) for hour in range(HOURS)]
    assert by_hour == sorted(by_hour)


@pytest.mark.parametrize("people", [1, 16, 81, 1_613, REPORT.applied])
def test_few_people_show_their_codes_as_often_as_many(people: int) -> None:
    """No hour rounds away what it has too little of: at most one person's showings are missing,
    because whoever is the last to declare counts from the next hour."""
    of_each = sum(showings_by_hour(REPORT.applied)) / REPORT.applied
    assert of_each * (people - 2) <= sum(showings_by_hour(people)) <= of_each * people
    assert len(showings_by_hour(people)) == HOURS


def test_books_that_are_there_are_not_written_over(lived: Lived) -> None:
    before = lived.count("SELECT count(*) FROM changes")
    finished = simulate(lived.directory)
    assert finished.returncode == 1
    assert "is there already" in finished.stderr
    assert lived.count("SELECT count(*) FROM changes") == before


def test_the_issuer_shows_the_figures_and_tells_the_changes(lived: Lived) -> None:
    options = ("--seed", str(SEED), "--population", str(lived.said["population"]))
    with running("zhenjiang", lived.directory, *options) as issuer:
        shown = httpx2.get(f"{issuer.url}/statistics", trust_env=False).json()
        assert shown == lived.said["counted"]
        changes = issuer.http.get("/v1/changes?limit=1000").json()
        assert (len(changes["changes"]), changes["last"]) == (1_000, 1_000)
