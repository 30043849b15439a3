"""``tongxing five-days``: what the city counted stands beside what the report says."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.cli.conftest import Ran, Tongxing
from tongxing.gateway.cli.terminal import FAILED
from tongxing.sandbox.city.books import FIGURE_NAMES, Figure
from tongxing.sandbox.five_days.cast import REPORT

SMALL = REPORT.scaled(100)
AS_REPORTED = [figure for figure in Figure if figure is not Figure.SHOWN]


@pytest.fixture
def lived(tongxing: Tongxing, tmp_path: Path) -> Ran:
    return tongxing("five-days", "--directory", tmp_path / "days")


def _numbers(shown: str, label: str) -> list[int]:
    (row,) = [line for line in shown.splitlines() if f"│ {label} " in line]
    return [int(number.replace(",", "")) for number in re.findall(r"│ +([\d,]+) ", row)]


def test_the_figures_stand_beside_those_of_the_report(lived: Ran) -> None:
    assert lived.status == 0
    for figure in AS_REPORTED:
        zh, en = FIGURE_NAMES[figure]
        said = getattr(SMALL, figure)
        assert _numbers(lived.out, zh) == [said, said]
        assert en in lived.out
    shown, said = _numbers(lived.out, FIGURE_NAMES[Figure.SHOWN][0])
    assert 0.95 * said < shown < said == SMALL.shown


def test_it_says_how_to_run_the_issuers_on_the_books(lived: Ran, tmp_path: Path) -> None:
    told = f"sandbox --directory {tmp_path / 'days'} --seed 20200301 --population {SMALL.applied}"
    assert told in lived.out


@pytest.mark.usefixtures("lived")
def test_books_that_are_there_are_not_lived_through_again(
    tongxing: Tongxing, tmp_path: Path
) -> None:
    again = tongxing("five-days", "--directory", tmp_path / "days")
    assert again.status == FAILED
    assert "take another --directory or --seed" in again.complaint


def test_the_page_is_served_until_it_is_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tongxing.gateway.cli", "five-days", "--serve"]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        said = next(line for line in run.stdout if "/statistics/page" in line)
        page = httpx2.get(said.split()[-1], trust_env=False).text
        run.send_signal(signal.SIGTERM)
    assert f"<td>{SMALL.applied:,}</td>" in page
    assert run.returncode == 0
    assert list(tmp_path.iterdir()) == []
