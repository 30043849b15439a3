"""A sandbox's state directory, made once, and the command line run in this process."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tongxing.gateway.cli.main import run
from tongxing.sandbox.demo.stage import Theater, theater
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import provision, write_credentials, write_settings
from tongxing.sandbox.town.records import IssuerName

NOBODY_LISTENS = "http://127.0.0.1:1"


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line of an error; fails where there is none, or more."""
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

    def ran(*arguments: str | Path, stdin: str = "") -> Ran:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        status = run([str(argument) for argument in arguments])
        return Ran(status, *capsys.readouterr())

    return ran


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Made now, because the commands read the real clock."""
    made = provision(tmp_path / "state", datetime.now(UTC))
    write_settings(made, dict.fromkeys(IssuerName, NOBODY_LISTENS), 0)
    write_credentials(made, NOBODY_LISTENS)
    return made


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Theater]:
    """Three issuers and a hub as processes, for all the tests that only ask."""
    with theater() as playing:
        yield playing


@pytest.fixture(scope="session")
def layout_of_sandbox(sandbox: Theater) -> Layout:
    return Layout(sandbox.stage.database.parent)
