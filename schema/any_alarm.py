"""What all alarms have in common, whatever they are about: a coordinator sees them in one list."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.acknowledgement import Acknowledgement
from tongxing.schema.node import Node
from tongxing.schema.page_info import PageInfo
from tongxing.schema.values import described, interface, value


@strawberry.enum(description="预警状态 Whether somebody has to see to an alarm.")
@unique
class AlarmState(Enum):
    OPEN = described("OPEN", "待确认 Nobody sees to it yet, and its cause stands")
    ACKNOWLEDGED = described("ACKNOWLEDGED", "已确认 Somebody sees to it")
    CLOSED = described("CLOSED", "已消除 Its cause is gone, whether or not somebody saw to it")


def _state(self: "AnyAlarm") -> AlarmState:
    if self.closed_at is not None:
        return AlarmState.CLOSED
    return AlarmState.OPEN if self.acknowledgement is None else AlarmState.ACKNOWLEDGED


@interface(
    name="CoordinationAlarm",
    description="预警：需要有人处理的情况，各类另有自己的字段；不认识的类别，可只读此处各字段。 "
    "What somebody has to see to. Each kind has its own fields too; of a kind that you do not "
    "know, read these.",
)
class AnyAlarm(Node):
    id: strawberry.ID = strawberry.field(
        description="预警编号，长期不变；acknowledgeAlarm 用之 It stays; acknowledgeAlarm takes it"
    )
    raised_at: datetime = strawberry.field(description="预警时间 When the hub raised the alarm")
    closed_at: datetime | None = strawberry.field(
        default=None,
        description="消除时间：原因自此不再存在；仍存在或不能自行消除的为空 Since when its cause "
        "is gone; null while it stands, and for what cannot go away by itself",
    )
    acknowledgement: Acknowledgement | None = strawberry.field(
        default=None,
        description="确认，尚未确认的为空 Who has seen to it; null: nobody yet",
    )
    state: AlarmState = strawberry.field(
        resolver=_state, description="状态 Whether somebody has to see to it"
    )


@value(name="CoordinationAlarmEdge", description="预警及其游标 An alarm and its cursor.")
class AnyAlarmEdge:
    node: AnyAlarm = strawberry.field(description="预警 The alarm")
    cursor: str = strawberry.field(
        description="游标，用于 coordinationAlarms，以及订阅 alarms The place of this alarm, for "
        "`after` and `before` of coordinationAlarms, and for `after` of the subscription alarms"
    )


@value(
    name="CoordinationAlarmConnection",
    description="预警分页，从新到旧 A page of alarms of every kind, newest first.",
)
class AnyAlarmConnection:
    edges: list[AnyAlarmEdge] = strawberry.field(
        description="本页的预警 The alarms of this page; empty if there are none"
    )
    page_info: PageInfo = strawberry.field(
        description="前后是否还有，以及续读的游标 Whether there is more on either side, and the "
        "cursors to go on with"
    )
