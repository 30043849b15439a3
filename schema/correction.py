"""Correction 纠错: a mistake, reported to the issuer that set the color; and its answer."""

from datetime import datetime
from enum import Enum, unique
from typing import Annotated

import strawberry

from tongxing.schema.issuer import Issuer, named_issuer
from tongxing.schema.place import RegionCode
from tongxing.schema.values import Text, described, value


@strawberry.enum(description="错误类别 What the holder says is wrong; there is no free text.")
@unique
class MistakeKind(Enum):
    NEVER_THERE = described("NEVER_THERE", "未到过该地区 Has not been to the area")
    NO_CONTACT = described("NO_CONTACT", "无此接触史 Has had no such contact")
    ISOLATION_ENDED = described("ISOLATION_ENDED", "隔离期已满 The isolation has ended")
    DECLARED_BY_MISTAKE = described("DECLARED_BY_MISTAKE", "误填误选 Ticked the wrong box")
    NO_SYMPTOMS = described("NO_SYMPTOMS", "没有症状 Has no symptoms, or none any more")
    ANOTHER_PERSON = described("ANOTHER_PERSON", "信息属于他人 The record is another person's")


@strawberry.enum(description="纠错状态 What the issuer makes of a report.")
@unique
class CorrectionState(Enum):
    REPORTED = described("REPORTED", "已受理 The issuer has it and has not decided")
    ACCEPTED = described("ACCEPTED", "已采纳 The issuer changes its statement; ask it again")
    REJECTED = described(
        "REJECTED",
        "未采纳（有疑问可向发码机构或12345反映） The issuer stands by it; ask there or 12345",
    )


@value(
    name="HealthCodeCorrection",
    description="纠错申请 A report that the issuer took; the person is a reference.",
)
class Correction:
    id: strawberry.ID
    holder: str = strawberry.field(description="人员代号 This client's own reference to the person")
    issuer: strawberry.Private[strawberry.ID]
    issuer_named: Issuer = named_issuer("issuer", description="受理机构 The issuer that has it.")
    mistake: MistakeKind
    evidence_digest: str = strawberry.field(description="证据摘要 The statement that it is about")
    region: RegionCode = strawberry.field(
        description="互认所在地 Where the traveler was recognized"
    )
    state: CorrectionState
    reported_at: datetime
    decided_at: datetime | None = None


@value(
    name="CorrectingIssuer",
    description="可更改的机构 An issuer that set a color, and can change it.",
)
class CanCorrect:
    """``issuer`` is the id of that issuer."""

    issuer: strawberry.Private[strawberry.ID]
    issuer_named: Issuer = named_issuer("issuer", description="机构 The issuer.")
    how: Text = strawberry.field(description="办法 How to ask it to.")


@strawberry.enum(description="纠错未办理原因 Why a report did not reach an issuer.")
@unique
class CorrectionRule(Enum):
    INVALID_RECEIPT = described(
        "INVALID_RECEIPT",
        "不是本平台出具给该接入系统的回执 No receipt that this hub gave to this client",
    )
    OLD_RECEIPT = described("OLD_RECEIPT", "回执已超过30天 Older than 30 days")
    ANOTHER_HOLDER = described(
        "ANOTHER_HOLDER",
        "回执与证件不是同一人 The receipt does not name the holder of this document",
    )
    SET_NO_COLOR = described(
        "SET_NO_COLOR", "不是该机构赋的码 An issuer that set no color cannot clear one"
    )
    TAKES_NO_REPORTS = described(
        "TAKES_NO_REPORTS", "该机构不在网上受理 The issuer takes none over the network"
    )
    ISSUER_UNAVAILABLE = described("ISSUER_UNAVAILABLE", "暂未送达 Not reached; try again")
    NO_SUCH_CORRECTION = described(
        "NO_SUCH_CORRECTION", "没有这条纠错记录 None of that id by this client"
    )


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
        zh="不是本平台出具给该接入系统的回执，请重新查询取得回执",
        en="this is no receipt that the hub gave to this client; ask again for one",
    ),
    CorrectionRule.OLD_RECEIPT: Text(
        zh="回执已超过30天，请重新查询", en="the receipt is older than 30 days; ask again"
    ),
    CorrectionRule.ANOTHER_HOLDER: Text(
        zh="回执所载的人与该证件（号码与姓名）不符，请按证件重新查询",
        en="the receipt does not name the holder of this document by number and name; ask again",
    ),
    CorrectionRule.SET_NO_COLOR: Text(
        zh="此颜色不是该机构赋的，该机构无权更改；请向下列机构申请",
        en="this issuer set no color and cannot change one; those named here can",
    ),
    CorrectionRule.TAKES_NO_REPORTS: Text(
        zh="该机构不在网上受理纠错；请持有效证件到该机构指定的窗口或发码地村（社区）办理，"
        "可由家人代办",
        en="this issuer takes no reports over the network; apply at the counter that it names or "
        "at the village or community office of its place, with a valid document; family may do it",
    ),
    CorrectionRule.ISSUER_UNAVAILABLE: Text(
        zh="纠错申请暂未送达，请稍后再试或拨打12345",
        en="the report has not reached the issuer; try again later, or call 12345",
    ),
    CorrectionRule.NO_SUCH_CORRECTION: Text(
        zh="该接入系统没有这条纠错记录，请核对编号",
        en="this client has reported no such mistake; check the id",
    ),
}

HOW_TO_CORRECT = Text(
    zh="可请查验人员当场代为申请纠错，或本人（也可由家人代办）持有效证件到发码地的村（社区）办理，"
    "咨询电话12345",
    en="ask the staff here to report it, or take a valid document to the village or community "
    "office of the issuing place (family may do it for you); questions: 12345 (API: reportMistake)",
)
