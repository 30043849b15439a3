"""The programs, made once for all tests of this folder."""

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


def _made(name: str, home: Path, programs_made: dict[str, Program]) -> Program:
    if name not in programs_made:
        programs_made[name] = PROGRAMS[name](home)
    return programs_made[name]


@pytest.fixture(scope="session", params=PROGRAMS)
def program(
    request: pytest.FixtureRequest, home: Path, programs_made: dict[str, Program]
) -> Program:
    return _made(request.param, home, programs_made)


@pytest.fixture(scope="session")
def typescript_home(home: Path, programs_made: dict[str, Program]) -> Path:
    """The library for TypeScript, built, with its tests."""
    return home / _made("typescript", home, programs_made).name
