"""What all lists that are read page by page have in common: from the four arguments of a connection
to the slice that is read, and back to its PageInfo.

The only place that knows the rules of the GraphQL Cursor Connections specification.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from tongxing.gateway.errors import Details, ErrorCode, Refused, range_of
from tongxing.gateway.storage import InvalidCursor
from tongxing.gateway.storage.cursors import Cursors, CursorTooOld
from tongxing.gateway.storage.slices import Slice, Sliced
from tongxing.schema.page_info import PageInfo
from tongxing.schema.paging import PageArguments, PageSizes

N = TypeVar("N")
C = TypeVar("C")


def page_size(sizes: PageSizes, first: int | None, last: int | None) -> int:
    """How many entries a page may hold that is asked for with these arguments. Raises
    Refused: PAGE_SIZE for more than the field allows and for none, FIRST_AND_LAST for both."""
    if first is not None and last is not None:
        raise Refused(ErrorCode.FIRST_AND_LAST, Details(argument="last"))
    asked = last if first is None else first
    size = sizes.usual if asked is None else asked
    if not 1 <= size <= sizes.most:
        raise _no_such_page("last" if first is None else "first", sizes.most)
    return size


def _no_such_page(argument: str, most: int) -> Refused:
    details = Details(argument=argument, limit=most, unit="entries", allowed=range_of(1, most))
    return Refused(ErrorCode.PAGE_SIZE, details)


@contextmanager
def cursor_of(argument: str) -> Iterator[None]:
    """A cursor that did not come from the list, or comes too late, is a fault of ``argument``."""
    try:
        yield
    except CursorTooOld:
        raise Refused(ErrorCode.CURSOR_TOO_OLD, Details(argument=argument)) from None
    except InvalidCursor:
        raise Refused(ErrorCode.INVALID_CURSOR, Details(argument=argument)) from None


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one connection."""

    sizes: PageSizes
    cursors: Cursors

    def asked(self, given: PageArguments) -> Slice:
        """The slice that a client asks for. Raises Refused."""
        return Slice(
            most=page_size(self.sizes, given.first, given.last),
            after=self._place("after", given.after),
            before=self._place("before", given.before),
            is_last=given.last is not None,
        )

    def connection(
        self, page: Sliced[N], connection: Callable[..., C], edge: Callable[..., object]
    ) -> C:
        """``page`` of nodes as the types ``connection`` and ``edge`` of the schema."""
        edges = [edge(node=node, cursor=self.cursors.at(number)) for number, node in page.entries]
        return connection(edges=edges, page_info=self._info(page))

    def _info(self, page: Sliced[Any]) -> PageInfo:
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=self._cursor(page.start),
            end_cursor=self._cursor(page.end),
        )

    def _cursor(self, number: int | None) -> str | None:
        return None if number is None else self.cursors.at(number)

    def _place(self, argument: str, cursor: str | None) -> int | None:
        """Where in the list ``cursor`` points."""
        with cursor_of(argument):
            return None if cursor is None else self.cursors.number(cursor)
