"""The table that a run ends with."""

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from benchmarks.rows import Row

HEADS = ("row", "what", "goal", "value", "unit", "met")


def table(rows: Sequence[Row]) -> str:
    lines = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(HEADS))]
    printed = ["  ".join(_filled(line, widths)).rstrip() for line in lines]
    return "\n".join([printed[0], "-" * _width(printed[0]), *printed[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    goal = row.goal
    if row.value is None:
        return (
            goal.name,
            goal.what,
            goal.text or "-",
            "-",
            goal.unit,
            f"not measured: {row.reason}",
        )
    met = {True: "yes", False: "NO", None: "-"}[row.met]
    return (goal.name, goal.what, goal.text or "-", shown(row.value), goal.unit, met)


def shown(value: float) -> str:
    """Three figures that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _filled(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    return (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
