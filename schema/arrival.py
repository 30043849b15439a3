"""Arrivals: which travelers have come to a district, as the district sees them."""

from datetime import datetime
from enum import Enum, unique
from typing import Annotated

import strawberry

from tongxing.schema.color import Color
from tongxing.schema.decision import Decision, Purpose
from tongxing.schema.page_info import PageInfo
from tongxing.schema.place import RegionCode
from tongxing.schema.scalars import AuditIndex
from tongxing.schema.values import Text, described, value


@value(
    name="TravelerArrival",
    description="到达登记 A traveler whom the hub recognized has come; kept for 14 days.",
)
class Arrival:
    """At rest the person is a HolderRef; each client sees its own reference to the person."""

    id: strawberry.ID
    holder: str = strawberry.field(description="人员代号 This client's own reference to the person")
    district: RegionCode = strawberry.field(description="目的地 The district of destination")
    purpose: Purpose
    color: Color = strawberry.field(description="查验时的颜色 As it was recognized at the gate")
    decision: Decision
    recognition: AuditIndex = strawberry.field(
        description="互认审计序号 Where the audit log holds the recognition"
    )
    recorded_at: datetime
    recorded_by: strawberry.ID = strawberry.field(
        description="登记的接入系统 The client at the gate"
    )
    acknowledged_at: datetime | None = None
    acknowledged_by: strawberry.ID | None = strawberry.field(
        default=None, description="确认的接入系统 The client that spoke for the district first"
    )


@value(name="TravelerArrivalEdge", description="到达登记及其游标 An arrival and its cursor.")
class ArrivalEdge:
    node: Arrival
    cursor: str


@value(
    name="TravelerArrivalConnection",
    description="到达分页 A Relay connection over the arrivals of a region, oldest first.",
)
class ArrivalConnection:
    edges: list[ArrivalEdge]
    page_info: PageInfo


@strawberry.enum(description="到达未登记原因 Why an arrival is not recorded or not acknowledged.")
@unique
class ArrivalRule(Enum):
    INVALID_RECEIPT = described(
        "INVALID_RECEIPT",
        "不是本平台出具给该接入系统的回执 No receipt that this hub gave to this client",
    )
    EXPIRED_RECEIPT = described(
        "EXPIRED_RECEIPT", "回执已过有效期 The answer must not be used any more"
    )
    HOLDER_UNKNOWN = described(
        "HOLDER_UNKNOWN",
        "回执未载明持码人 The receipt names no holder: no issuer confirmed the person",
    )
    NOT_A_DISTRICT = described(
        "NOT_A_DISTRICT", "目的地不是区县 The destination is a whole city or province"
    )
    OUTSIDE_THE_REGION = described(
        "OUTSIDE_THE_REGION",
        "目的地不在接收地之内 The recognition was made for another region than the destination's",
    )
    ANOTHER_DESTINATION = described(
        "ANOTHER_DESTINATION",
        "回执已用于另一目的地 The receipt has been used for an arrival elsewhere",
    )
    NO_SUCH_ARRIVAL = described(
        "NO_SUCH_ARRIVAL", "本辖区没有这条到达登记 None of that id in the regions of this client"
    )


@value(description="到达未办理 Nothing was recorded.")
class ArrivalRefused:
    rule: ArrivalRule
    text: Text


ArrivalResult = Annotated[
    Arrival | ArrivalRefused, strawberry.union("ArrivalResult", description="到达办理结果")
]

ARRIVAL_RULE_TEXTS = {
    ArrivalRule.INVALID_RECEIPT: Text(
        zh="不是本平台出具给该接入系统的回执，请重新查询取得回执",
        en="this is no receipt that the hub gave to this client; ask again for one",
    ),
    ArrivalRule.EXPIRED_RECEIPT: Text(
        zh="回执已过有效期，请重新查询", en="the receipt has run out; ask again"
    ),
    ArrivalRule.HOLDER_UNKNOWN: Text(
        zh="此次查询不能确认持码人身份，回执未载明其人，请按证件重新查询",
        en="no issuer confirmed number and name, so the receipt names no holder; ask by document",
    ),
    ArrivalRule.NOT_A_DISTRICT: Text(
        zh="目的地须为区县（六位行政区划代码，GB/T 2260），请改填区县",
        en="the destination must be a district (six digits, GB/T 2260); give one",
    ),
    ArrivalRule.OUTSIDE_THE_REGION: Text(
        zh="目的地不在该次互认的接收地之内，请按目的地所在的接收地重新查询",
        en="the destination does not lie in the region that the traveler was recognized for; ask "
        "again for the region of the destination",
    ),
    ArrivalRule.ANOTHER_DESTINATION: Text(
        zh="该回执已用于登记另一目的地；目的地有变的，请重新查询后登记",
        en="the receipt has been used for an arrival in another district; if the destination "
        "changed, ask again and record that",
    ),
    ArrivalRule.NO_SUCH_ARRIVAL: Text(
        zh="本辖区没有这条到达登记，请核对编号",
        en="there is no such arrival in the client's regions; check the id",
    ),
}
