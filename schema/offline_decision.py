"""What a gate decided without a network, as it hands it in, and what the hub makes of it."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.arrival import ArrivalResult
from tongxing.schema.holder_pass import HolderPassStatus
from tongxing.schema.place import RegionCode
from tongxing.schema.values import described, value


@strawberry.enum(description="断网处置的上交结果 What became of a decision that was handed in.")
@unique
class OfflineOutcome(Enum):
    RECORDED = described("RECORDED", "已记入审计日志 It is in the audit log now")
    RECORDED_BEFORE = described(
        "RECORDED_BEFORE", "此前已记入，未重复记 It was in the log already, and is there once"
    )
    HANDED_IN_BY_ANOTHER = described(
        "HANDED_IN_BY_ANOTHER",
        "另一接入系统已交过此编号的处置，未予记入 Another client has handed in a decision of this "
        "id; this one is refused",
    )
    CONTRADICTS_ITSELF = described(
        "CONTRADICTS_ITSELF",
        "此前以同一编号交过不同内容，未予记入 This client has handed in something else under this "
        "id; this one is refused",
    )
    TOO_OLD = described("TOO_OLD", "作出已超过60天，未予记入 Older than 60 days; refused")
    FROM_THE_FUTURE = described(
        "FROM_THE_FUTURE",
        "处置时间晚于上交时间，未予记入 Said to be made after it was handed in; refused",
    )
    MALFORMED = described(
        "MALFORMED", "编号或故障代码格式不正确，未予记入 Its id or fault is none; refused"
    )


@strawberry.input(description="断网时作出的一次处置 One decision that a gate made by itself.")
class OfflineDecisionInput:
    id: strawberry.ID = strawberry.field(
        description="处置编号，由设备随机生成，至多36个字符 A UUID that the device made up, at "
        "most 36 characters"
    )
    pass_text: str | None = strawberry.field(
        default=None,
        description="所扫通行凭证的文本，至多666个字符；不是凭证的为空 The pass, at most 666 "
        "characters; null if what was scanned was none",
    )
    list_state: int | None = strawberry.field(
        default=None,
        description="所据状态名录的期号，没有的为空 The number of the list's state that it rests "
        "on; null if there was none",
    )
    shown_status: HolderPassStatus | None = strawberry.field(
        default=None,
        description="设备所示的状态，未能确认的为空 What the device showed; null if it could not "
        "tell",
    )
    fault: str | None = strawberry.field(
        default=None,
        description="未能确认的原因，如 LIST_TOO_OLD，至多40个字符，没有的为空 What was wrong, at "
        "most 40 characters; null if nothing was",
    )
    decided_at: datetime = strawberry.field(
        description="作出的时间，以设备时钟为准 When, by the device's clock"
    )
    destination: RegionCode | None = strawberry.field(
        default=None,
        description="登记到达的目的地区县，未登记的为空 The district to record an arrival in; "
        "null for none",
    )


@strawberry.input(description="断网处置 What a gate decided while it had no network.")
class RecordOfflineDecisionsInput:
    region: RegionCode = strawberry.field(
        description="接收地，须在本接入系统可代表的地区之内 The receiving region; it must lie in "
        "one that the client may act for"
    )
    handed_in_at: datetime = strawberry.field(
        description="上交时间，以同一设备时钟为准 The time now by the same clock: with it a clock "
        "that is off is set right"
    )
    decisions: list[OfflineDecisionInput] = strawberry.field(
        description="处置，1至50次 The decisions, 1 to 50 of them"
    )


@value(description="一次断网处置的上交结果 What became of one decision.")
class OfflineDecisionResult:
    decision_id: strawberry.ID = strawberry.field(description="处置编号 The id of the decision")
    outcome: OfflineOutcome = strawberry.field(description="上交结果 What became of it")
    arrival: ArrivalResult | None = strawberry.field(
        description="到达登记或未登记的原因，没有要求登记的为空 The arrival, or why there is none; "
        "null if none was asked for"
    )
