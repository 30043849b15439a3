"""What happens to an arrival, in the order in which it happens, for those who follow a region."""

from datetime import datetime
from typing import Annotated

import strawberry

from tongxing.schema.arrival import Arrival
from tongxing.schema.color import Color
from tongxing.schema.values import value

_ARRIVAL = (
    "到达登记，为推送时的状态 The arrival as it is when the event is sent, not as it was when it "
    "happened."
)


@value(
    description="已登记：查验点登记了到达，请予确认 A gate has recorded an arrival: acknowledge it."
)
class ArrivalRecorded:
    arrival: Arrival = strawberry.field(description=_ARRIVAL)


@value(description="已确认：属地已知悉 A district has acknowledged an arrival.")
class ArrivalAcknowledged:
    arrival: Arrival = strawberry.field(description=_ARRIVAL)


@value(
    description="已撤销：登记有误，不必再等候 The gate has withdrawn an arrival as wrong: wait "
    "for nobody."
)
class ArrivalWithdrawn:
    arrival: Arrival = strawberry.field(description=_ARRIVAL)


@value(
    description="已变色：登记后发码机构所示的最严颜色有变。不是处置结果，绿码也不等于放行，如何处"
    "置由属地决定 After the arrival the most restrictive color that issuers state has changed. "
    "It is no decision, and a green is none either: what to do is the district's own."
)
class ArrivalColorChanged:
    arrival: Arrival = strawberry.field(description=_ARRIVAL)
    color: Color = strawberry.field(
        description="变为的颜色：发码机构现在所示的最严颜色；没有答复不算变色，故不会是UNKNOWN "
        "The most restrictive color that issuers state now; never UNKNOWN, because silence is no "
        "change."
    )
    known_at: datetime = strawberry.field(
        description="获知日期，以北京时间当日之末表示 The day on which the hub learned of it, "
        "written as its end in Beijing."
    )


ArrivalEvent = Annotated[
    ArrivalRecorded | ArrivalAcknowledged | ArrivalWithdrawn | ArrivalColorChanged,
    strawberry.union(
        "ArrivalEvent",
        description="到达动态，今后可能增加种类，不认识的请略过 What happened to an arrival. "
        "Members may be added: skip one that you do not know.",
    ),
]


@value(description="到达动态及其游标 An event and its cursor.")
class ArrivalEventEdge:
    cursor: str = strawberry.field(
        description="游标，14天内有效：续接时交上最后一个，其后的都不会遗漏 Hand in the last one "
        "as `after`, and nothing behind it is missed; good for 14 days."
    )
    node: ArrivalEvent = strawberry.field(description="到达动态 The event.")
