"""What a run was made on: figures of two runs are only compared if this is the same."""

import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tongxing.gateway.storage.sqlite import durability
from tongxing.gateway.storage.sqlite_library import sqlite3

ROOT = Path(__file__).resolve().parents[1]


def described() -> dict[str, object]:
    chosen = durability(sqlite3.sqlite_version_info)
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": {
            "processor": _processor(),
            "cores": len(os.sched_getaffinity(0)),
            "kernel": platform.release(),
            "load_before": round(os.getloadavg()[0], 2),
            "python": platform.python_version(),
            "node": _said(["node", "--version"]),
        },
        "sqlite": {
            "library": f"SQLite {sqlite3.sqlite_version} ({sqlite3.__name__.partition('.')[0]})",
            "journal_mode": chosen.journal_mode,
            "synchronous": chosen.synchronous,
        },
    }


def _commit() -> str | None:
    """With ``+`` behind it if files that are measured differ from it."""
    commit = _said(["git", "rev-parse", "--short=12", "HEAD"])
    changed = _said(["git", "status", "--porcelain", "--untracked-files=no"])
    return commit + "+" if commit and changed else commit


def _said(command: list[str]) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout.strip() if ran.returncode == 0 else None


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
