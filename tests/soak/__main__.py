"""A mixed load over many workers, a fault every two seconds, and an account of what was answered.

``python -m tests.soak --minutes 60 --workers 4`` starts all of it itself: PostgreSQL, Redis, the
issuers, the hub and its clients. It judges by what it knows without the hub: what the issuers hold
of each person, what each client was told, and what was done to whom at which moment. Exits with 1
if anything was not as it must be.
"""

import argparse
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from tests import forked
from tests.soak.report import Report
from tests.soak.run import Wanted, soak
from tongxing.sandbox.provisioning.processes import terminated_like_interrupted

INSIDE = "--inside"


def main(arguments: Sequence[str]) -> int:
    """The soak runs in a session of its own: Ctrl-C reaches it, and none of the processes that it
    has started, so it ends in order and with a report."""
    if INSIDE in arguments:
        return _run(_parser().parse_args(arguments))
    _parser().parse_args(arguments)
    command = [sys.executable, "-m", "tests.soak", *arguments, INSIDE]
    with subprocess.Popen(command, start_new_session=True) as inside, terminated_like_interrupted():
        while True:
            try:
                return inside.wait()
            except KeyboardInterrupt:
                inside.send_signal(signal.SIGINT)


def _run(given: argparse.Namespace) -> int:
    directory = given.directory or Path(mkdtemp(prefix="tongxing-soak-"))
    directory.mkdir(parents=True, exist_ok=True)
    _say(f"seed {given.seed}, {given.workers} workers, {given.minutes} min, in {directory}")
    wanted = Wanted(directory, 60 * given.minutes, given.workers, given.seed)
    with terminated_like_interrupted():
        try:
            report = soak(wanted, _say)
        finally:
            forked.end()
    report.write(directory)
    sys.stdout.write("\n".join([*report.lines(), ""]))
    return _ended(report, directory, keep=given.directory is not None)


def _ended(report: Report, directory: Path, *, keep: bool) -> int:
    if report.ledger.violations:
        _say(f"{len(report.ledger.violations)} violations; ledger and logs are in {directory}")
        return 1
    if not keep:
        shutil.rmtree(directory)
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--directory", type=Path, help="kept; else kept only if anything is wrong")
    parser.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
