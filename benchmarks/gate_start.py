"""``python -m benchmarks.gate_start``: how soon ``tongxing gate`` writes its first line.

From the start of the process to the first line, of a code that needs no hub, by the clock on the
wall; against a bare interpreter that imports from ``cryptography`` what verifies a pass. Both by
turns, the best of each: what disturbs makes them longer.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.gates import gate_command

TURNS = 15
FLOOR = "from cryptography.hazmat.primitives.asymmetric import ec, utils; print(flush=True)"
NO_TEXT = b"\xff\n"


def main() -> None:
    with TemporaryDirectory() as directory:
        gate = gate_command(Path(directory))
        turns = [
            (first_line([sys.executable, "-c", FLOOR]), first_line(gate)) for _ in range(TURNS)
        ]
    floor, start = map(min, zip(*turns, strict=True))
    parts = {"start_ms": start * 1e3, "floor_ms": floor * 1e3, "turns": TURNS}
    print(f"first line after {start * 1e3:.0f} ms, bare interpreter {floor * 1e3:.0f} ms")
    print(json.dumps({"value": start / floor, "parts": parts}))


def first_line(command: list[str]) -> float:
    """Seconds from the start of ``command`` to its first line."""
    began = perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(NO_TEXT)
        process.stdin.flush()
        assert process.stdout.readline()
        took = perf_counter() - began
        process.kill()
    return took


if __name__ == "__main__":
    main()
