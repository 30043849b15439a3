"""``tongxing five-days --through-hub``: every scan over HTTP, and every one found in the log."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from tests.back_ends import server_url
from tests.conftest import Tongxing
from tests.sandbox.decoders import Json
from tongxing.gateway.cli.main import INTERRUPTED
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.audit import AuditFilter, OutcomeRecord
from tongxing.gateway.storage.slices import Slice
from tongxing.sandbox.five_days.days import HOURS
from tongxing.sandbox.five_days.in_books import SEED, live
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.replay.staging import SETTINGS_FILE

pytestmark = pytest.mark.processes

SCALE = Fraction(1, 25_000)
"""Of 65 people, who show their codes nearly 400 times."""

COMMAND = (sys.executable, "-m", "tongxing.gateway.cli", "five-days", "--through-hub")


def command(*options: str | Path, scale: Fraction = SCALE) -> list[str]:
    return [*COMMAND, "--scale", str(float(scale)), *map(str, options)]


@dataclass(frozen=True)
class Replayed:
    directory: Path
    said: Json
    told: str

    @property
    def settings(self) -> Path:
        return self.directory / SETTINGS_FILE


def replayed(directory: Path, *options: str, scale: Fraction = SCALE) -> Replayed:
    ran = subprocess.run(
        command("--json", "--directory", directory, *options, scale=scale),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return Replayed(directory, json.loads(ran.stdout), ran.stderr)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """Replayed once, for all the tests that only read."""
    return replayed(tmp_path_factory.mktemp("through-hub") / "days")


async def _recognitions(place: DatabasePlace) -> Counter[str]:
    """How often the hub came to which color, by its own log."""
    async with opened(place) as state:
        page = await state.audit.page(AuditFilter(), Slice(1_000))
        assert not page.has_next
        records = (entry.record for entry in page.items)
        return Counter(each.color.value for each in records if isinstance(each, OutcomeRecord))


def expect_everything_found(said: Json) -> None:
    assert said["scans"] == said["answered"] == said["found"] > 0
    assert said["missing"] == []
    assert said["hours"] == HOURS


def test_every_scan_is_answered_and_found_in_the_log(days: Replayed) -> None:
    expect_everything_found(days.said)


def test_the_log_itself_has_these_answers_and_no_others(days: Replayed) -> None:
    colors: Counter[str] = Counter()
    for answer, count in days.said["answers"].items():
        colors[answer.split()[0]] += count
    recorded = asyncio.run(_recognitions(DatabasePlace(Layout(days.directory).database)))
    assert recorded == colors


def test_the_log_that_is_kept_can_be_checked(days: Replayed, tongxing: Tongxing) -> None:
    assert tongxing("audit", "verify", "--settings", days.settings).status == 0


def test_the_figures_are_those_of_a_city_that_lives_in_2020(days: Replayed, tmp_path: Path) -> None:
    """The same people do the same, though this city's clock was never turned."""
    lived = live(tmp_path / "books.sqlite3", SCALE, SEED)
    assert days.said["counted"] == lived.counted
    assert days.said["counted"]["applied"] == days.said["report"]["applied"]


def test_without_a_terminal_it_says_in_lines_how_far_it_is(days: Replayed) -> None:
    assert "\x1b" not in days.told
    assert all(line.startswith("2020-03-0") for line in days.told.splitlines())


def test_days_that_were_replayed_are_not_replayed_over(days: Replayed) -> None:
    again = subprocess.run(
        command("--directory", days.directory), capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "take another --directory or --seed" in again.stderr


@pytest.mark.parametrize("back_end", ["postgres"], indirect=True)
def test_two_workers_over_one_server_answer_and_lose_nothing(back_end: str, tmp_path: Path) -> None:
    url = server_url(tmp_path / "any.sqlite3")
    assert url is not None
    options = ("--workers", "2", "--database", url)
    said = replayed(tmp_path / "days", *options, scale=SCALE / 2).said
    expect_everything_found(said)


NONE_YET = "scans 0/"
ENDS_WITHIN_SECONDS = 120

ENDINGS = {
    "Ctrl-C among the scans": (signal.SIGINT, NONE_YET),
    "a signal to end, at once": (signal.SIGTERM, "nothing is waited for"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_cut_short_it_reports_and_leaves_no_process_behind(ending: str, tmp_path: Path) -> None:
    number, passed_over = ENDINGS[ending]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    whole = command(scale=Fraction(1, 100))
    with (
        _interruptible(),
        subprocess.Popen(
            whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as running,
    ):
        assert running.stderr is not None
        next(line for line in running.stderr if passed_over not in line)
        children = _children(running.pid)
        running.send_signal(number)
        try:
            out, err = running.communicate(timeout=ENDS_WITHIN_SECONDS)
        finally:
            running.kill()
    assert len(children) == 4
    assert not any(Path(f"/proc/{each}").exists() for each in children)
    assert running.returncode == INTERRUPTED, err
    assert "cut short" in out
    assert list(tmp_path.iterdir()) == []


@contextmanager
def _interruptible() -> Iterator[None]:
    """What is started here hears Ctrl-C, also if this process was started so that it does not, as a
    shell starts what it does not wait for."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _children(process: int) -> list[str]:
    """The three issuers and the hub."""
    return Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()


REFUSED = {
    "workers without a hub": (["--workers", "2"], 2),
    "a statistics page beside a hub": (["--through-hub", "--serve"], 2),
    "a scale of nobody": (["--scale", "0"], 2),
    "a database that is no server": (["--through-hub", "--database", "a.sqlite3"], 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_go_together_is_refused(name: str, tongxing: Tongxing) -> None:
    options, status = REFUSED[name]
    ran = tongxing("five-days", *options)
    assert ran.status == status
    assert ran.complaint
