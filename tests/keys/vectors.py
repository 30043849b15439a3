"""Where the public test vectors are. They are read in place and copied nowhere."""

import json
import os
from pathlib import Path
from typing import Any

import pytest


def folder() -> Path:
    beside = Path(__file__).parents[2].parent / "shared" / "vectors"
    return Path(os.environ.get("TONGXING_VECTORS", beside))


def load(name: str) -> Any:
    """The vector file ``name``, or a skipped module where this machine has no vectors."""
    path = folder() / name
    if not path.is_file():
        pytest.skip(
            f"no public vectors here: {name} (set TONGXING_VECTORS)", allow_module_level=True
        )
    return json.loads(path.read_text("utf-8"))
