"""What coordinators see of a client that was stopped because it seemed to guess people."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.any_alarm import AnyAlarm
from tongxing.schema.numbered_ids import NumberedIds
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


STOP_IDS = NumberedIds("stop")


@value(
    name="StoppedClient",
    description="停用的接入系统：平台认为其在猜测他人信息而停用，须由平台管理员恢复；不含号码、"
    "姓名或其任何部分。 A client that the hub stopped because it seemed to guess people, until an "
    "operator resumes it. It holds no number, no name and no part of one.",
)
class StoppedClient(AnyAlarm):
    id: strawberry.ID = strawberry.field(
        description="停用编号，如 stop:3，长期不变；每次停用各有一个 Such as stop:3; it stays. "
        "Each stop has its own, so a client stopped twice is here twice"
    )
    client: strawberry.ID = strawberry.field(description="接入系统编号 The id of the client")
    reason: StopReason = strawberry.field(description="停用原因 The limit that it crossed")
    counted: int = strawberry.field(
        description="超限时的计数 What the limit counted when it was crossed"
    )
    limit: int = strawberry.field(description="限额 How many it allowed")
    since: datetime = strawberry.field(description="停用时间 When it was stopped")
    resumed_at: datetime | None = strawberry.field(
        description="恢复时间，仍停用的为空 When an operator resumed it; null while it is stopped"
    )


@value(description="停用及其游标 A stopped client and its cursor.")
class StoppedClientEdge:
    node: StoppedClient = strawberry.field(description="停用 The stop")
    cursor: str = strawberry.field(
        description="游标，仅用于 stoppedClients The place of this stop, for `after` and `before` "
        "of stoppedClients"
    )


@value(description="停用分页，从新到旧 A page of stopped clients, newest first.")
class StoppedClientConnection:
    edges: list[StoppedClientEdge] = strawberry.field(
        description="本页的停用 The stops of this page; empty if there are none"
    )
    page_info: PageInfo = strawberry.field(
        description="前后是否还有，以及续读的游标 Whether there is more on either side, and the "
        "cursors to go on with"
    )
