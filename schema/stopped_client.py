"""What coordinators see of a client that was stopped because it seemed to guess people."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.page_info import PageInfo
from tongxing.schema.values import described, value


@strawberry.enum(
    description="停用原因 The limit that a client crossed. All count documents that it asked about "
    "and no issuer confirmed."
)
@unique
class StopReason(Enum):
    SAME_PREFIX = described("SAME_PREFIX", "前段相同 Many numbers that differ in their last digits")
    SAME_ENDS = described(
        "SAME_ENDS", "首尾相同 Many ID numbers that differ in the date of birth alone"
    )
    SAME_NUMBER = described("SAME_NUMBER", "同号多名 Many names with one number")
    SAME_NAME = described("SAME_NAME", "同名多号 Many numbers with one name")
    MOSTLY_UNCONFIRMED = described(
        "MOSTLY_UNCONFIRMED", "多数未获确认 Too many of all documents, and too large a share"
    )
    IMPOSSIBLE_NUMBERS = described(
        "IMPOSSIBLE_NUMBERS",
        "号码无效过多 Too many numbers with a wrong check character, or with a date or division "
        "that does not exist",
    )
    WRONG_CODES = described("WRONG_CODES", "错码过多 Too many scanned codes that no issuer made")


@value(
    name="StoppedClient",
    description="停用的接入系统 A client that the hub stopped, until an operator resumes it. "
    "It holds no number, no name and no part of one.",
)
class StoppedClient:
    id: strawberry.ID
    client: strawberry.ID
    reason: StopReason
    counted: int = strawberry.field(description="计数 What the limit counted when it was crossed")
    limit: int = strawberry.field(description="限额 How many it allowed")
    since: datetime
    resumed_at: datetime | None = strawberry.field(description="恢复时间 null: it is stopped")


@value(description="A stopped client and its cursor.")
class StoppedClientEdge:
    node: StoppedClient
    cursor: str


@value(description="停用分页 A Relay connection over the stopped clients, newest first.")
class StoppedClientConnection:
    edges: list[StoppedClientEdge]
    page_info: PageInfo
