"""A container's root without an engine: built by ``buildah``, and entered as an engine would.

The base image is made of this machine's Python, because no registry can be asked here. What the
Containerfile does with it is the same.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.container import small_root
from tests.deploy.deployed import ACCOUNT

BASE = "localhost/python"
PYTHON = "/opt/tongxing/bin/python3"
BECOME = "import json, os, sys; os.execve(sys.argv[2], sys.argv[2:], json.loads(sys.argv[1]))"
ENTER = f"""
set -e
mount --bind "$1" "$1"
mount --options remount,bind,ro "$1"
mount --bind "$2" "$1/var/lib/tongxing"
mount --types tmpfs --options mode=1777 tmpfs "$1/tmp"
mount --types proc proc "$1/proc"
root=$1
shift 2
exec setpriv --no-new-privs chroot --userspec={ACCOUNT}:{ACCOUNT} --groups= "$root" "$@"
"""
"""What an engine mounts: all is read only but the volume and the directory in memory."""


@dataclass(frozen=True)
class Builder:
    """``buildah`` with a store of its own."""

    place: Path

    def __call__(self, *arguments: object) -> str:
        store = ("--root", self.place / "root", "--runroot", self.place / "run")
        command = ["buildah", "--storage-driver", "vfs", *store, *arguments]
        ran = subprocess.run(
            [*map(str, command)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def make_base(self) -> None:
        """Python with pip, and every library that the hub's packages may load."""
        python = Path(sys.executable).resolve()
        root = self.place / "base"
        standard, packages = (Path(sysconfig.get_path(each)) for each in ("stdlib", "purelib"))
        small_root.copy_tree(standard, root, *small_root.NOT_NEEDED)
        small_root.copy_file(python, root)
        small_root.copy_tree(packages / "pip", root)
        inside = small_root.inside(root, standard) / "site-packages"
        inside.mkdir()
        small_root.inside(root, packages / "pip").rename(inside / "pip")
        for library in small_root.libraries_of(_binaries(python, standard, packages), python):
            if packages not in library.parents:
                small_root.copy_file(library, root)
        small_root.make_system_files(root)
        bin_directory = small_root.inside(root, python).parent
        (bin_directory / "python3").symlink_to(python.name)
        made = self("from", "scratch")
        self("add", "--quiet", made, root, "/")
        self("config", "--env", f"PATH={python.parent}", made)
        self("commit", "--quiet", made, BASE)
        shutil.rmtree(root)

    def build(self, context: Path) -> str:
        return self(
            *("build", "--quiet", "--isolation", "chroot", "--format", "docker"),
            *("--build-arg", f"BASE={BASE}", "--timestamp", "1600000000", context),
        ).splitlines()[-1]


def _binaries(python: Path, standard: Path, packages: Path) -> list[Path]:
    return [python, *(standard / "lib-dynload").glob("*.so"), *packages.rglob("*.so*")]


@dataclass(frozen=True)
class Image:
    """``root`` holds its files; ``config`` is what an engine reads of it."""

    root: Path
    config: Mapping[str, Any]

    @classmethod
    def of(cls, builder: Builder, name: str) -> "Image":
        described = json.loads(builder("inspect", "--type", "image", name))
        return cls(Path(builder("mount", builder("from", name))), described["Docker"]["config"])

    def entered(
        self, state: Path, command: Sequence[str], environment: Mapping[str, str]
    ) -> list[str]:
        """The command line that runs ``command`` in it as its own account, with the variables of
        the image and of ``environment`` alone."""
        variables = dict(variable.split("=", 1) for variable in self.config["Env"])
        # There is no shell and no `env` inside: Python sets the variables, and becomes the command.
        become = (
            "import json, os, sys; os.execve(sys.argv[2], sys.argv[2:], json.loads(sys.argv[1]))"
        )
        python = (PYTHON, "-I", "-c", become, json.dumps({**variables, **environment}))
        outside = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
        return [
            *outside,
            "/bin/sh",
            "-c",
            ENTER,
            "sh",
            str(self.root),
            str(state),
            *python,
            *command,
        ]
