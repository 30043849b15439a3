"""Where a page lies in its list (GraphQL Cursor Connections specification)."""

import strawberry

from tongxing.schema.supergraph import SHAREABLE
from tongxing.schema.values import value


@value(description="分页信息 Where a page lies in its list.", directives=(SHAREABLE,))
class PageInfo:
    has_next_page: bool = strawberry.field(
        description="其后是否还有记录 Whether more entries come after this page."
    )
    has_previous_page: bool = strawberry.field(
        description="其前是否还有记录 Whether there are entries before this page."
    )
    start_cursor: str | None = strawberry.field(
        description="本页起点的游标，本页无记录的为空 The cursor of the first entry, for "
        "`before`; null if the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="本页终点的游标，没有可继续之处的为空 Where the page ends, for `after`; null "
        "if there is nothing to go on from."
    )
