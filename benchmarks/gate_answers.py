"""``python -m benchmarks.gate_answers``: from a scan to its line, without a network.

A gate that runs gets one pass after another and has to verify, to keep and to answer each. Against
what cannot be left out, in this process: the verdict itself and one durable write of a decision.
"""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.gates import gate_command, known_hub
from tongxing.gateway.gate.handing_in import decision_of
from tongxing.gateway.gate.kept_decisions import KeptState
from tongxing.keys.pass_check import judge_pass
from tongxing.keys.passes import PassStatus

SCANS, FIRST = 300, 20


def main() -> None:
    with TemporaryDirectory() as directory:
        command = gate_command(Path(directory))
        memory, text = known_hub(Path(directory))
        scans = _scans(command, text)
        kept = KeptState(Path(directory) / "floor", "floor")
        known = memory.knowledge(0)
        assert known is not None

        def work() -> None:
            at = datetime.now(UTC)
            verdict = judge_pass(text, known, at)
            assert verdict.status is PassStatus.GREEN
            kept.keep_decision(decision_of(text, 1, verdict.status, None, at))

        floor = _timed(work)
    parts = {"scan_ms": scans * 1e3, "floor_ms": floor * 1e3, "scans": SCANS}
    print(f"from scan to line {scans * 1e3:.1f} ms, what cannot be left out {floor * 1e3:.1f} ms")
    print(json.dumps({"value": scans / floor, "parts": parts}))


def _scans(command: list[str], text: str) -> float:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        writes, reads = process.stdin, process.stdout

        def scan() -> None:
            writes.write(f"{text}\r\n".encode())
            writes.flush()
            assert json.loads(reads.readline())["lamp"] == "GREEN"

        took = _timed(scan)
        process.kill()
    return took


def _timed(work: Callable[[], None]) -> float:
    """The median in seconds; the first ones find nothing ready."""
    times = []
    for _ in range(FIRST + SCANS):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return median(times[FIRST:])


if __name__ == "__main__":
    main()
