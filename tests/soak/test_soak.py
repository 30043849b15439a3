"""The soak itself, for a third of a minute: it runs, strikes, recovers and finds nothing wrong."""

from pathlib import Path

import pytest

from tests.soak.run import Wanted, soak

pytestmark = pytest.mark.processes

PLAN = [
    "redis: kill -9",
    "worker: SIGKILL",
    "issuer: wrong key",
    "database: sessions ended",
    "client: added, then revoked",
    "issuer: turns somebody red",
    "database: kill -9",
    "trust list: renewed",
    "worker: stopped for a second",
    "issuer: HTTP 503",
]
SECONDS = 20.0


def test_a_short_soak_loses_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    wanted = Wanted(tmp_path, SECONDS, 2, 20200306, PLAN)
    report = soak(wanted, said.append)
    report.write(tmp_path)
    assert report.ledger.violations == []
    assert set(PLAN[1:6]) <= set(report.ledger.faults)
    assert report.ledger.colors["GREEN"] > 0
    assert report.log is not None
    assert report.log.found == len(report.ledger.answers)
    assert (tmp_path / "report.json").exists()
