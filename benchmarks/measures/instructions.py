"""How many instructions one hot question takes, all threads of the hub together.

Counted by the processor (``perf``) if it lets us, else by simulation (``callgrind``); they move
far less than times do. A hub of its own, eight questions at once. Under callgrind the hub is some
fifty times slower, so fewer questions share a commit than at full speed: an upper bound.
"""

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cores import Program
from benchmarks.goals import Goal
from benchmarks.load import saturate
from benchmarks.measure import NotMeasured, require_right
from benchmarks.questions import Travelers, always, is_recognition, of_hub
from benchmarks.rows import Parts, Row, not_measured
from benchmarks.stage import Stage, stage
from tongxing.gateway.cli.failing import CommandFailed

CONNECTIONS = 8
WARM_UP_SECONDS = 3.0
IDLE_SECONDS = 10.0
QUESTIONS = 200
ASK_SECONDS_MAX = 240.0
SETTLE_SECONDS = 8.0
"""Daily lists are fetched after the start, and a hub under callgrind takes its time."""

DEADLINE_SECONDS = 60
TRIES = 20

KEEP_SECONDS = 60
KEEP_MEGABYTES = 8_000

Work = Callable[[], None]


def keep_everything(settings: Path) -> None:
    """For the hub's settings file: more than a run asks about, longer than it takes."""
    kept = f"\n[cache]\nseconds = {KEEP_SECONDS}\n"
    kept += f"client_megabytes = {KEEP_MEGABYTES}\nmegabytes = {KEEP_MEGABYTES}\n"
    settings.write_text(settings.read_text("utf-8") + kept, "utf-8")


_PERF = ["perf", "stat", "-x,", "-e", "instructions:u"]
_COUNT = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)


def instructions(goals: Sequence[Goal]) -> list[Row]:
    (goal,) = goals
    try:
        return _counted(goal)
    except (NotMeasured, CommandFailed) as why:
        return [not_measured(goal, str(why))]


def _counted(goal: Goal) -> list[Row]:
    if _perf_counts():
        return [_by_perf(goal)]
    if shutil.which("valgrind") is None:
        return [not_measured(goal, "perf may not count here, and valgrind is not installed")]
    return [_by_callgrind(goal)]


def _perf_counts() -> bool:
    """Whether there is a counter, and whether it may be read."""
    if shutil.which("perf") is None:
        return False
    ran = subprocess.run([*_PERF, "true"], capture_output=True, text=True, check=False)
    return ran.returncode == 0 and ran.stderr.split(",")[0].isdigit()


def _by_perf(goal: Goal) -> Row:
    with stage(edit_settings=patient) as running:

        def counted(work: Work) -> int:
            return _perf_of(running.hub, work)

        return _row(goal, running, counted, "perf")


def _perf_of(program: Program, work: Work) -> int:
    command = [*_PERF, "-p", str(program.pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as counting:
        time.sleep(0.5)
        work()
        counting.send_signal(signal.SIGINT)
        _, said = counting.communicate()
    return int(said.split(",")[0])


def _by_callgrind(goal: Goal) -> Row:
    with TemporaryDirectory(prefix="tongxing-counted-") as directory:
        file = Path(directory) / "callgrind"
        with stage("benchmarks.counted_hub", [str(file)], edit_settings=patient) as running:

            def counted(work: Work) -> int:
                return _callgrind_of(running.hub, file, work)

            return _row(goal, running, counted, "callgrind")


def _callgrind_of(program: Program, file: Path, work: Work) -> int:
    _control(program, "--instr=on")
    _control(program, "--zero")
    work()
    _control(program, "--dump")
    dumped = max(file.parent.glob(f"{file.name}.*"), key=lambda dump: dump.stat().st_mtime)
    found = _COUNT.search(dumped.read_text("utf-8"))
    if found is None:
        raise NotMeasured("callgrind's dump has no sum")
    return int(found[1])


def _control(program: Program, order: str) -> None:
    command = ["callgrind_control", order, str(program.pid)]
    subprocess.run(command, capture_output=True, check=True)


def patient(settings: Path) -> None:
    """Twenty times the usual deadline: under callgrind the hub is slow."""
    keep_everything(settings)
    text = settings.read_text("utf-8")
    settings.write_text(f"deadline_seconds = {DEADLINE_SECONDS}\n{text}", "utf-8")


def _wait_for_a_token(running: Stage) -> None:
    """The first answers of a hub under callgrind take longer than a client waits."""
    for _ in range(TRIES):
        with suppress(CommandFailed):
            running.city.token()
            return
    running.city.token()


def _row(goal: Goal, running: Stage, counted: Callable[[Work], int], tool: str) -> Row:
    """What the hub does by itself meanwhile is counted apart, and taken away."""
    _wait_for_a_token(running)
    time.sleep(SETTLE_SECONDS)
    asking = _Asking(running)
    asking.some(1, WARM_UP_SECONDS)
    total = counted(asking.many)
    idle = counted(lambda: time.sleep(IDLE_SECONDS)) / IDLE_SECONDS
    each = (total - idle * asking.seconds) / asking.asked
    print(
        f"\ninstructions: {total:,} for {asking.asked:,} hot questions ({tool}): {each:,.0f} each"
    )
    parts: Parts = {
        "instructions": float(total),
        "idle_instructions_a_second": idle,
        "seconds": asking.seconds,
        "questions": float(asking.asked),
        "tool": tool,
    }
    return Row(goal, each / 1e3, parts)


class _Asking:
    """Asks the same hot question until it was answered often enough."""

    def __init__(self, running: Stage) -> None:
        self._running = running
        self._traveler = Travelers(running).known_to_all()
        self.asked = 0
        self.seconds = 0.0

    def many(self) -> None:
        began = time.monotonic()
        while self.asked < QUESTIONS and time.monotonic() - began < ASK_SECONDS_MAX:
            self.asked += self.some(CONNECTIONS, WARM_UP_SECONDS)
        self.seconds = time.monotonic() - began

    def some(self, connections: int, seconds: float) -> int:
        url = self._running.servers["hub"].url
        request = always(of_hub(self._running, self._traveler))
        load = saturate(url, request, is_recognition, connections=connections, seconds=seconds)
        require_right(load)
        return load.asked
