"""A Prometheus of the tests' own: its programs, and a server that looks every second."""

import os
import shutil

import pytest


def program(name: str) -> str:
    """Its path. The test is skipped if it is not installed; where ``CI`` is set, it fails."""
    found = shutil.which(name)
    if found is None and "CI" not in os.environ:
        pytest.skip(f"{name} is not installed")
    assert found is not None
    return found
