"""Which test noticed which mutant the last time: it is tried first the next time.

Also how long each test took, for ``--quick`` alone, which then leaves out the run without a change.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.mutation.mutants import Key

BUILD = Path(__file__).resolve().parents[2] / ".build"
FILE = BUILD / "mutants.jsonl"
SECONDS = BUILD / "mutants-seconds.json"


def read() -> dict[Key, str]:
    if not FILE.exists():
        return {}
    rows = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
    return {tuple(key): test for key, test in rows}


def keep(key: Key, test: str) -> None:
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("a", encoding="utf-8") as file:
        file.write(json.dumps([key, test]) + "\n")


def seconds() -> dict[str, float]:
    return json.loads(SECONDS.read_text("utf-8")) if SECONDS.exists() else {}


def keep_seconds(found: Mapping[str, float]) -> None:
    SECONDS.write_text(json.dumps(seconds() | dict(found)), "utf-8")
