"""The source archive of a commit, and the wheel that is built out of it."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

from deploy.release.archives import archive, compressed, files_under
from deploy.release.commit import Commit

_ROOT = Path(__file__).resolve().parents[2]
_PAGES = {"TONGXING_NODE_MODULES": str(_ROOT / ".build" / "npm" / "node_modules")}
"""What pages load of npm's packages, as `make` has installed them; each file by its digest."""


def build_distributions(commit: Commit, into: Path) -> list[Path]:
    """The archive first and the wheel from what was unpacked of it, so that nothing is in the one
    and not in the other."""
    source = commit.export(into / "source")
    made = _build("sdist", source, into / "made", commit.seconds)
    with tarfile.open(made) as files:
        files.extractall(into / "unpacked", filter="tar")
    (unpacked,) = (into / "unpacked").iterdir()
    sdist = into / made.name
    # The build tool writes the time of the build and the account into it.
    sdist.write_bytes(
        compressed(archive(files_under(unpacked, f"{unpacked.name}/"), commit.seconds))
    )
    wheel = _build("wheel", unpacked, into / "made", commit.seconds)
    return [sdist, wheel.rename(into / wheel.name)]


def _build(kind: str, source: Path, into: Path, seconds: int) -> Path:
    """By the backend that pyproject.toml names, as pinned in this environment."""
    into.mkdir(exist_ok=True)
    hook = f"from setuptools import build_meta; build_meta.build_{kind}({str(into)!r})"
    before = set(into.iterdir())
    subprocess.run(
        [sys.executable, "-c", hook],
        cwd=source,
        env={**os.environ, **_PAGES, "SOURCE_DATE_EPOCH": str(seconds)},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    (made,) = set(into.iterdir()) - before
    return made
