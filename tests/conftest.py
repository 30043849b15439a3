"""What more than one folder needs: the command line, and a running sandbox."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tongxing.gateway.cli.main import run
from tongxing.sandbox.demo.stage import Theater, theater

settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")
"""A busy machine makes no test fail."""

pytest_plugins = [
    "tests.garbage",
    "tests.longest_first",
    "tests.one_worker",
    "tests.process_marks",
    "tests.acceptance.standing",
    "tests.storage.own_server",  # before what imports it
    "tests.sharing.own_redis",
    "tests.storage.server_pair",
    "tests.back_ends",
    "tests.recognition.shipped_policies",
]


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line of an error; fails if there is no line, or more than one."""
        assert self.status != 0
        assert "Traceback" not in self.err
        (line,) = self.err.splitlines()
        return line


Tongxing = Callable[..., Ran]


@pytest.fixture
def tongxing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Tongxing:
    """Runs ``tongxing`` with arguments and standard input, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def ran(*arguments: str | Path, stdin: str | bytes = "") -> Ran:
        octets = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(octets)))
        status = run([str(argument) for argument in arguments])
        return Ran(status, *capsys.readouterr())

    return ran


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Theater]:
    """Three issuers and a hub as processes, for all tests that only ask."""
    with theater() as playing:
        yield playing
