"""What the library's README shows first works, and the package has all that it needs."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from shutil import copytree

import pytest

from tests.acceptance.hubs import RunningHub
from tests.clients.programs import CLIENTS, EXAMPLE
from tongxing.sandbox.provisioning.state import write_credentials

PYTHON = CLIENTS / "python"

pytestmark = pytest.mark.processes


def test_the_first_block_works(hub: RunningHub, tmp_path: Path) -> None:
    page = (PYTHON / "README.md").read_text("utf-8")
    first = re.search(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert first is not None
    assert first[1] == "python"
    credentials = write_credentials(hub.layout, hub.url)["city-system"]
    for file in credentials.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "traveler.json").write_text(json.dumps(EXAMPLE["traveler"]), "utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", first[2]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PYTHON / "src"), "PYTHONIOENCODING": "utf-8"},
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("open ")


def test_the_wheel_has_its_types_and_its_documents(tmp_path: Path) -> None:
    copytree(PYTHON / "src" / "tongxing_client", tmp_path / "src" / "tongxing_client")
    for name in ("pyproject.toml", "README.md"):
        (tmp_path / name).write_bytes((PYTHON / name).read_bytes())
    build = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", ".", ".")
    subprocess.run([sys.executable, "-m", "pip", *build], cwd=tmp_path, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = {
        name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("tongxing_client/")
    }
    source = PYTHON / "src"
    files = (
        file.relative_to(source).as_posix()
        for file in (source / "tongxing_client").rglob("*")
        if file.suffix in {".py", ".graphql", ".typed"}
    )
    assert held == set(files)
