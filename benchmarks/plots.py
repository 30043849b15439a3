"""Draws a ``results.json``, with the floor drawn in, in a process of its own.

matplotlib is a requirement of the benchmarks alone and lies beside the peers (``make peers``);
without it nothing is drawn, and the table is the result.
"""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.peers.installing import PYTHON, missing

ROOT = Path(__file__).resolve().parents[1]
PLOTS = ROOT / "benchmarks" / "results"


def draw(results: Path) -> str:
    """The names of the files that were drawn."""
    if missing("python") is not None:
        return ""
    command = [sys.executable, "-P", "-m", "benchmarks.drawing", str(results), str(PLOTS)]
    path = os.pathsep.join((str(ROOT), str(PYTHON)))
    ran = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return ran.stdout.strip()
