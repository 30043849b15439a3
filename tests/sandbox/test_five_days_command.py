"""``tongxing five-days``: a table with what the city counted beside what the report says."""

import os
import re
import signal
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO
from pathlib import Path

import httpx2
import pytest

from tests.conftest import Ran, Tongxing
from tongxing.gateway.cli.failing import FAILED
from tongxing.gateway.cli.main import run
from tongxing.sandbox.city.books import FIGURE_NAMES, Figure
from tongxing.sandbox.five_days.cast import REPORT

SMALL = REPORT.scaled(Fraction(1, 100))
AS_REPORTED = [figure for figure in Figure if figure is not Figure.SHOWN]


@dataclass(frozen=True)
class Lived:
    directory: Path
    ran: Ran


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Lived through once, in this process, for all the tests that only read."""
    directory = tmp_path_factory.mktemp("five-days") / "days"
    out = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        patch.setenv("COLUMNS", "200")
        status = run(["five-days", "--directory", str(directory)])
    return Lived(directory, Ran(status, out.getvalue(), ""))


def _numbers(shown: str, label: str) -> list[int]:
    (row,) = [line for line in shown.splitlines() if f"│ {label} " in line]
    return [int(number.replace(",", "")) for number in re.findall(r" ([\d,]+) +(?=│)", row)]


def test_the_figures_stand_beside_those_of_the_report(lived: Lived) -> None:
    assert lived.ran.status == 0
    for figure in AS_REPORTED:
        zh, en = FIGURE_NAMES[figure]
        said = getattr(SMALL, figure)
        assert _numbers(lived.ran.out, zh) == [said, said]
        assert en in lived.ran.out
    shown, said = _numbers(lived.ran.out, FIGURE_NAMES[Figure.SHOWN][0])
    assert 0.95 * said < shown < said == SMALL.shown


def test_each_figure_says_as_of_when_the_report_gives_it(lived: Lived) -> None:
    before = (Figure.FROM_HIGH_RISK, Figure.FROM_WORST_HIT)
    for figure in Figure:
        (row,) = [
            one for one in lived.ran.out.splitlines() if f"│ {FIGURE_NAMES[figure][0]} " in one
        ]
        assert ("2020-03-04 20:00" if figure in before else "2020-03-05 20:00") in row


def test_it_says_how_to_run_the_issuers_on_the_books(lived: Lived) -> None:
    told = f"sandbox --directory {lived.directory} --seed 20200301 --population {SMALL.applied}"
    assert told in lived.ran.out


def test_existing_books_are_not_lived_through_again(tongxing: Tongxing, lived: Lived) -> None:
    again = tongxing("five-days", "--directory", lived.directory)
    assert again.status == FAILED
    assert "take another --directory or --seed" in again.complaint


@pytest.mark.processes
def test_the_page_is_served_until_it_is_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tongxing.gateway.cli", "five-days", "--serve"]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as serving:
        assert serving.stdout is not None
        said = next(line for line in serving.stdout if "/statistics/page" in line)
        page = httpx2.get(said.split()[-1], trust_env=False).text
        serving.send_signal(signal.SIGTERM)
    assert f"<td>{SMALL.applied:,}</td>" in page
    assert serving.returncode == 0
    assert list(tmp_path.iterdir()) == []
