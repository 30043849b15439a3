"""One rehearsal of a release for all tests of what it makes: of the tree as it lies here."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.deploy.containers import Builder, Image
from tests.deploy.deployed import TOOLS
from tests.packaging.conftest import NOT_IN_A_CLONE

NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "nobody"), ("EMAIL", "nobody@example.org"))
}


def git(repository: Path, *arguments: str) -> None:
    command = ["git", "-c", "init.defaultBranch=main", *arguments]
    environment = {**os.environ, **NOBODY}
    subprocess.run(command, cwd=repository, env=environment, check=True, capture_output=True)


def committed(into: Path) -> Path:
    """A repository of its own with one commit of what lies here."""
    shutil.copytree(ROOT, into, ignore=NOT_IN_A_CLONE)
    shutil.copy(ROOT / ".gitignore", into)
    git(into, "init", "--quiet")
    git(into, "add", "--all")
    git(into, "commit", "--quiet", "--message", "all")
    return into


def release(repository: Path, into: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `make release` runs."""
    program = [sys.executable, "-m", "deploy.release", "--into", str(into), "--tools", str(TOOLS)]
    return subprocess.run(
        [*program, *arguments], cwd=repository, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a rehearsal. It ends well only if everything was built twice alike."""
    place = tmp_path_factory.mktemp("release")
    ran = release(committed(place / "repository"), place / "made", "--rehearse")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (made,) = (place / "made").iterdir()
    return made


@pytest.fixture(scope="session")
def context(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an engine is given: the context that the rehearsal hands out, unpacked."""
    (handed_out,) = released.glob("*-container-*.tar")
    place = tmp_path_factory.mktemp("context")
    with tarfile.open(handed_out) as files:
        files.extractall(place, filter="data")
    (unpacked,) = place.iterdir()
    return unpacked


@pytest.fixture(scope="session")
def image(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    if shutil.which("buildah") is None or os.geteuid() != 0:
        pytest.skip("needs buildah, and root to enter what it builds")
    builder = Builder(tmp_path_factory.mktemp("builder"))
    builder.make_base()
    try:
        yield Image.of(builder, builder.build(context))
    finally:
        shutil.rmtree(builder.place)  # it holds a copy of the whole root for every step
