"""How values lie in the columns of a table, and how they come back.

Times are whole microseconds since 1970 (UTC), durations whole microseconds, ids and digests the
bytes behind their base64url, several words one text with spaces between them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TypeVar

from tongxing.gateway.storage.faults import StorageDamaged
from tongxing.keys import base64url
from tongxing.schema import RegionCode

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
E = TypeVar("E", bound=Enum)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Exact, unlike ``timestamp()``. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time needs a zone")
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    return _EPOCH + count * _MICROSECOND


def span(duration: timedelta) -> int:
    return duration // _MICROSECOND


def from_span(count: int) -> timedelta:
    return count * _MICROSECOND


def or_none(convert: Callable[[A], B], value: A | None) -> B | None:
    """``convert(value)`` for a column that may be NULL."""
    return None if value is None else convert(value)


@contextmanager
def as_written(table: str) -> Iterator[None]:
    """Rows of ``table`` are read: a value of another kind than was written is damage. Raises
    StorageDamaged."""
    try:
        yield
    except (ValueError, TypeError, ArithmeticError) as error:
        raise StorageDamaged(f"the table {table} holds what was not written there") from error


def typed(value: object, kind: type[A]) -> A:
    """``value`` of a column, which may hold anything whatever its declaration says. Raises
    TypeError."""
    if not isinstance(value, kind):
        raise TypeError("a value of another kind")
    return value


def octets(unchecked_id: str) -> bytes:
    """The bytes of an id that a client sent; no bytes, which find nothing, if it cannot be one."""
    try:
        return base64url.decode(unchecked_id)
    except ValueError:
        return b""


def words(members: Iterable[Enum]) -> str:
    return " ".join(member.value for member in members)


def from_words(kind: type[E], text: str) -> list[E]:
    return [kind(word) for word in text.split()]


def region_stem(region: RegionCode) -> tuple[int, str]:
    """``schema.contains`` in SQL: the parameters of ``substr(column, 1, CAST(? AS INTEGER)) = ?``,
    which holds for the column's regions that are ``region`` or lie in it."""
    stem: str = region
    while stem.endswith("00"):
        stem = stem[:-2]
    return len(stem), stem


def places(values: Sized) -> str:
    """The question marks of ``IN (…)`` for ``values``."""
    return ", ".join("?" * len(values))


def some_at_once(rows: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """``rows`` in their order, so many in one statement: a statement has only so many places."""
    return (rows[start : start + most] for start in range(0, len(rows), most))


def rows_of_places(rows: Sequence[Sized]) -> str:
    """The question marks of ``VALUES …`` for ``rows``. One statement for all of them: with one for
    each, the writer waits for the interpreter's lock as often, 5 ms at a time beside other work."""
    return ", ".join([f"({places(row)})" for row in rows])
