"""``python -m benchmarks.gate_start``: how soon ``tongxing gate`` writes its first line.

From the start of the process to the first line, of a code that needs no hub; against a bare
interpreter that imports from ``cryptography`` what verifies a pass. Both by turns, the best of
each. Compared is the processor time of the thread that writes the line, which others on the machine
disturb little; the time by the clock on the wall is among the parts.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

from benchmarks.gates import gate_command

TURNS = 15
FLOOR = (
    "from cryptography.hazmat.primitives.asymmetric import ec, utils; print(flush=True); input()"
)
NO_TEXT = b"\xff\n"


def main() -> None:
    with TemporaryDirectory() as directory:
        gate = gate_command(Path(directory))
        bare = [sys.executable, "-c", FLOOR]
        turns = [(first_line(bare), first_line(gate)) for _ in range(TURNS)]
    floors, starts = zip(*turns, strict=True)
    floor, start = _best(floors), _best(starts)
    parts = {
        "start_cpu_ms": start.processor * 1e3,
        "floor_cpu_ms": floor.processor * 1e3,
        "start_ms": start.wall * 1e3,
        "floor_ms": floor.wall * 1e3,
        "turns": TURNS,
    }
    print(
        f"first line after {start.wall * 1e3:.0f} ms, {start.processor * 1e3:.0f} of the processor"
    )
    print(json.dumps({"value": start.processor / floor.processor, "parts": parts}))


class Took(NamedTuple):
    """Seconds; of the processor only what the first thread of the process took."""

    wall: float
    processor: float


def _best(turns: Sequence[Took]) -> Took:
    return Took(min(each.wall for each in turns), min(each.processor for each in turns))


def first_line(command: list[str]) -> Took:
    """From the start of ``command`` to its first line."""
    began = perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(NO_TEXT)
        process.stdin.flush()
        assert process.stdout.readline()
        wall = perf_counter() - began
        nanoseconds = Path(f"/proc/{process.pid}/schedstat").read_text("ascii").split()[0]
        process.kill()
    return Took(wall, int(nanoseconds) / 1e9)


if __name__ == "__main__":
    main()
