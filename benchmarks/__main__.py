"""``python -m benchmarks [NAME …]``: the rows of that name or group, else all of them.

Prints every figure with the parts that it is made of, and ends with the table. A run of all rows is
written to ``benchmarks/results.json`` and docs/performance.md, and drawn; a run of some only where
``--results`` says.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks import plots
from benchmarks.cores import Cores
from benchmarks.goals import GOALS, GROUPS, Goal, wanted
from benchmarks.machine import described
from benchmarks.measures import cold, hot
from benchmarks.measures.apart import PROGRAMS, apart
from benchmarks.measures.audit import audit_bytes
from benchmarks.measures.instructions import instructions
from benchmarks.measures.latency import latency
from benchmarks.measures.later import MISSING, later
from benchmarks.measures.manifest import manifests
from benchmarks.measures.neighbors import neighbors
from benchmarks.measures.open_query import open_query
from benchmarks.measures.overload import overload
from benchmarks.measures.run import Measure, Run, measured
from benchmarks.measures.stall import stall
from benchmarks.measures.workers import workers
from benchmarks.page import PAGE, with_results
from benchmarks.profiling import profile
from benchmarks.questions import Travelers
from benchmarks.results import RESULTS, written
from benchmarks.rows import Row
from benchmarks.stage import stage, unhurried
from benchmarks.table import table

ROUNDS = 5
PROFILE = "profile"

TOGETHER: Mapping[str, Measure] = {
    "hot": hot.hot,
    "open": open_query,
    "latency": latency,
    "audit": audit_bytes,
    "neighbors": neighbors,
    "cold": cold.cold,
    "workers": workers,
    "overload": overload,
    # The last: it leaves a hub that has stopped asking an issuer.
    "stall": stall,
}
"""Measured on one stage, in this order."""


def main() -> None:
    given = _arguments()
    names = [name for name in given.names if name != PROFILE]
    about = described()
    if names or not given.names:
        rows = _measured(wanted(names), given.rounds)
        print(f"\n{table(rows)}")
        _keep(written(rows, about, given.rounds), given.results or (None if names else RESULTS))
    if PROFILE in given.names:
        profile()


def _keep(results: str, file: Path | None) -> None:
    if file is None:
        return
    file.write_text(results, "utf-8")
    if file == RESULTS:
        PAGE.write_text(with_results(PAGE.read_text("utf-8"), results), "utf-8")
    print(f"\nwritten to {file}; drawn: {plots.draw(file) or 'nothing'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    named = f"rows, or groups of them: {', '.join((*GROUPS, PROFILE))}; default: all rows"
    parser.add_argument("names", nargs="*", metavar="NAME", help=named)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each measurement")
    parser.add_argument("--results", type=Path, help="where to write the rows")
    parser.add_argument("--list", action="store_true", help="print the names of all rows")
    given = parser.parse_args()
    if given.list:
        print("\n".join(f"{goal.name:30} {goal.what}" for goal in GOALS))
        sys.exit()
    try:
        wanted([name for name in given.names if name != PROFILE])
    except KeyError as unknown:
        parser.error(f"there is no {', '.join(unknown.args)}; --list prints the rows")
    return given


def _measured(goals: Sequence[Goal], rounds: int) -> list[Row]:
    rows = [
        *_together(_of(goals, TOGETHER), rounds),
        *_unhurried(_of(goals, ["manifest"]), rounds),
        *apart(_of(goals, PROGRAMS)),
        *_instructions(_of(goals, ["instructions"])),
        *later(_of(goals, MISSING)),
    ]
    return sorted(rows, key=lambda row: GOALS.index(row.goal))


def _of(goals: Sequence[Goal], groups: Iterable[str]) -> list[Goal]:
    among = set(groups)
    return [goal for goal in goals if goal.group in among]


def _together(goals: Sequence[Goal], rounds: int) -> list[Row]:
    if not goals:
        return []
    cores = Cores.split()
    print(f"hub and peers on core {set(cores.hub)}, issuers and asking side on {set(cores.others)}")
    hot_peers, cold_peers = hot.peers_of(goals), cold.peers_of(goals)
    rows: list[Row] = []
    with stage(hot_peers=_there(hot_peers), cold_peers=_there(cold_peers)) as running:
        run = Run(running, Travelers(running), rounds)
        for group, measure in TOGETHER.items():
            these = _of(goals, [group])
            if these:
                rows += measured(measure, run, these)
    return rows


def _unhurried(goals: Sequence[Goal], rounds: int) -> list[Row]:
    """A slow machine misses the hub's own deadline; by how much is what is measured."""
    if not goals:
        return []
    with stage(edit_settings=unhurried) as running:
        return measured(manifests, Run(running, Travelers(running), rounds), goals)


def _there(peers: Mapping[str, str | None]) -> list[str]:
    for name, why in peers.items():
        if why is not None:
            print(f"{name} is not measured: {why}")
    return [name for name, why in peers.items() if why is None]


def _instructions(goals: Sequence[Goal]) -> list[Row]:
    return instructions(goals) if goals else []


if __name__ == "__main__":
    main()
