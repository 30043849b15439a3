"""Figures of interoperation for coordinators: who asked whom, how often, with what outcome; how
issuers did, which rules decided, what was refused."""

from datetime import datetime

import strawberry

from tongxing.schema.color import Color
from tongxing.schema.decision import Decision
from tongxing.schema.figure_period import (
    BEGINS,
    EDGE,
    EDGES,
    HALF,
    PAGE,
    PERIOD,
    SLOW,
    FigurePeriod,
    age_seconds,
    seconds,
    tens,
    wait_seconds,
)
from tongxing.schema.health_code import Outcome
from tongxing.schema.issuer import Issuer, named_issuer
from tongxing.schema.page_info import PageInfo
from tongxing.schema.place import RegionCode
from tongxing.schema.policy_rule import PolicyRule
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.values import value


@value(
    name="InteropCell",
    description="互认查询统计：一个接收地向一个发码机构查询，得到一种结果 How often one receiving "
    "place asked one issuer with one outcome.",
)
class InteropCell:
    begins: datetime = strawberry.field(description=BEGINS)
    receiving_region: RegionCode = strawberry.field(description="接收地 The receiving region")
    issuer: strawberry.Private[str]
    issuer_named: Issuer = named_issuer("issuer", description="发码机构 The issuer that was asked")
    issuing_place: RegionCode | None = strawberry.field(
        description="码的签发地；没有得到码的为空 The place that the code is of; null without a "
        "code"
    )
    outcome: Outcome = strawberry.field(description="查询结果 What asking it came to")
    color: Color | None = strawberry.field(
        description="该机构的码的颜色，多个码取最严；没有得到码的为空 The color that this issuer "
        "stated, the most restrictive of several; null without a code"
    )
    asked_count: int = tens("次数", "How often")
    median_wait_seconds: float | None = wait_seconds(*HALF)
    slow_wait_seconds: float | None = wait_seconds(*SLOW)
    median_age_seconds: float | None = age_seconds(*HALF)
    slow_age_seconds: float | None = age_seconds(*SLOW)


@value(name="OutcomeCount", description="各查询结果的次数 How often one outcome came about.")
class OutcomeCount:
    outcome: Outcome = strawberry.field(description="查询结果 The outcome")
    count: int = tens("次数", "How often")


@value(
    name="IssuerHealth",
    description="发码机构运行情况：查询、失败及原因、纠错与事后证实 How one issuer did: questions, "
    "failures and why, corrections, and who was right later.",
)
class IssuerHealth:
    begins: datetime = strawberry.field(description=BEGINS)
    issuer: strawberry.Private[str]
    issuer_named: Issuer = named_issuer("issuer", description="发码机构 The issuer")
    asked_count: int = tens("查询次数", "How often it was asked")
    failed_count: int = tens(
        "其中失败的次数：既没有验证的答复，也没有“未查询到”等有效说明",
        "Those that failed, neither verified nor a plain answer such as NOT_ENROLLED",
    )
    outcomes: list[OutcomeCount] = strawberry.field(
        description="按结果分列 The same by outcome; at most one entry for each"
    )
    median_wait_seconds: float | None = wait_seconds(*HALF)
    slow_wait_seconds: float | None = wait_seconds(*SLOW)
    median_age_seconds: float | None = age_seconds(*HALF)
    reported_count: int = tens("受理的纠错申请数", "Reports of mistakes that it took")
    not_taken_count: int = tens("未受理的纠错申请数", "Reports that it did not take")
    accepted_count: int = tens("采纳的纠错申请数", "Reports that it accepted")
    rejected_count: int = tens("未采纳的纠错申请数", "Reports that it rejected")
    median_decision_seconds: float | None = seconds(
        "纠错申请从受理到得知结果的时间，半数不超过",
        "How long decisions on reports took to be known, the median",
        none_zh="没有结果",
        none_en="there was no decision",
        top="2592000",
    )
    right_later_count: int = tens(
        "结果不一致、事后证实此机构正确的次数", "Disagreements in which it turned out to be right"
    )
    wrong_later_count: int = tens(
        "结果不一致、事后证实另一机构正确的次数",
        "Disagreements in which the other one turned out to be right",
    )


@value(
    name="PolicyUse",
    description="政策使用统计：一版政策的一条规则决定了多少答复 How often one rule of one version "
    "of a policy decided.",
)
class PolicyUse:
    begins: datetime = strawberry.field(description=BEGINS)
    receiving_region: RegionCode = strawberry.field(description="接收地 The receiving region")
    policy: PolicyRef = strawberry.field(description="政策版本 The version that decided")
    rule_id: strawberry.ID | None = strawberry.field(
        description="规则编号；没有规则适用的为空 The rule that decided; null if none did"
    )
    rule: PolicyRule | None = strawberry.field(
        description="该规则；没有规则适用，或平台已不持有该版政策的，为空 That rule; null if none "
        "decided, or if the hub does not hold the policy any more"
    )
    color: Color = strawberry.field(description="答复的颜色 The color of the answers")
    decision: Decision = strawberry.field(description="处置 Their decision")
    answer_count: int = tens("答复次数", "How many answers")
    share: float = strawberry.field(
        description="占该接收地、该版政策全部答复的比例，0至1 The share of all answers under this "
        "version at this place, from 0 to 1"
    )
    share_before: float | None = strawberry.field(
        description="同一规则、颜色和处置在前一版所占的比例；本时段没有前一版的为空 The share of "
        "the same rule, color and decision under the version before; null if that decided "
        "nothing in the same period"
    )


@value(
    name="RefusalFigure",
    description="拒绝统计 How often questions were refused with one code.",
)
class RefusalFigure:
    begins: datetime = strawberry.field(description=BEGINS)
    receiving_region: RegionCode | None = strawberry.field(
        description="接收地；当时尚不知道的为空，仅全国权限可见 The receiving region; null if it "
        "was not known yet: only clients for the whole country see these"
    )
    code: str = strawberry.field(description="拒绝代码 The stable code that the clients got")
    refusal_count: int = tens("次数", "How often")


@value(description="互认查询统计及其游标 A cell and its cursor.")
class InteropCellEdge:
    node: InteropCell = strawberry.field(description="统计 The cell")
    cursor: str = strawberry.field(description=EDGE)


@value(description="互认查询统计分页 A page of cells.")
class InteropCellConnection:
    edges: list[InteropCellEdge] = strawberry.field(description=EDGES)
    page_info: PageInfo = strawberry.field(description=PAGE)
    period: FigurePeriod = strawberry.field(description=PERIOD)


@value(description="机构运行情况及其游标 How an issuer did, and its cursor.")
class IssuerHealthEdge:
    node: IssuerHealth = strawberry.field(description="运行情况 How it did")
    cursor: str = strawberry.field(description=EDGE)


@value(description="机构运行情况分页 A page of how issuers did.")
class IssuerHealthConnection:
    edges: list[IssuerHealthEdge] = strawberry.field(description=EDGES)
    page_info: PageInfo = strawberry.field(description=PAGE)
    period: FigurePeriod = strawberry.field(description=PERIOD)


@value(description="政策使用统计及其游标 The use of a rule and its cursor.")
class PolicyUseEdge:
    node: PolicyUse = strawberry.field(description="使用统计 The use")
    cursor: str = strawberry.field(description=EDGE)


@value(description="政策使用统计分页 A page of how policies were used.")
class PolicyUseConnection:
    edges: list[PolicyUseEdge] = strawberry.field(description=EDGES)
    page_info: PageInfo = strawberry.field(description=PAGE)
    period: FigurePeriod = strawberry.field(description=PERIOD)


@value(description="拒绝统计及其游标 Refusals with one code, and their cursor.")
class RefusalFigureEdge:
    node: RefusalFigure = strawberry.field(description="拒绝统计 The figure")
    cursor: str = strawberry.field(description=EDGE)


@value(description="拒绝统计分页 A page of refusals by code.")
class RefusalFigureConnection:
    edges: list[RefusalFigureEdge] = strawberry.field(description=EDGES)
    page_info: PageInfo = strawberry.field(description=PAGE)
    period: FigurePeriod = strawberry.field(description=PERIOD)
