"""What a soak came to, as text and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.soak.ledger import Ledger
from tests.soak.log_check import LogCheck
from tests.soak.watching import Watcher


@dataclass(frozen=True)
class Report:
    """``told`` is what the district was told; ``log`` is None if it was never read."""

    seed: int
    seconds: float
    workers: int
    ledger: Ledger
    watcher: Watcher
    told: Mapping[str, int]
    log: LogCheck | None

    def figures(self) -> dict[str, Any]:
        ledger = self.ledger
        return {
            "seed": self.seed,
            "seconds": round(self.seconds),
            "workers": self.workers,
            "violations": ledger.violations,
            "faults": dict(sorted(ledger.faults.items())),
            "questions": dict(sorted(ledger.questions.items())),
            "colors": dict(sorted(ledger.colors.items())),
            "refusals": dict(sorted(ledger.refusals.items())),
            "later_than_bound": ledger.late,
            "longest_answer_seconds": round(ledger.longest_seconds, 2),
            "recovery_seconds": {
                kind: {"longest": max(took), "median": round(median(took), 2), "times": len(took)}
                for kind, took in sorted(ledger.recoveries.items())
            },
            "arrivals": dict(self.told),
            "log": None if self.log is None else self._log(self.log),
            "workers_seen": len(self.watcher.stage.seen),
            "longest_short_of_workers_seconds": round(self.watcher.longest_short_seconds, 1),
            "largest_worker_megabytes": self.watcher.largest,
            "memory": [asdict(sample) for sample in self.watcher.samples],
        }

    def _log(self, check: LogCheck) -> dict[str, Any]:
        return {
            "entries": check.entries,
            "kinds": dict(sorted(check.kinds.items())),
            "acknowledged_answers_found": check.found,
        }

    def write(self, directory: Path) -> None:
        figures = json.dumps(self.figures(), indent=2, ensure_ascii=False)
        (directory / "report.json").write_text(figures + "\n", "utf-8")
        (directory / "report.txt").write_text("\n".join(self.lines()) + "\n", "utf-8")

    def lines(self) -> list[str]:
        figures = self.figures()
        memory = figures.pop("memory")
        violations: Sequence[str] = figures.pop("violations")
        lines = []
        for name, value in figures.items():
            if isinstance(value, dict):
                lines += [f"{name}:", *(f"  {inner}: {said}" for inner, said in value.items())]
            else:
                lines.append(f"{name}: {value}")
        lines.append("memory of the workers (MB), every tenth of the time:")
        every = max(1, len(memory) // 10)
        lines += [f"  {each['at_second']} s: {each['megabytes']}" for each in memory[::every]]
        lines.append(f"violations: {len(violations)}")
        return [*lines, *(f"  {each}" for each in violations)]
