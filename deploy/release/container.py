"""What an engine makes the container of, and the container itself where there is an engine."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from deploy.release.archives import archive, files_under
from deploy.release.commit import Commit
from deploy.release.refusal import NoRelease


def lay_out_context(source: Path, lock: Path, wheels: Path, into: Path) -> Path:
    """A directory that needs nothing from outside but the base image."""
    shutil.copytree(source / "deploy" / "container", into)
    shutil.copyfile(lock, into / "requirements.txt")
    shutil.copytree(wheels, into / "wheels")
    return into


def write_context(commit: Commit, context: Path, into: Path) -> Path:
    name = f"tongxing-{commit.version}-container-linux-{platform.machine()}"
    file = into / f"{name}.tar"
    file.write_bytes(archive(files_under(context, f"{name}/"), commit.seconds))
    return file


def build_image(commit: Commit, context: Path, base: str, into: Path) -> Path:
    """By ``buildah``, which needs no daemon. Docker's form, because the other has no health check.
    Raises NoRelease without it."""
    if shutil.which("buildah") is None:
        raise NoRelease("buildah is not installed: leave BASE out, and build the image elsewhere")
    name = f"tongxing:{commit.version}"
    seconds = str(commit.seconds)
    arguments = ("--build-arg", f"BASE={base}", "--build-arg", f"SOURCE_DATE_EPOCH={seconds}")
    file = into / f"tongxing-{commit.version}-image-linux-{platform.machine()}.tar"
    for command in (
        ("build", "--format", "docker", "--timestamp", seconds, *arguments, "-t", name, context),
        ("push", name, f"docker-archive:{file}:{name}"),
    ):
        subprocess.run(
            ["buildah", *map(str, command)], env=os.environ, check=True, stdout=subprocess.DEVNULL
        )
    return file
