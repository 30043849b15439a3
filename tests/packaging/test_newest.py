"""``make newest`` tries every place that rests on another library's internals."""

import re

import pytest

from tests.architecture.source import ROOT
from tests.architecture.test_internals import INTERNALS
from tests.packaging.newest import FOOTHOLDS, Foothold, pinned, unpinned


def test_every_place_that_rests_on_internals_is_tried() -> None:
    tried = {file for foothold in FOOTHOLDS.values() for file in foothold.files}
    assert tried == {internals.file for internals in INTERNALS.values()}


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
