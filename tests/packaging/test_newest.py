"""What the hub rests on in other libraries is known: one table, and nothing beside it."""

import re

import pytest

from tests.architecture.source import ROOT, imports, modules
from tests.packaging.newest import FOOTHOLDS, Foothold, pinned, unpinned


@pytest.mark.parametrize("foothold", FOOTHOLDS.values(), ids=FOOTHOLDS)
def test_only_the_files_of_the_table_rest_on_it(foothold: Foothold) -> None:
    resting = {
        each.path
        for each in modules().values()
        if any(
            f"{name}.".startswith(tuple(f"{n}." for n in foothold.names)) for name in imports(each)
        )
    }
    assert resting == set(foothold.files)


@pytest.mark.parametrize("foothold", FOOTHOLDS.values(), ids=FOOTHOLDS)
def test_its_tests_exist(foothold: Foothold) -> None:
    assert foothold.tests
    assert [test for test in foothold.tests if not (ROOT / test).is_file()] == []


def test_each_library_is_pinned() -> None:
    assert set(FOOTHOLDS) <= set(pinned())


def test_the_newest_is_asked_for_without_a_version_and_with_its_platform() -> None:
    asked = list(unpinned())
    assert 'uvloop ; sys_platform != "win32"' in asked
    assert "pytest" in asked
    assert [line for line in asked if re.search(r"[=<>~]=", line.split(";")[0])] == []
