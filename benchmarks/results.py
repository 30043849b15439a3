"""``results.json``: all rows of a run, and what it was made on.

The form: ``commit``, ``measured_at``, ``machine``, ``sqlite``, ``rounds`` and ``rows``, each with
``name``, ``what``, ``goal``, ``value``, ``unit``, ``met``, ``parts``, ``command``; a row without a
value has ``reason`` too.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.rows import Row

RESULTS = Path(__file__).resolve().parent / "results.json"


def written(rows: Sequence[Row], about: Mapping[str, object], rounds: int) -> str:
    content = {**about, "rounds": rounds, "rows": [_row(row) for row in rows]}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _row(row: Row) -> dict[str, object]:
    goal = row.goal
    members: dict[str, object] = {
        "name": goal.name,
        "what": goal.what,
        "goal": goal.text,
        "value": None if row.value is None else _rounded(row.value),
        "unit": goal.unit,
        "met": row.met,
        "parts": {name: _rounded(part) for name, part in row.parts.items()},
        "command": row.command,
    }
    return members if row.reason is None else members | {"reason": row.reason}


def _rounded(part: float | str | None) -> float | str | None:
    """Four figures: more would pretend to know."""
    return float(f"{part:.4g}") if isinstance(part, int | float) else part
