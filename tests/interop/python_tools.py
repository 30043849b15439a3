"""Programs in Python that the hub is held against, in an environment of their own."""

import os
from pathlib import Path

import pytest

INSTALLED = Path(__file__).parents[2] / ".build" / "interop-python"


def program(name: str) -> Path:
    """Skips the test without it."""
    if not (INSTALLED / ".ready").exists():
        if os.environ.get("CI"):
            pytest.fail("`make test` should have installed requirements/interop.txt")
        pytest.skip("needs requirements/interop.txt; `make interop` installs it")
    return INSTALLED / "bin" / name
