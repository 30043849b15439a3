"""Begins with the files that take longest: the workers share the tests by file, and at the end all
of them wait for the last one. The order of the tests inside a file stays.
"""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent

LONGEST = (
    "operating/test_first_day.py",
    "deploy/test_release.py",
    "deploy/test_container.py",
    "operating/test_alerts_of_others.py",
    "operating/test_alerts_seen.py",
    "operating/test_tls.py",
    "operation/test_hub_key_steps.py",
    "pages/test_coordinator_page.py",
    "pages/test_gate_online.py",
    "pages/test_traveler_page.py",
    "storage/test_indexing.py",
    "storage/test_retention.py",
    "storage/test_fail_over.py",
    "storage/test_network_split.py",
)
"""Those of half a minute and more, on two cores. A file that is gone is an error."""

_PLACE = {(FOLDER / name).resolve(strict=True): place for place, name in enumerate(LONGEST)}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _PLACE.get(item.path, len(LONGEST)))
