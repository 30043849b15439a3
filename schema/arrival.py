"""Arrivals: which travelers have come to a district, as the district sees them."""

from datetime import datetime
from typing import Annotated

import strawberry

from tongxing.schema.color import Color
from tongxing.schema.decision import Decision, Purpose
from tongxing.schema.node import Node
from tongxing.schema.node_ids import NodeIds
from tongxing.schema.page_info import PageInfo
from tongxing.schema.place import RegionCode
from tongxing.schema.refusal import Refusal
from tongxing.schema.scalars import AuditIndex, ShownHolder, SignedReceipt
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.supergraph import entity
from tongxing.schema.values import value

ARRIVAL_IDS = NodeIds("arrival")


@value(
    name="TravelerArrival",
    description="到达登记：经互认的旅客到达某区县，保存14天 A traveler whom the hub recognized "
    "has come to a district; kept for 14 days.",
    directives=entity("id"),
)
class Arrival(Node):
    """At rest the person is a HolderRef, and the id has no kind in front; each client sees its own
    reference to the person, and ``ARRIVAL_IDS``."""

    holder: str = strawberry.field(
        graphql_type=ShownHolder,
        description="人员代号，各接入系统所见不同 This client's own reference to the person; "
        "another client sees another one.",
    )
    district: RegionCode = strawberry.field(description="目的地区县 The district of destination.")
    purpose: Purpose = strawberry.field(
        description="查验用途 What the traveler was recognized for."
    )
    color: Color = strawberry.field(
        description="查验时的颜色，此后变色也不改动 As it was recognized at the gate; it stays "
        "as it was, whatever comes later."
    )
    decision: Decision = strawberry.field(description="查验时的处置 As it was decided at the gate.")
    recognition: AuditIndex = strawberry.field(
        description="互认结果的审计序号 Where the audit log holds the recognition."
    )
    recorded_at: datetime = strawberry.field(description="登记时间 When the gate recorded it.")
    recorded_by: strawberry.ID = strawberry.field(
        description="登记的接入系统，只有它能撤销 The client at the gate; it alone can withdraw "
        "the arrival."
    )
    acknowledged_at: datetime | None = strawberry.field(
        default=None,
        description="首次确认时间，尚未确认的为空，请予确认 When the district first acknowledged "
        "it; null: not yet, so acknowledge it.",
    )
    acknowledged_by: strawberry.ID | None = strawberry.field(
        default=None,
        description="首次确认的接入系统，尚未确认的为空 The client that spoke for the district "
        "first; null: none yet.",
    )
    withdrawn_at: datetime | None = strawberry.field(
        default=None,
        description="撤销时间，未撤销的为空；已撤销的不必再等候此人 When the gate withdrew it as "
        "wrong; null: it stands. If it is withdrawn, wait for nobody.",
    )
    changed_color: Color | None = strawberry.field(
        default=None,
        directives=any_of(Scope.ARRIVAL_READ),
        description="登记后变为的颜色：发码机构所示的最严颜色，不是处置结果；平台未获知变色的为"
        "空 The most restrictive color that issuers state since, if it is another one than "
        "before; null: the hub has learned of no change. It is no decision: what to do is this "
        "place's own.",
    )
    change_known_at: datetime | None = strawberry.field(
        default=None,
        directives=any_of(Scope.ARRIVAL_READ),
        description="获知变色的日期，以北京时间当日之末表示；未获知变色的为空 The day on which "
        "the hub learned of the last change, written as its end in Beijing; null: of no change.",
    )


@value(name="TravelerArrivalEdge", description="到达登记及其游标 An arrival and its cursor.")
class ArrivalEdge:
    node: Arrival = strawberry.field(description="到达登记 The arrival.")
    cursor: str = strawberry.field(
        description="游标：作为 after 交给同一查询，下一页即从其后开始 Hand it in as `after`, to "
        "the same field, and the page begins behind it."
    )


@value(
    name="TravelerArrivalConnection",
    description="到达分页 A Relay connection over the arrivals of a region, oldest first.",
)
class ArrivalConnection:
    edges: list[ArrivalEdge] = strawberry.field(description="本页记录 The arrivals of this page.")
    page_info: PageInfo = strawberry.field(description="分页信息 Where the page lies in the list.")


@strawberry.input(description="登记到达所需内容 What a gate hands in to record an arrival.")
class RecordArrivalInput:
    receipt: str = strawberry.field(
        graphql_type=SignedReceipt,
        description="本接入系统取得的互认回执，至多65536个字符 The receipt of the recognition, "
        "as this client got it; up to 65,536 characters.",
    )
    destination: RegionCode = strawberry.field(
        description="目的地区县（六位行政区划代码） The district (six digits, GB/T 2260) to "
        "which the traveler goes on."
    )


@strawberry.input(description="所确认的到达登记 Which arrival a district acknowledges.")
class AcknowledgeArrivalInput:
    id: strawberry.ID = strawberry.field(
        description="到达登记的编号，至多100个字符 The id of the arrival, at most 100 characters."
    )


@strawberry.input(description="所撤销的到达登记 Which arrival a gate withdraws.")
class WithdrawArrivalInput:
    id: strawberry.ID = strawberry.field(
        description="到达登记的编号，至多100个字符 The id of the arrival, at most 100 characters."
    )


@value(description="到达未办理，什么也没有登记或改动 Nothing was recorded or changed.")
class ArrivalRefused(Refusal):
    pass


ArrivalResult = Annotated[
    Arrival | ArrivalRefused,
    strawberry.union(
        "ArrivalResult",
        description="到达办理结果：现存的登记，或未办理的原因 The arrival as it is kept now, or "
        "why not.",
    ),
]
