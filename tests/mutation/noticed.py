"""Which test noticed which mutant the last time: it is tried first the next time.

Only the order of the tests follows from it, never a result.
"""

import json
from pathlib import Path

from tests.mutation.mutants import Key

FILE = Path(__file__).resolve().parents[2] / ".build" / "mutants.jsonl"


def read() -> dict[Key, str]:
    if not FILE.exists():
        return {}
    rows = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
    return {tuple(key): test for key, test in rows}


def keep(key: Key, test: str) -> None:
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("a", encoding="utf-8") as file:
        file.write(json.dumps([key, test]) + "\n")
