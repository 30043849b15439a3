"""That somebody has seen to an alarm: who, and when."""

from datetime import datetime

import strawberry

from tongxing.schema.scalars import AlarmNote
from tongxing.schema.values import value


@value(
    name="AlarmAcknowledgement",
    description="预警的确认：谁已知悉并处理 That somebody has seen an alarm and sees to it.",
)
class Acknowledgement:
    at: datetime = strawberry.field(description="首次确认时间 When it was first acknowledged")
    by: strawberry.ID = strawberry.field(
        description="首次确认的人员或接入系统 Who acknowledged it first: a person or a client"
    )
    note: str | None = strawberry.field(
        graphql_type=AlarmNote | None,
        default=None,
        description="说明，没有的为空 What they said of it; null if nothing",
    )


@strawberry.input(description="所确认的预警 Which alarm is acknowledged.")
class AcknowledgeAlarmInput:
    id: strawberry.ID = strawberry.field(
        description="预警编号，如 alarm:12、stop:3 或 trust:5，至多100个字符 Such as alarm:12, "
        "stop:3 or trust:5, at most 100 characters"
    )
    note: AlarmNote | None = strawberry.field(
        default=None,
        description="说明，可不填；所有能看预警的人都能看到，不进审计日志 What you do about it, if "
        "you like. Whoever sees the alarm sees it; the audit log does not hold it",
    )
