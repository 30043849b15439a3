"""How many pages a reader turns to follow one hot query: ``python -m benchmarks.trace [--list]``.

Runs a hub and its issuers, asks about one traveler until everything is remembered, and then follows
one more question: the calls of functions of the product on the event loop's thread, from the moment
the server hands the request over until the answer is sent. Prints the number of files that the road
passes through, and how often it goes from one file to another. The command line is not counted, nor
the server and its connections.
"""

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from benchmarks.measure import ask_once
from benchmarks.questions import Travelers, is_recognition, of_hub
from benchmarks.stage import Stage, stage
from tongxing.gateway.cli.main import main

PACKAGES = ("gateway", "adapters", "keys", "schema")
NOT_COUNTED = (
    "gateway/cli/",
    "gateway/http/server.py",
    "gateway/http/protocol.py",
    "gateway/http/connections.py",
)
"""The command line, and what the server does before it hands the request over and behind it."""

ROOT = Path(__file__).resolve().parents[1]
WARM_UP_QUESTIONS = 4
TRACED = "benchmarks.trace"
QUIET_CPU_SECONDS = 0.02
"""What the hub may use within a second once it has fetched its lists."""

QUIET_WITHIN_SECONDS = 120


def trace(*, listed: bool) -> None:
    with TemporaryDirectory(prefix="tongxing-trace-") as directory:
        file = Path(directory) / "calls"
        with stage(TRACED, ["--hub", str(file)]) as running:
            _ask(running)
        calls = [tuple(call) for call in json.loads(file.read_text())]
    road = _road(calls)
    print(f"files {len({path for path, _ in road})}")
    print(f"changes of file {len(road) - 1}")
    if listed:
        for path, functions in road:
            print(f"  {path}: {' '.join(functions)}")


def _ask(running: Stage) -> None:
    question = of_hub(running, Travelers(running).known_to_all())
    for _ in range(WARM_UP_QUESTIONS):
        ask_once(running.hub_url, question)
    _wait_until_quiet(running)
    running.hub.begin_profile()
    time.sleep(0.1)
    _, body = ask_once(running.hub_url, question)
    if not is_recognition(body):
        raise RuntimeError("the traced question was not answered")
    running.hub.begin_profile()
    time.sleep(0.3)


def _wait_until_quiet(running: Stage) -> None:
    """Daily lists are fetched after the start; they are no part of a question's road."""
    for _ in range(QUIET_WITHIN_SECONDS):
        before = running.hub.cpu()
        time.sleep(1)
        if running.hub.cpu().since(before).all < QUIET_CPU_SECONDS:
            return
    raise RuntimeError("the hub does not come to rest")


def _road(calls: Sequence[tuple[str, ...]]) -> list[tuple[str, list[str]]]:
    """The files in the order in which they are entered, with the functions called there."""
    if not calls:
        raise RuntimeError("nothing was traced")
    road: list[tuple[str, list[str]]] = []
    for path, function in calls:
        if not road or road[-1][0] != path:
            road.append((path, []))
        road[-1][1].append(function)
    assert all(before[0] != after[0] for before, after in pairwise(road))
    return road


class _Recorder:
    """Records calls between the first and the second SIGRTMIN, then writes them to ``file``."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._on = False
        self._calls: list[tuple[str, str]] = []
        self._thread = threading.get_ident()

    def toggle(self, *_: object) -> None:
        self._on = not self._on
        if not self._on:
            self._file.write_text(json.dumps(self._calls))

    def see(self, frame: FrameType, event: str, _argument: object) -> None:
        if not self._on or event != "call" or threading.get_ident() != self._thread:
            return
        code = frame.f_code
        if not code.co_filename.startswith(str(ROOT)):
            return
        path = code.co_filename[len(str(ROOT)) + 1 :]
        if path.startswith(PACKAGES) and not path.startswith(NOT_COUNTED):
            self._calls.append((path, code.co_name))


def _hub(file: Path) -> None:
    recorder = _Recorder(file)
    signal.signal(signal.SIGRTMIN, recorder.toggle)
    sys.setprofile(recorder.see)
    main()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--hub"]:
        result = Path(sys.argv[2])
        del sys.argv[1:3]
        _hub(result)
    else:
        parser = argparse.ArgumentParser(prog="python -m benchmarks.trace")
        parser.add_argument("--list", action="store_true", help="print the road itself")
        trace(listed=parser.parse_args().list)
