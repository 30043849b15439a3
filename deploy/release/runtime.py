"""What the hub runs on: the wheels that the lock names, and an environment made of them alone."""

import hashlib
import subprocess
import sys
from pathlib import Path

_PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def fetch_wheels(lock: Path, into: Path) -> None:
    """Only wheels, for this machine, and only files whose hashes are in ``lock``."""
    checked = ("--require-hashes", "--no-deps", "--only-binary=:all:")
    subprocess.run(
        [*_PIP, "download", *checked, "--requirement", str(lock), "--dest", str(into)], check=True
    )


def lock_with(lock: Path, wheel: Path, version: str, into: Path) -> Path:
    """``lock`` and the hub itself: all that an installation needs, each with its hash."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    into.write_text(
        f"{lock.read_text('utf-8')}tongxing=={version} \\\n    --hash=sha256:{digest}\n", "utf-8"
    )
    return into


def install(lock: Path, wheels: Path, into: Path) -> Path:
    """The Python of an environment that holds what ``lock`` names and no more. It is looked at and
    never run as a hub, so nothing is compiled."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(into)], check=True)
    python = into / "bin" / "python"
    offline = (
        "--no-index",
        "--find-links",
        str(wheels),
        "--require-hashes",
        "--no-deps",
        "--no-compile",
    )
    subprocess.run(
        [*_PIP, "--python", str(python), "install", *offline, "--requirement", str(lock)],
        check=True,
    )
    return python
