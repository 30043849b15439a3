"""Where two issuers disagreed about one person: how often, and case by case without the person."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.color import Basis, Color
from tongxing.schema.decision import Decision
from tongxing.schema.figure_period import (
    BEGINS,
    EDGE,
    EDGES,
    PAGE,
    PERIOD,
    FigurePeriod,
    seconds,
    tens,
)
from tongxing.schema.issuer import Issuer, named_issuer, perhaps_named_issuer
from tongxing.schema.page_info import PageInfo
from tongxing.schema.place import RegionCode
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.scalars import AuditIndex
from tongxing.schema.values import described, value


@strawberry.enum(description="事后证实的方式 How it became known who was right.")
@unique
class LaterProof(Enum):
    CHANGED = described("CHANGED", "另一机构改成了相同颜色 The other issuer came to the same color")
    CORRECTED = described(
        "CORRECTED", "另一机构采纳了纠错申请 The other issuer accepted a report of a mistake"
    )


@value(
    name="DisagreementFigure",
    description="结果不一致统计：两个机构对同一人的颜色不同 How often two issuers stated different "
    "colors of one person, and who was right later.",
)
class DisagreementFigure:
    begins: datetime = strawberry.field(description=BEGINS)
    receiving_region: RegionCode = strawberry.field(description="接收地 The receiving region")
    first: strawberry.Private[str]
    first_named: Issuer = named_issuer(
        "first", name="firstIssuer", description="其一，按编号排序 One issuer, in order of ids"
    )
    first_color: Color = strawberry.field(description="其颜色 Its color")
    second: strawberry.Private[str]
    second_named: Issuer = named_issuer(
        "second", name="secondIssuer", description="其二 The other issuer"
    )
    second_color: Color = strawberry.field(description="其颜色 Its color")
    case_count: int = tens("次数", "How often")
    first_right_count: int = tens(
        "其中事后证实其一正确的，计入得知之时",
        "How often the first one turned out to be right, counted when it became known",
    )
    second_right_count: int = tens(
        "其中事后证实其二正确的，计入得知之时",
        "How often the second one turned out to be right, counted when it became known",
    )
    median_proof_seconds: float | None = seconds(
        "从不一致到证实的时间，半数不超过",
        "How long it took to become known, the median",
        none_zh="没有证实",
        none_en="nothing became known",
        top="2592000",
    )
    rules: list["DecidingRule"] = strawberry.field(
        description="由哪些规则决定 Which rules decided; at most 20, the most frequent first"
    )


@value(name="DecidingRule", description="决定的规则 A rule that decided, and how often.")
class DecidingRule:
    rule_id: strawberry.ID | None = strawberry.field(
        description="规则编号；没有规则适用的为空 The rule; null if none fitted"
    )
    decision: Decision = strawberry.field(description="处置 The decision")
    count: int = tens("次数", "How often")


@value(
    name="StatedSide",
    description="一方：一个机构所述 What one issuer stated.",
)
class StatedSide:
    issuer: strawberry.Private[str]
    issuer_named: Issuer = named_issuer("issuer", description="发码机构 The issuer")
    color: Color = strawberry.field(description="颜色 Its color")
    basis: list[Basis] = strawberry.field(description="赋码依据 Why it set the color")
    issuing_place: RegionCode = strawberry.field(description="签发地 The place that it is of")
    age_seconds: int = strawberry.field(
        description="状态在答复时已有多少秒 How old it was when it was used, in seconds"
    )


@value(
    name="IssuerDisagreement",
    description="一次结果不一致；不含人员代号，审计记录可按序号查 One case in which two issuers "
    "disagreed. It names no person; the audit entry is found by its index.",
)
class IssuerDisagreement:
    audit_index: AuditIndex = strawberry.field(
        description="审计序号 The entry of the answer, for `auditEntry`",
    )
    at: datetime = strawberry.field(description="答复时间 When it was answered")
    receiving_region: RegionCode = strawberry.field(description="接收地 The receiving region")
    first: StatedSide = strawberry.field(description="其一，按编号排序 One side, in order of ids")
    second: StatedSide = strawberry.field(description="其二 The other side")
    color: Color = strawberry.field(description="答复的颜色 The color of the answer")
    decision: Decision = strawberry.field(description="处置 The decision of the answer")
    rule_id: strawberry.ID | None = strawberry.field(
        description="决定的规则；没有规则适用的为空 The rule that decided; null if none did"
    )
    policy: PolicyRef = strawberry.field(description="所据政策 The policy that decided")
    decided_by: strawberry.Private[str | None]
    decided_by_named: Issuer | None = perhaps_named_issuer(
        "decided_by",
        name="decidedBy",
        description="以哪个机构的信息为准；没有的为空 The issuer whose statement decided; null "
        "where none did",
    )
    right_later: strawberry.Private[str | None]
    right_later_named: Issuer | None = perhaps_named_issuer(
        "right_later",
        name="rightLater",
        description="事后证实正确的机构；30天内尚无从得知的为空 The issuer that turned out to be "
        "right; null while nothing shows it, for 30 days at the most",
    )
    later_proof: LaterProof | None = strawberry.field(
        description="如何证实；尚无从得知的为空 How it became known; null while it is not"
    )
    known_at: datetime | None = strawberry.field(
        description="何时证实；尚无从得知的为空 When it became known; null while it is not"
    )


@value(description="结果不一致统计及其游标 A figure of disagreements and its cursor.")
class DisagreementFigureEdge:
    node: DisagreementFigure = strawberry.field(description="统计 The figure")
    cursor: str = strawberry.field(description=EDGE)


@value(description="结果不一致统计分页 A page of figures of disagreements.")
class DisagreementFigureConnection:
    edges: list[DisagreementFigureEdge] = strawberry.field(description=EDGES)
    page_info: PageInfo = strawberry.field(description=PAGE)
    period: FigurePeriod = strawberry.field(description=PERIOD)


@value(description="一次结果不一致及其游标 A disagreement and its cursor.")
class IssuerDisagreementEdge:
    node: IssuerDisagreement = strawberry.field(description="结果不一致 The disagreement")
    cursor: str = strawberry.field(
        description="游标，仅用于 disagreements Its place, for `after` and `before`"
    )


@value(description="结果不一致分页，从新到旧 A page of disagreements, newest first.")
class IssuerDisagreementConnection:
    edges: list[IssuerDisagreementEdge] = strawberry.field(description=EDGES)
    page_info: PageInfo = strawberry.field(description=PAGE)
