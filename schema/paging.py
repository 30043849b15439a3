"""What all lists that are read page by page have in common in the SDL.

They are connections as the GraphQL Cursor Connections specification describes them. Responsible for
the four arguments and for marking a field with the sizes of its pages, which ``authorization``
counts before anything is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import strawberry

PAGED = "tongxing-paged"
"""The key under which a field's metadata holds its PageSizes."""


@dataclass(frozen=True, slots=True)
class PageSizes:
    """``usual``: entries of a page if the client names no number; ``most``: entries of any page."""

    usual: int
    most: int

    @property
    def mark(self) -> Mapping[str, "PageSizes"]:
        """The metadata of the field whose pages these are."""
        return {PAGED: self}

    @property
    def zh(self) -> str:
        return f"每页默认{self.usual}条，最多{self.most}条"

    @property
    def en(self) -> str:
        return (
            f"{self.usual} entries a page unless you ask for another number, at most {self.most:,}"
        )


class PageArguments(NamedTuple):
    """What a client gave."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


First = Annotated[
    int | None,
    strawberry.argument(
        description="从头取的条数。不得与 last 同用；两者都不给的，按默认条数从头取。 How many "
        "entries, counted from the start of the list or from `after`; not together with `last`. "
        "Without either you get the usual number from the start."
    ),
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="游标：只取其后的条目，通常填上一页的 endCursor；其他列表的游标不予接受。 A "
        "cursor of this list: only entries behind it; usually the endCursor of the page before. A "
        "cursor of another list is refused."
    ),
]
Last = Annotated[
    int | None,
    strawberry.argument(
        description="从末尾倒取的条数，结果仍按列表顺序。不得与 first 同用。 How many entries, "
        "counted back from the end of the list or from `before`, still in the order of the list; "
        "not together with `first`."
    ),
]
Before = Annotated[
    str | None,
    strawberry.argument(
        description="游标：只取其前的条目，通常填后一页的 startCursor；其他列表的游标不予接受。 A "
        "cursor of this list: only entries before it; usually the startCursor of the page behind. "
        "A cursor of another list is refused."
    ),
]
