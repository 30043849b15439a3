"""The gate's page reads no more than an answer can be, and no longer than it waits; run by node."""

import json
import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

FOLDER = files("tongxing.gateway.pages") / "files"
MODULES = (
    "gate_hub.js",
    "gate_device.js",
    "gate_store.js",
    "gate_texts.js",
    "signed_text.js",
    "strict_json.js",
)
EXPECTED = {
    "short": [200, 2],
    "exact": [200, 2],
    "over": [200, 2],  # the byte that shows that it is too long
    "none": [204, 0],
    "half": "Unreachable",
    "drip": "Unreachable",
    "endless": [200, 128 * 1024 + 1],
    "isCutOff": True,
}


@pytest.mark.processes
def test_an_answer_is_read_within_its_bounds(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("node is not installed, and in CI this test must run")
        pytest.skip("node is not installed")
    for name in MODULES:
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    (tmp_path / "package.json").write_text('{"type": "module"}')
    program = Path(__file__).with_name("bounded_answers.mjs")
    ran = subprocess.run(
        [node, program, tmp_path], capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == EXPECTED
