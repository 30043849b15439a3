"""``python -m benchmarks [hot|cold|neighbors|manifest|latency|profile …]``: else all of them.

Prints every figure with the parts that it is made of. Rounds of hub, peer and floor alternate, and
medians are shown, because other work on the machine disturbs whatever it disturbs for a while.
"""

import argparse
from collections.abc import Callable, Mapping

from benchmarks.cores import Cores
from benchmarks.profiling import profile
from benchmarks.questions import Travelers
from benchmarks.reports import cold, hot, latency, manifests, neighbors
from benchmarks.stage import Stage, stage

ROUNDS = 5

Measure = Callable[[Stage, Travelers, int], None]
"""Travelers are asked about once in a whole run: what was asked before is in the cache."""

MEASURES: Mapping[str, Measure] = {
    "hot": hot,
    "cold": cold,
    "neighbors": neighbors,
    "manifest": manifests,
    "latency": latency,
}
PROFILE = "profile"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "which",
        nargs="*",
        metavar="WHICH",
        help="hot, cold, neighbors, manifest, latency, profile; default: all",
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each measurement")
    arguments = parser.parse_args()
    if unknown := set(arguments.which) - {*MEASURES, PROFILE}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    wanted = arguments.which or [*MEASURES, PROFILE]
    measures = [MEASURES[name] for name in wanted if name in MEASURES]
    if measures:
        _measure(measures, arguments.rounds)
    if PROFILE in wanted:
        profile()


def _measure(measures: list[Measure], rounds: int) -> None:
    cores = Cores.split()
    print(f"hub and peer on core {set(cores.hub)}, issuers and asking side on {set(cores.others)}")
    with stage() as running:
        travelers = Travelers(running)
        for measure in measures:
            measure(running, travelers, rounds)


if __name__ == "__main__":
    main()
