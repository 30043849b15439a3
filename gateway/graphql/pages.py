"""What all lists that are read page by page have in common."""

from collections.abc import Sequence
from typing import Protocol

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.storage import InvalidCursor
from tongxing.gateway.storage.cursors import Cursors
from tongxing.schema.page_info import PageInfo


class PageEdge(Protocol):
    @property
    def cursor(self) -> str: ...


def page_info(
    edges: Sequence[PageEdge], after: str | None, *, has_next: bool, end: str | None = None
) -> PageInfo:
    """``end`` is where the next page begins, if that is not behind the last of ``edges``."""
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=end or (edges[-1].cursor if edges else None),
    )


def place_of(cursor: str | None, cursors: Cursors) -> int | None:
    """Where in the list ``cursor`` points. Raises Refused(INVALID_VALUE)."""
    try:
        return None if cursor is None else cursors.number(cursor)
    except InvalidCursor:
        raise Refused(ErrorCode.INVALID_VALUE) from None
