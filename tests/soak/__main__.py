"""A mixed load over many workers, a fault every two seconds, and an account of what was answered.

``python -m tests.soak --minutes 60 --workers 4`` starts all of it itself: PostgreSQL, Redis, the
issuers, the hub and its clients. It judges by what it knows without the hub: what the issuers hold
of each person, what each client was told, and what was done to whom at which moment. Exits with 1
if anything was not as it must be.
"""

import argparse
import random
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from tests import forked
from tests.soak.report import Report
from tests.soak.run import Wanted, soak
from tests.soak.stage import knows_redis
from tongxing.sandbox.provisioning.processes import terminated_like_interrupted

WITHOUT_REDIS = 'the program knows no cache = "redis://…": it runs without Redis'


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    directory = given.directory or Path(mkdtemp(prefix="tongxing-soak-"))
    directory.mkdir(parents=True, exist_ok=True)
    with_redis = not given.no_redis and knows_redis()
    _say(f"seed {given.seed}, {given.workers} workers, {given.minutes} min, in {directory}")
    if not with_redis:
        _say(WITHOUT_REDIS)
    wanted = Wanted(directory, 60 * given.minutes, given.workers, given.seed, with_redis)
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
    parser.add_argument("--no-redis", action="store_true", help="run without Redis")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
