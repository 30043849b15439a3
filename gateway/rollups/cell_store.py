"""Where cells lie: those that still grow, those that are sealed, and how far the log is counted.

What a piece of the log adds and how far it reaches are one COMMIT, so a process that is killed
counts nothing twice and leaves nothing out. A step is closed first, and its cells are sealed behind
that in pieces, each of them whole. Refuses to know what is counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import msgpack

from tongxing.gateway.rollups.cells import (
    Draw,
    Numbers,
    OpenCell,
    unpacked,
    unpacked_open,
)
from tongxing.gateway.rollups.periods import Period, begin_of
from tongxing.gateway.storage.columns import (
    as_written,
    from_microseconds,
    microseconds,
    region_stem,
    rows_of_places,
    some_at_once,
)
from tongxing.gateway.storage.database import Database, ReadSession
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.gateway.storage.tree import Executes
from tongxing.gateway.storage.writer import UnitOfWork, Work
from tongxing.schema import RegionCode
from tongxing.schema.figure_period import FigureStep

SEALED_AT_ONCE = 64
"""Cells in one transaction: some milliseconds, for which answers wait."""

LOOKED_UP_AT_ONCE = 200

HOURS_KEPT = timedelta(days=62)
DAYS_KEPT = timedelta(days=3 * 366)
"""What is in them is in their month as well, which is kept for good."""

_STEP_NUMBERS = {FigureStep.HOUR: 1, FigureStep.DAY: 2, FigureStep.MONTH: 3}
_COARSER = {
    FigureStep.HOUR: (FigureStep.DAY, FigureStep.MONTH),
    FigureStep.DAY: (FigureStep.MONTH,),
    FigureStep.MONTH: (),
}
_BETWEEN_WORDS = "|"
"""In no identifier (``storage.audit.records``)."""


class CountedUntil(NamedTuple):
    """How far the log is counted, and until when steps are closed: what is recorded for an earlier
    time counts from there on."""

    next_index: int
    closed_until: datetime


class CellKey(NamedTuple):
    """``begins`` is that of the step; ``region`` is empty if none was known."""

    step: FigureStep
    begins: datetime
    table: int
    region: str
    words: tuple[str, ...]

    def row(self) -> tuple[int, int, int, str, str]:
        return (
            _STEP_NUMBERS[self.step],
            microseconds(self.begins),
            self.table,
            self.region,
            _BETWEEN_WORDS.join(self.words),
        )

    def in_step(self, step: FigureStep) -> "CellKey":
        return self._replace(step=step, begins=begin_of(step, self.begins))


class SealedCell(NamedTuple):
    begins: datetime
    region: str
    words: tuple[str, ...]
    numbers: Numbers


class CellStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def counted(self) -> CountedUntil:
        return await self._database.read(_counted)

    async def add(
        self,
        before: CountedUntil,
        next_index: int,
        cells: Mapping[CellKey, OpenCell],
        along: Sequence[Work] = (),
    ) -> bool:
        """What the log holds from ``before`` up to ``next_index``, and ``along`` by the same
        COMMIT. False if somebody has counted meanwhile: then nothing is kept. Raises
        StorageUnavailable."""

        def work(unit: UnitOfWork) -> bool:
            if _counted(unit) != before:
                return False
            _grow(cells, unit)
            for each in along:
                each(unit)
            unit.execute("UPDATE rollup_counted SET next_index = ?", (next_index,))
            return True

        return await self._database.write(work)

    async def close(self, until: datetime) -> None:
        """Steps that end up to ``until`` get nothing more. Raises StorageUnavailable."""
        at = microseconds(until)
        await self._database.write(lambda unit: unit.execute(_CLOSE, (at, at)))

    async def is_sealing(self) -> bool:
        """Whether there is a cell whose step is closed. Raises StorageUnavailable."""
        return await self._database.read(lambda session: bool(_closed(session, 1)))

    async def seal(self, draw: Draw) -> int:
        """Seal some cells whose steps are closed, or let them join a longer step; how many there
        were. Raises StorageUnavailable."""
        return await self._database.write(lambda unit: _seal(draw, unit))

    async def sealed(
        self, table: int, period: Period, regions: Sequence[RegionCode]
    ) -> Sequence[SealedCell]:
        """Those of receiving places that lie in one of ``regions``, in the order of time. Raises
        StorageUnavailable."""

        def query(session: ReadSession) -> Sequence[SealedCell]:
            stems = [stem for region in regions for stem in region_stem(region)]
            places = " OR ".join("substr(region, 1, CAST(? AS INTEGER)) = ?" for _ in regions)
            ends = microseconds(period.since), microseconds(period.until)
            asked = (_STEP_NUMBERS[period.step], *ends, table, *stems)
            with as_written("rollup_sealed"):
                return [_sealed_cell(*row) for row in session.execute(_READ.format(places), asked)]

        return await self._database.read(query) if regions else ()

    async def is_whole(self, period: Period) -> bool:
        """Whether every step of it is over and sealed. Raises StorageUnavailable."""

        def query(session: ReadSession) -> bool:
            asked = _STEP_NUMBERS[period.step], microseconds(period.until)
            is_closed = _counted(session).closed_until >= period.until
            return is_closed and not session.execute(_LEFT, asked)

        return await self._database.read(query)

    async def sweep(self, at: datetime) -> int:
        """Delete hours and days that are past their time. Raises StorageUnavailable."""
        kept = {FigureStep.HOUR: HOURS_KEPT, FigureStep.DAY: DAYS_KEPT}
        swept = 0
        for step, length in kept.items():
            statement = _FORGET.format(_STEP_NUMBERS[step])
            swept += await sweep_in_pieces(self._database, statement, microseconds(at - length))
        return swept


def _counted(session: Executes) -> CountedUntil:
    ((next_index, until),) = session.execute("SELECT next_index, closed_until FROM rollup_counted")
    return CountedUntil(next_index, from_microseconds(until))


def _grow(cells: Mapping[CellKey, OpenCell], unit: UnitOfWork) -> None:
    for some in some_at_once(sorted(cells, key=CellKey.row), LOOKED_UP_AT_ONCE):
        held = _held("rollup_open", [key.row() for key in some], unit)
        grown = []
        for key in some:
            row, cell = key.row(), cells[key]
            if row in held:
                cell = unpacked_open(held[row]).plus(cell)
            grown.append((*row, cell.packed()))
        unit.execute_many(_KEEP.format("rollup_open"), grown)


def _seal(draw: Draw, unit: UnitOfWork) -> int:
    cells = _closed(unit, SEALED_AT_ONCE)
    _settle(cells, draw, unit)
    unit.execute_many(_DELETE, [key.row() for key in cells])
    return len(cells)


def _closed(session: Executes, most: int) -> Mapping[CellKey, OpenCell]:
    """Cells whose steps are closed, of the finest step that has any: what is left of it joins a
    longer one, which is sealed after it."""
    closed = _counted(session).closed_until
    for step in FigureStep:
        ends = _STEP_NUMBERS[step], microseconds(begin_of(step, closed)), most
        if rows := session.execute(_CLOSED, ends):
            with as_written("rollup_open"):
                return {_key(step, *row[:4]): unpacked_open(row[4]) for row in rows}
    return {}


def _settle(cells: Mapping[CellKey, OpenCell], draw: Draw, unit: UnitOfWork) -> None:
    """Each is shown from now on, or joins a longer step, or is forgotten with its month."""
    shown: defaultdict[CellKey, Numbers] = defaultdict(Numbers)
    joining: dict[CellKey, OpenCell] = {}
    for key, cell in cells.items():
        if cell.has_enough:
            numbers = cell.sealed(draw)
            for step in (key.step, *_COARSER[key.step]):
                shown[key.in_step(step)] = shown[key.in_step(step)].plus(numbers)
        elif _COARSER[key.step]:
            longer = key.in_step(_COARSER[key.step][0])
            joining[longer] = joining.get(longer, OpenCell(Numbers())).plus(cell)
    _grow(joining, unit)
    for some in some_at_once(sorted(shown, key=CellKey.row), LOOKED_UP_AT_ONCE):
        held = _held("rollup_sealed", [key.row() for key in some], unit)
        rows = [(key.row(), shown[key]) for key in some]
        summed = [
            (*row, msgpack.encode(unpacked(held[row]).plus(new) if row in held else new))
            for row, new in rows
        ]
        unit.execute_many(_KEEP.format("rollup_sealed"), summed)


def _held(
    table: str, rows: Sequence[tuple[int, int, int, str, str]], unit: UnitOfWork
) -> Mapping[tuple[int, int, int, str, str], bytes]:
    found = unit.execute(
        f"SELECT {_COLUMNS}, content FROM {table} WHERE ({_COLUMNS}) IN "  # noqa: S608 - constants
        f"(VALUES {rows_of_places(rows)})",
        [value for row in rows for value in row],
    )
    return {tuple(row[:5]): row[5] for row in found}


def _key(step: FigureStep, begins: int, table: int, region: str, words: str) -> CellKey:
    return CellKey(
        step, from_microseconds(begins), table, region, tuple(words.split(_BETWEEN_WORDS))
    )


def _sealed_cell(begins: int, region: str, words: str, content: bytes) -> SealedCell:
    return SealedCell(
        from_microseconds(begins), region, tuple(words.split(_BETWEEN_WORDS)), unpacked(content)
    )


def summed(facts: Iterable[tuple[CellKey, OpenCell]]) -> Mapping[CellKey, OpenCell]:
    cells: dict[CellKey, OpenCell] = {}
    for key, cell in facts:
        cells[key] = cells[key].plus(cell) if key in cells else cell
    return cells


_COLUMNS = "step, begins, tab, region, words"
_KEEP = f"""
    INSERT INTO {{}} ({_COLUMNS}, content) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT ({_COLUMNS}) DO UPDATE SET content = excluded.content
"""  # noqa: S608 - constants
_CLOSE = "UPDATE rollup_counted SET closed_until = ? WHERE closed_until < ?"
_CLOSED = """
    SELECT begins, tab, region, words, content FROM rollup_open
    WHERE step = ? AND begins < ? ORDER BY begins, tab, region, words LIMIT ?
"""
_DELETE = """
    DELETE FROM rollup_open
    WHERE step = ? AND begins = ? AND tab = ? AND region = ? AND words = ?
"""
_LEFT = "SELECT 1 FROM rollup_open WHERE step <= ? AND begins < ? LIMIT 1"
_READ = """
    SELECT begins, region, words, content FROM rollup_sealed
    WHERE step = ? AND begins >= ? AND begins < ? AND tab = ? AND ({})
    ORDER BY begins, region, words
"""
_FORGET = f"""
    DELETE FROM rollup_sealed WHERE ({_COLUMNS}) IN (
        SELECT {_COLUMNS} FROM rollup_sealed WHERE step = {{}} AND begins < ? LIMIT ?
    ) RETURNING 1
"""  # noqa: S608 - constants
