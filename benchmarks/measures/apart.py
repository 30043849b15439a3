"""Rows that a program of their own measures: it needs other processes, or one to itself.

Its last line is a JSON object: ``value``, and ``parts`` by name.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from benchmarks.goals import Goal
from benchmarks.rows import Row, not_measured

PROGRAMS: Mapping[str, str] = {
    "growth": "benchmarks.growth",
    "federation": "benchmarks.hops",
    "audit-proof": "benchmarks.log_proofs",
    "memory": "benchmarks.kept_codes",
    "status-list": "benchmarks.status_lists",
    "gate-start": "benchmarks.gate_start",
    "gate-answer": "benchmarks.gate_answers",
}
"""By the group of the row."""

LONGEST_SECONDS = 1_200
"""Making a log of ten million entries takes minutes; it is kept for the next time."""


def apart(goals: Sequence[Goal]) -> list[Row]:
    return [_row(goal) for goal in goals]


def _row(goal: Goal) -> Row:
    command = [sys.executable, "-m", PROGRAMS[goal.group]]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return not_measured(goal, f"it took longer than {LONGEST_SECONDS} s")
    lines = done.stdout.splitlines()
    print("\n" + "\n".join(lines[:-1]))
    if done.returncode != 0 or not lines:
        told = done.stderr.strip().splitlines()
        return not_measured(goal, told[-1] if told else "the program said nothing")
    found = json.loads(lines[-1])
    return Row(goal, found["value"], found["parts"])
