"""The wheel, built once as a release is: the source archive first, then the wheel out of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

NOT_IN_A_CLONE = shutil.ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "build", "dist", "node_modules"
)


def build(kind: str, source: Path, into: Path) -> Path:
    """What pip and ``build`` ask of setuptools, with the setuptools that is installed here."""
    hook = f"from setuptools import build_meta; build_meta.build_{kind}({str(into)!r})"
    before = set(into.iterdir())
    subprocess.run([sys.executable, "-c", hook], cwd=source, check=True, capture_output=True)
    (made,) = set(into.iterdir()) - before
    return made


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("built")
    clone = tmp_path_factory.mktemp("source") / "clone"
    shutil.copytree(ROOT, clone, ignore=NOT_IN_A_CLONE)
    archive = build("sdist", clone, place)
    unpack = [sys.executable, "-m", "tarfile", "--extract", str(archive), str(clone.parent)]
    subprocess.run(unpack, check=True, capture_output=True)
    return build("wheel", clone.parent / archive.name.removesuffix(".tar.gz"), place)
