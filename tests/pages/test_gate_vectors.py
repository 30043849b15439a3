"""The gate's modules say of every vector what keys/pass_check.py says; run by node."""

import json
import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from tests.keys.pass_vectors import FILE

FOLDER = files("tongxing.gateway.pages") / "files"
VECTORS = json.loads(FILE.read_text("utf-8"))
EXPECTED = {
    **{f"pass: {each['name']}": each["expected"] for each in VECTORS["passes"]},
    **{f"list: {each['name']}": each["expected"] for each in VECTORS["lists"]},
}


@pytest.mark.processes
def test_every_vector_comes_out(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("node is not installed, and in CI this test must run")
        pytest.skip("node is not installed")
    for name in ("strict_json.js", "signed_text.js", "status_list.js", "pass_check.js"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    (tmp_path / "package.json").write_text('{"type": "module"}')
    program = Path(__file__).with_name("pass_vectors.mjs")
    ran = subprocess.run(
        [node, program, tmp_path, FILE], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    without_times = found.pop("lost")
    assert len(without_times) >= 4
    assert "GREEN" not in without_times
    assert found == EXPECTED
    assert len(found) > 80
