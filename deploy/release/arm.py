"""``make arm``: whether Linux on 64-bit ARM (Kunpeng) gets every package of the runtime's lock.

Fetches the wheels for it, checked by the lock's hashes, and writes their names and digests into
requirements/aarch64.txt. A test compares that with the lock and needs no network.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from packaging.markers import Marker

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
LOCK = REQUIREMENTS / "runtime.txt"
FOUND = REQUIREMENTS / "aarch64.txt"
MACHINE = {"sys_platform": "linux", "platform_machine": "aarch64"}
PYTHON = "3.11"
"""Of the container."""

PLATFORMS = (
    "manylinux2014",
    "manylinux_2_17",
    "manylinux_2_24",
    "manylinux_2_27",
    "manylinux_2_28",
)
"""glibc 2.28 is that of openEuler 20.03 and Kylin V10; a wheel for a later one is of no use."""

_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\\n]+))?")


def pins(lock: str) -> Iterator[tuple[str, str, str]]:
    """Name, version and the whole entry of each package that this machine is to have."""
    for entry in re.split(r"\n(?=\w)", lock):
        found = _PIN.match(entry)
        if found and (found["marker"] is None or Marker(found["marker"]).evaluate(MACHINE)):
            yield found["name"], found["version"], entry


def main() -> int:
    entries = [entry for _name, _version, entry in pins(LOCK.read_text("utf-8"))]
    platforms = (word for each in PLATFORMS for word in ("--platform", f"{each}_aarch64"))
    with tempfile.TemporaryDirectory() as place:
        lock, wheels = Path(place) / "lock.txt", Path(place) / "wheels"
        lock.write_text("\n".join(entries), "utf-8")
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes"),
                *("--disable-pip-version-check", "--no-deps", "--only-binary=:all:", *platforms),
                *("--implementation", "cp", "--python-version", PYTHON, "--dest", str(wheels)),
                *("--abi", f"cp{PYTHON.replace('.', '')}", "--abi", "abi3", "--abi", "none"),
                *("--requirement", str(lock)),
            ],
            check=True,
        )
        told = (f"{_digest(wheel)}  {wheel.name}\n" for wheel in sorted(wheels.iterdir()))
        FOUND.write_text("".join(told), "utf-8")
    return 0


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
