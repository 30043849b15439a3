"""The table of a run in docs/performance.md, made of ``results.json``: ``make bench`` of all rows
writes both, and a test compares them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.table import shown

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"


def with_results(page: str, results: str) -> str:
    """``page`` with the table of ``results`` between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + _markdown(json.loads(results)) + END + after


def _markdown(content: Mapping[str, Any]) -> str:
    machine, sqlite = content["machine"], content["sqlite"]
    said = (
        f"Measured {content['measured_at'][:10]} at commit `{content['commit']}`, "
        f"{content['rounds']} rounds, on {machine['cores']} cores ({machine['processor']}) with a "
        f"load of {machine['load_before']:g} before the run; Python {machine['python']}, "
        f"node {machine['node'] or 'not there'}; {sqlite['library']}, journal mode "
        f"{sqlite['journal_mode']}, synchronous {sqlite['synchronous']}.\n\n"
    )
    rows = "".join(_line(row) for row in content["rows"])
    return f"{said}| row | what | goal | value | met |\n|---|---|---|---|---|\n{rows}"


def _line(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        value = f"not measured: {row['reason']}".replace("|", "\\|").replace("\n", " ")
    else:
        value = f"{shown(row['value'])} {row['unit']}"
    met = {True: "yes", False: "**no**", None: ""}[row["met"]]
    return f"| `{row['name']}` | {row['what']} | {row['goal'] or ''} | {value} | {met} |\n"
