"""What happens to alarms, for those who follow them."""

from typing import Annotated

import strawberry

from tongxing.schema.any_alarm import AnyAlarm
from tongxing.schema.values import value

_ALARM = (
    "预警，为推送时的状态 The alarm as it is when the event is sent, not as it was when it "
    "happened."
)


@value(description="新预警 An alarm was raised.")
class AlarmRaised:
    alarm: AnyAlarm = strawberry.field(description=_ALARM)


@value(description="预警已确认 Somebody sees to an alarm.")
class AlarmAcknowledged:
    alarm: AnyAlarm = strawberry.field(description=_ALARM)


AlarmEvent = Annotated[
    AlarmRaised | AlarmAcknowledged,
    strawberry.union(
        "AlarmEvent",
        description="预警动态，今后可能增加种类，不认识的请略过 What happened to an alarm. Members "
        "may be added: skip one that you do not know.",
    ),
]


@value(description="预警动态及其游标 An event and its cursor.")
class AlarmEventEdge:
    cursor: str = strawberry.field(
        description="游标：续接时交上最后一个，其后的都不会遗漏，在任一工作进程上均可 Hand in the "
        "last one as `after`, and nothing behind it is missed, whichever worker answers."
    )
    node: AlarmEvent = strawberry.field(description="预警动态 The event.")
