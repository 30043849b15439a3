"""``tongxing`` on a machine where another version is installed, as far as its metadata says.

Run as ``python -m``: the first argument is a folder, the others are those of ``tongxing``.
"""

import re
import runpy
import sys
from importlib.metadata import distribution
from pathlib import Path

VERSION = "0.0.1"


def install(folder: Path) -> None:
    """What an installer writes about the version; the program is the same."""
    found, about = distribution("tongxing"), folder / f"tongxing-{VERSION}.dist-info"
    about.mkdir(parents=True)
    for name in ("METADATA", "entry_points.txt"):
        text = found.read_text(name) or ""
        written = re.sub(r"^Version: .*$", f"Version: {VERSION}", text, flags=re.MULTILINE)
        (about / name).write_text(written, "utf-8")


if __name__ == "__main__":
    sys.path.insert(0, sys.argv.pop(1))
    runpy.run_module("tongxing.gateway.cli", run_name="__main__", alter_sys=True)
