"""Becomes a hub under callgrind: ``python -m benchmarks.counted_hub <file> serve --settings …``.

Counting is switched on from outside, once the hub has started and what is hot is hot.
"""

import os
import sys

VALGRIND = (
    "valgrind",
    "--quiet",
    "--tool=callgrind",
    "--instr-atstart=no",
    "--dump-instr=no",
)
HUB = "tongxing.gateway.cli"


def run() -> None:
    file, arguments = sys.argv[1], sys.argv[2:]
    hub = [sys.executable, "-P", "-m", HUB, *arguments]
    os.execvp(VALGRIND[0], [*VALGRIND, f"--callgrind-out-file={file}", *hub])  # noqa: S606


if __name__ == "__main__":
    run()
