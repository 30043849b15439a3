"""Correction 纠错: a mistake, reported to the issuer that set the color; and its answer."""

from datetime import datetime
from enum import Enum, unique
from typing import Annotated

import strawberry

from tongxing.schema.place import RegionCode
from tongxing.schema.values import Text, described, value


@strawberry.enum(description="错误类别 What the holder says is wrong; there is no free text.")
@unique
class MistakeKind(Enum):
    NEVER_THERE = described("NEVER_THERE", "从未到过 Has not been to the area")
    NO_CONTACT = described("NO_CONTACT", "并无接触 Has had no such contact")
    ISOLATION_ENDED = described("ISOLATION_ENDED", "隔离已满 The isolation has ended")
    DECLARED_BY_MISTAKE = described("DECLARED_BY_MISTAKE", "误填 Ticked the wrong box")
    NO_SYMPTOMS = described("NO_SYMPTOMS", "并无症状 Has no symptoms, or none any more")
    ANOTHER_PERSON = described("ANOTHER_PERSON", "并非本人 The record is another person's")


@strawberry.enum(description="纠错状态 What the issuer makes of a report.")
@unique
class CorrectionState(Enum):
    REPORTED = described("REPORTED", "已受理 The issuer has it and has not decided")
    ACCEPTED = described("ACCEPTED", "已采纳 The issuer changes its statement; ask it again")
    REJECTED = described("REJECTED", "未采纳 The issuer stands by its statement")


@value(description="纠错 A report that the issuer took; the person is a reference.")
class Correction:
    id: strawberry.ID
    holder: str = strawberry.field(description="This client's own reference to the person")
    issuer: strawberry.ID
    mistake: MistakeKind
    evidence_digest: str = strawberry.field(description="证据摘要 The statement that it is about")
    region: RegionCode = strawberry.field(description="Where the traveler was recognized")
    state: CorrectionState
    reported_at: datetime
    decided_at: datetime | None = None


@value(description="可更正的机构 An issuer that set a color, and can change it.")
class CanCorrect:
    issuer: strawberry.ID
    name: Text
    how: Text


@strawberry.enum(description="纠错规则 Why a report did not reach an issuer.")
@unique
class CorrectionRule(Enum):
    INVALID_RECEIPT = described("INVALID_RECEIPT", "No receipt that this hub gave to this client")
    OLD_RECEIPT = described("OLD_RECEIPT", "Older than 30 days")
    ANOTHER_HOLDER = described(
        "ANOTHER_HOLDER", "The receipt does not name the holder of this document"
    )
    SET_NO_COLOR = described("SET_NO_COLOR", "Who set no color cannot clear one")
    TAKES_NO_REPORTS = described("TAKES_NO_REPORTS", "The issuer takes none over the network")
    ISSUER_UNAVAILABLE = described("ISSUER_UNAVAILABLE", "Not reached; try again")
    NO_SUCH_CORRECTION = described("NO_SUCH_CORRECTION", "None of that id by this client")


@value(description="纠错未办理 Nothing was reported; who can change the color, where that helps.")
class CorrectionRefused:
    rule: CorrectionRule
    text: Text
    who_can: list[CanCorrect] = strawberry.field(default_factory=list)


CorrectionResult = Annotated[
    Correction | CorrectionRefused,
    strawberry.union("CorrectionResult", description="纠错办理结果"),
]

CORRECTION_RULE_TEXTS = {
    CorrectionRule.INVALID_RECEIPT: Text(
        zh="不是本平台出具给该客户端的回执",
        en="this is no receipt that the hub gave to this client",
    ),
    CorrectionRule.OLD_RECEIPT: Text(
        zh="回执已超过30天，请重新查询", en="the receipt is older than 30 days; ask again"
    ),
    CorrectionRule.ANOTHER_HOLDER: Text(
        zh="回执所载的人与该证件（号码与姓名）不符，请按证件重新查询",
        en="the receipt does not name the holder of this document by number and name; ask again",
    ),
    CorrectionRule.SET_NO_COLOR: Text(
        zh="该机构没有设定此颜色，无权更正；请向下列机构申请",
        en="this issuer set no color and cannot change one; those named here can",
    ),
    CorrectionRule.TAKES_NO_REPORTS: Text(
        zh="该机构不在网上受理纠错，请当面办理",
        en="this issuer takes no reports over the network; apply to it in person",
    ),
    CorrectionRule.ISSUER_UNAVAILABLE: Text(
        zh="暂时无法送达该机构，请稍后再试", en="the issuer could not be reached; try again later"
    ),
    CorrectionRule.NO_SUCH_CORRECTION: Text(
        zh="该客户端没有这条纠错记录", en="this client has reported no such mistake"
    ),
}

HOW_TO_CORRECT = Text(
    zh="用 reportMistake 向该机构申请纠错，或持证件到该机构辖区的社区办理",
    en="report it to this issuer with reportMistake, or at a community office of its place",
)
