"""Looks for garbage among what tests make, not among fifteen thousand tests that are there to stay.

Without this every full collection goes through all that was imported and collected: it was more
than half of what collecting the tests cost.
"""

import gc

import pytest

gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()
