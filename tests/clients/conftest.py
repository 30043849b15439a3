"""The programs, generated once for all tests of this folder."""

from pathlib import Path

import pytest

from tests.clients.programs import PROGRAMS, Program, new_home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_home(tmp_path_factory.mktemp("clients") / "home")


@pytest.fixture(scope="session", params=PROGRAMS)
def program(request: pytest.FixtureRequest, home: Path) -> Program:
    return PROGRAMS[request.param](home)
