"""The plots of a ``results.json``: ``python -m benchmarks.drawing <results.json> <directory>``.

Costs in processor time, the floor as a line: what cannot be avoided as long as every answer is
verified and signed on its own.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

HUB, PEER, FLOOR = "#1f6f5c", "#9aa5a2", "#b3261e"

Parts = Mapping[str, Any]
Rows = Mapping[str, Parts]


def draw(results: Path, directory: Path) -> list[str]:
    content = json.loads(results.read_text("utf-8"))
    rows: Rows = {row["name"]: row["parts"] for row in content["rows"] if row["value"] is not None}
    directory.mkdir(exist_ok=True)
    drawn = []
    for name, plot in {"hot": _hot, "cold": _cold, "manifest": _manifest}.items():
        if plot(rows):
            plt.figtext(0.99, 0.01, f"commit {content['commit']}", ha="right", fontsize=7)
            plt.savefig(directory / f"{name}.svg", metadata={"Date": None})
            drawn.append(f"{name}.svg")
        plt.close("all")
    return drawn


def _hot(rows: Rows) -> bool:
    """µs of processor time of one question, and answers a second."""
    shown = {name: parts for name, parts in rows.items() if name.startswith("hot-32-")}
    if not shown:
        return False
    hub = next(iter(shown.values()))
    names = ["hub", *(name.removeprefix("hot-32-") for name in shown)]
    costs = [hub["hub_us"], *(parts["peer_us"] for parts in shown.values())]
    rates = [hub["hub_per_second"], *(parts["peer_per_second"] for parts in shown.values())]
    _, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    _bars(left, names, costs, "µs of processor time for one hot question, 32 connections")
    left.axvline(hub["floor_us"], color=FLOOR, linestyle="--")
    left.text(hub["floor_us"], -0.6, " one signature", color=FLOOR, fontsize=8)
    _bars(right, names, rates, "answers a second on one core")
    right.axvline(1e6 / hub["floor_us"], color=FLOOR, linestyle="--")
    return True


def _cold(rows: Rows) -> bool:
    one, shown = rows.get("cold-one-core"), {}
    if one is None:
        return False
    shown = {
        name.removeprefix("cold-"): rows[name]["peer_us"]
        for name in ("cold-mercurius-duties", "cold-strawberry")
        if name in rows
    }
    _, axes = plt.subplots(figsize=(7, 3), layout="constrained")
    names, costs = ["hub", *shown], [one["hub_us"], *shown.values()]
    _bars(axes, names, costs, "µs of processor time for one cold question")
    axes.axvline(one["floor_us"], color=FLOOR, linestyle="--")
    axes.text(one["floor_us"], -0.5, " floor", color=FLOOR, fontsize=8)
    return True


def _manifest(rows: Rows) -> bool:
    """How the time of a manifest grows with its travelers."""
    parts = rows.get("manifest")
    if parts is None:
        return False
    sizes = [1, 10, 100, 1_000]
    times = [*(parts[f"ms_for_{size}"] for size in sizes[:-1]), parts["hub_ms"]]
    _, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.loglog(sizes, times, "o-", color=HUB, label="hub")
    floors = [parts["floor_ms"] * size / 1_000 for size in sizes]
    axes.loglog(sizes, floors, "--", color=FLOOR, label="signature work on two cores")
    axes.set(xlabel="travelers in one manifest, cold", ylabel="ms")
    axes.legend()
    return True


def _bars(axes: Any, names: list[str], values: list[float], title: str) -> None:
    colors = [HUB if name == "hub" else PEER for name in names]
    bars = axes.barh(names, values, color=colors)
    axes.bar_label(bars, fmt="{:,.0f}", padding=3, fontsize=8)
    axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=9)


if __name__ == "__main__":
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "tongxing"  # the same figures make the same file
    print(" ".join(draw(Path(sys.argv[1]), Path(sys.argv[2]))))
