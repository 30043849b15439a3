"""The figures of a matrix as a table that one reads at a glance: pure.

How much a cell is stands in it as a number, as a bar of letters and as a background, so that no
color is the only sign. A cell that is not there is one that is told nowhere: nobody, or too few
people.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongxing.schema import Color, Outcome

PLAIN = frozenset(
    outcome.value
    for outcome in (
        Outcome.VERIFIED,
        Outcome.NOT_ENROLLED,
        Outcome.NOT_THIS_ISSUER,
        Outcome.CODE_EXPIRED,
        Outcome.MUST_UPDATE,
    )
)
"""What asking came to where nothing failed (docs/coordinators.md, ``failedCount``)."""

BARS = ("▁", "▃", "▅", "█")
MANY_FAILED_PERCENT = 5
"""From here on a cell says it with a sign."""

NOTHING = ""
"""The column of what had no code, and so no place of one."""

Figure = Mapping[str, Any]
KeyOf = Callable[[Figure], str]


@dataclass(frozen=True, slots=True)
class HeatCell:
    """``level`` is from 0, the least, to 3; percents are rounded down."""

    count: int
    level: int
    failed_percent: int
    red_percent: int

    @property
    def bar(self) -> str:
        return BARS[self.level]

    @property
    def is_failing(self) -> bool:
        return self.failed_percent >= MANY_FAILED_PERCENT


@dataclass(frozen=True, slots=True)
class HeatTable:
    rows: Sequence[str]
    columns: Sequence[str]
    cells: Mapping[tuple[str, str], HeatCell]
    asked: int
    failed_percent: int


def heat_table(figures: Iterable[Figure], row_of: KeyOf, column_of: KeyOf) -> HeatTable:
    """``figures`` as ``interopMatrix`` gives them, summed by row and column."""
    asked: dict[tuple[str, str], int] = defaultdict(int)
    failed: dict[tuple[str, str], int] = defaultdict(int)
    red: dict[tuple[str, str], int] = defaultdict(int)
    for figure in figures:
        place = row_of(figure), column_of(figure)
        asked[place] += figure["askedCount"]
        if figure["outcome"] not in PLAIN:
            failed[place] += figure["askedCount"]
        if figure["color"] == Color.RED.value:
            red[place] += figure["askedCount"]
    most = max(asked.values(), default=0)
    cells = {
        place: HeatCell(
            count, _level(count, most), _percent(failed[place], count), _percent(red[place], count)
        )
        for place, count in asked.items()
    }
    columns = sorted({column for _, column in asked}, key=lambda name: (name == NOTHING, name))
    whole = sum(asked.values())
    rows = sorted({row for row, _ in asked})
    return HeatTable(rows, columns, cells, whole, _percent(sum(failed.values()), whole))


def _level(count: int, most: int) -> int:
    """By quarters of the largest."""
    return min(3, 4 * count // most) if most else 0


def _percent(part: int, whole: int) -> int:
    return 100 * part // whole if whole else 0
