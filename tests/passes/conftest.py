"""Whoever needs a place for files needs a database: these tests run over both."""

from pathlib import Path

import pytest


@pytest.fixture
def tmp_path(tmp_path: Path, back_end: str) -> Path:
    return tmp_path
