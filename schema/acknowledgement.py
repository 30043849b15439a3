"""That somebody has seen to an alarm: who, and when."""

from datetime import datetime

import strawberry

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


@strawberry.input(description="所确认的预警 Which alarm is acknowledged.")
class AcknowledgeAlarmInput:
    id: strawberry.ID = strawberry.field(
        description="预警编号，如 alarm:12 或 stop:3，至多100个字符 Such as alarm:12 or stop:3, at "
        "most 100 characters"
    )
