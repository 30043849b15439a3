"""Which part of an ordered list is read, and how it is read from a table.

A list is ordered by a whole number that no two of its entries share. Responsible for what lies
before and behind the part that was read, which is looked up and never guessed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tongxing.gateway.storage.database import ReadSession

T = TypeVar("T")
U = TypeVar("U")

NO_LESS, NO_MORE = -(2**63), 2**63 - 1
"""Beyond every number of a list; no list reaches them."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Up to ``most`` entries between the places ``after`` and ``before``, which are left out; None
    is the list's own end. The first of them or, with ``is_last``, the last. After and before are
    meant in the order of the list, whichever way its numbers run."""

    most: int
    after: int | None = None
    before: int | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Sliced(Generic[T]):
    """What a slice holds, in the order of the list, each entry with its number. ``start`` and
    ``end`` are where reading goes on, on either side."""

    entries: Sequence[tuple[int, T]]
    has_previous: bool
    has_next: bool
    start: int | None
    end: int | None

    @property
    def items(self) -> Sequence[T]:
        return [entry for _, entry in self.entries]

    def each(self, make: Callable[[int, T], U]) -> "Sliced[U]":
        """The same with what ``make`` makes of each number and entry."""
        made = [(number, make(number, entry)) for number, entry in self.entries]
        return Sliced(made, self.has_previous, self.has_next, self.start, self.end)


def sliced(entries: Sequence[tuple[int, T]], *, has_previous: bool, has_next: bool) -> Sliced[T]:
    """A slice that was read to its end, so that reading goes on from its own first and last."""
    start, end = (entries[0][0], entries[-1][0]) if entries else (None, None)
    return Sliced(entries, has_previous, has_next, start, end)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that lies in the rows of ``table`` for which ``condition`` holds, ordered by ``key``.
    All four are constants of the program; the values of ``condition`` are bound."""

    table: str
    columns: str
    condition: str = "TRUE"
    key: str = "number"
    newest_first: bool = False

    def read(
        self, wanted: Slice, session: ReadSession, values: Sequence[object] = ()
    ) -> Sliced[Sequence[Any]]:
        """The columns of each row of ``wanted``."""
        low, high = wanted.after, wanted.before
        if self.newest_first:
            low, high = high, low
        asked = (*values, *_between(low, high), wanted.most + 1)
        rows = session.execute(self.page_sql(wanted), asked)
        found = rows[: wanted.most]
        if wanted.is_last:
            found.reverse()
        below = low is not None and self._holds("<=", low, session, values)
        above = high is not None and self._holds(">=", high, session, values)
        previous, following = (above, below) if self.newest_first else (below, above)
        more = len(rows) > wanted.most
        return sliced(
            [(row[0], row[1:]) for row in found],
            has_previous=previous or (wanted.is_last and more),
            has_next=following or (more and not wanted.is_last),
        )

    def page_sql(self, wanted: Slice) -> str:
        """Takes the values of ``condition``, two numbers that are left out, and a limit."""
        order = "DESC" if wanted.is_last != self.newest_first else "ASC"
        return (
            f"SELECT {self.key}, {self.columns} FROM {self.table} WHERE {self.condition} "  # noqa: S608 - constants
            f"AND {self.key} > ? AND {self.key} < ? ORDER BY {self.key} {order} LIMIT ?"
        )

    def _holds(
        self, relation: str, number: int, session: ReadSession, values: Sequence[object]
    ) -> bool:
        sql = (
            f"SELECT 1 FROM {self.table} WHERE {self.condition} "  # noqa: S608 - constants
            f"AND {self.key} {relation} ? LIMIT 1"
        )
        return bool(session.execute(sql, (*values, number)))


def _between(low: int | None, high: int | None) -> tuple[int, int]:
    return (NO_LESS if low is None else low, NO_MORE if high is None else high)
