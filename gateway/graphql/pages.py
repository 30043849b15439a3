"""What all lists that are read page by page have in common: from the four arguments of a connection
to the slice that is read, and back to its PageInfo.

The only place that knows the rules of the GraphQL Cursor Connections specification.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.storage import InvalidCursor
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.slices import Slice, Sliced
from tongxing.schema.page_info import PageInfo
from tongxing.schema.paging import PageArguments, PageSizes


def page_size(sizes: PageSizes, first: int | None, last: int | None) -> int:
    """How many entries a page may hold that is asked for with these arguments. Raises
    Refused(INVALID_VALUE) for more than the field allows, for none, and for two numbers at once."""
    if first is not None and last is not None:
        raise Refused(ErrorCode.INVALID_VALUE)
    asked = last if first is None else first
    size = sizes.usual if asked is None else asked
    if not 1 <= size <= sizes.most:
        raise Refused(ErrorCode.INVALID_VALUE)
    return size


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one connection."""

    sizes: PageSizes
    cursors: Cursors

    def asked(self, given: PageArguments) -> Slice:
        """The slice that a client asks for. Raises Refused."""
        return Slice(
            most=page_size(self.sizes, given.first, given.last),
            after=self._place(given.after),
            before=self._place(given.before),
            is_last=given.last is not None,
        )

    def info(self, page: Sliced[Any]) -> PageInfo:
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=self._cursor(page.start),
            end_cursor=self._cursor(page.end),
        )

    def _cursor(self, number: int | None) -> str | None:
        return None if number is None else self.cursors.at(number)

    def _place(self, cursor: str | None) -> int | None:
        """Where in the list ``cursor`` points."""
        try:
            return None if cursor is None else self.cursors.number(cursor)
        except InvalidCursor:
            raise Refused(ErrorCode.INVALID_VALUE) from None


class PageEdge(Protocol):
    @property
    def cursor(self) -> str: ...


def page_info(edges: Sequence[PageEdge], after: str | None, *, has_next: bool) -> PageInfo:
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
