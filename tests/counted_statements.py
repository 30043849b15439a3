"""A unit of work that counts its statements: for each the writer waits for the interpreter once."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tongxing.gateway.storage import UnitOfWork, Work


class CountedStatements(UnitOfWork):
    """Hands everything on to ``unit``. A statement over many rows counts once for each."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self.number = 0

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        self.number += 1
        return self._unit.execute(sql, parameters)

    def read_once(self, sql: str, parameters: tuple[object, ...]) -> list[Any]:
        self.number += 1
        return self._unit.read_once(sql, parameters)

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        every = list(rows)
        self.number += len(every)
        self._unit.execute_many(sql, every)


def counted(work: Work) -> Callable[[UnitOfWork], int]:
    """``work``, whose result is then the number of its statements."""

    def count(unit: UnitOfWork) -> int:
        counting = CountedStatements(unit)
        work(counting)
        return counting.number

    return count
