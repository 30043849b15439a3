"""Which commit is released, and whether all that names its version agrees."""

import re
import subprocess
import tarfile
import tomllib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from deploy.release.refusal import NoRelease

_HEADING = re.compile(r"^## (?P<what>.+)$", re.MULTILINE)
_DATED = re.compile(r"(?P<version>\S+) — \d{4}-\d{2}-\d{2}")


def git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=root, check=True, stdout=subprocess.PIPE).stdout


@dataclass(frozen=True, slots=True)
class Commit:
    """``seconds`` is when it was made: the only time that anything in a release has."""

    root: Path
    version: str
    seconds: int

    @classmethod
    def at(cls, root: Path) -> "Commit":
        """Raises NoRelease unless the work tree is exactly what is committed."""
        changed = git(root, "status", "--porcelain", "--untracked-files=normal").decode()
        if changed:
            raise NoRelease(f"commit these first, or put them away:\n{changed.rstrip()}")
        project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
        seconds = int(git(root, "log", "-1", "--format=%ct"))
        return cls(root, project["version"], seconds)

    @property
    def tag(self) -> str:
        return f"v{self.version}"

    def check_agreement(self) -> None:
        """Raises NoRelease."""
        first = _HEADING.search((self.root / "CHANGELOG.md").read_text("utf-8"))
        dated = _DATED.fullmatch(first["what"]) if first else None
        if dated is None:
            raise NoRelease(
                f"CHANGELOG.md: the first heading must be “## {self.version} — YYYY-MM-DD”"
            )
        if dated["version"] != self.version:
            raise NoRelease(f"CHANGELOG.md says {dated['version']}, pyproject.toml {self.version}")
        if git(self.root, "tag", "--list", self.tag):
            raise NoRelease(f"the tag {self.tag} exists: raise the version in pyproject.toml")

    def export(self, into: Path) -> Path:
        """Its files alone, whatever else lies in the work tree."""
        with tarfile.open(fileobj=BytesIO(git(self.root, "archive", "HEAD"))) as files:
            files.extractall(into, filter="tar")
        return into

    def set_tag(self, message: str) -> None:
        git(self.root, "tag", "--annotate", self.tag, "--message", message)
