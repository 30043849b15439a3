"""The programs, generated once for all tests of this folder."""

from pathlib import Path

import pytest

from tests.clients.programs import PROGRAMS, Program, new_home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_home(tmp_path_factory.mktemp("clients") / "home")


@pytest.fixture(scope="session")
def programs_made() -> dict[str, Program]:
    """Those that are made by now: a parameter that comes back is not made again."""
    return {}


@pytest.fixture(scope="session", params=PROGRAMS)
def program(
    request: pytest.FixtureRequest, home: Path, programs_made: dict[str, Program]
) -> Program:
    if request.param not in programs_made:
        programs_made[request.param] = PROGRAMS[request.param](home)
    return programs_made[request.param]
