"""Correction 纠错: a mistake, reported to the issuer that set the color; and its answer."""

from datetime import datetime
from enum import Enum, unique
from typing import Annotated

import strawberry

from tongxing.schema.issuer import Issuer, named_issuer
from tongxing.schema.node import Node
from tongxing.schema.node_ids import NodeIds
from tongxing.schema.place import RegionCode
from tongxing.schema.refusal import Refusal
from tongxing.schema.scalars import Sha256Digest, ShownHolder, SignedReceipt
from tongxing.schema.supergraph import entity
from tongxing.schema.traveler import TravelDocumentInput
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


CORRECTION_IDS = NodeIds("correction")


@value(
    name="HealthCodeCorrection",
    description="纠错申请：发码机构已受理，保存90天，不含姓名和证件号码 A report that the issuer "
    "took; the person is a reference. Kept for 90 days.",
    directives=entity("id"),
)
class Correction(Node):
    """At rest the person is a HolderRef, and the id has no kind in front; a client sees
    ``CORRECTION_IDS``. ``issuer`` is the id of the issuer that decides."""

    holder: str = strawberry.field(
        graphql_type=ShownHolder,
        description="人员代号，各接入系统所见不同 This client's own reference to the person; "
        "another client sees another one.",
    )
    issuer: strawberry.Private[strawberry.ID]
    issuer_named: Issuer = named_issuer(
        "issuer", description="受理机构 The issuer that has the report, and decides."
    )
    mistake: MistakeKind = strawberry.field(description="错误类别 What was reported as wrong.")
    evidence_digest: str = strawberry.field(
        graphql_type=Sha256Digest,
        description="证据摘要 The digest of the statement that it is about.",
    )
    region: RegionCode = strawberry.field(
        name="receivingRegion", description="互认的接收地 Where the traveler was recognized."
    )
    state: CorrectionState = strawberry.field(
        description="平台最后获知的状态，须向发码机构询问的用 refreshCorrection As the hub last "
        "learned it; refreshCorrection asks the issuer."
    )
    reported_at: datetime = strawberry.field(description="受理时间 When the issuer took it.")
    decided_at: datetime | None = strawberry.field(
        default=None,
        description="办结时间，以发码机构所示为准；尚未办结或平台尚未获知的为空 When the issuer "
        "decided, by its own word; null: not yet, or not known to the hub.",
    )


@value(
    name="CorrectingIssuer",
    description="可更改的机构 An issuer that set a color, and can change it.",
)
class CanCorrect:
    """``issuer`` is the id of that issuer."""

    issuer: strawberry.Private[strawberry.ID]
    issuer_named: Issuer = named_issuer("issuer", description="机构 The issuer.")
    how: Text = strawberry.field(description="办理方式 How to have the color corrected.")


@strawberry.input(description="申请纠错所需内容 A mistake, and what shows whose it is.")
class ReportMistakeInput:
    receipt: str = strawberry.field(
        graphql_type=SignedReceipt,
        description="本接入系统30天内取得的互认回执，至多65536个字符 The receipt of the "
        "recognition, as this client got it within the last 30 days; up to 65,536 characters.",
    )
    document: TravelDocumentInput = strawberry.field(
        description="该次互认所依据的证件，转给发码机构，平台不保存 The document that the "
        "recognition was about; passed on to the issuer and not kept."
    )
    issuer: strawberry.ID = strawberry.field(
        description="赋码机构的编号，至多64个字符 The id of the issuer that set the color; at most "
        "64 characters."
    )
    mistake: MistakeKind = strawberry.field(description="错误类别 What the holder says is wrong.")


@strawberry.input(description="所询问的纠错申请 Which report the issuer is asked about.")
class RefreshCorrectionInput:
    id: strawberry.ID = strawberry.field(
        description="纠错申请的编号，至多100个字符 The id of the report, at most 100 characters."
    )


@value(description="纠错未办理，没有申请也没有询问 Nothing was reported or asked.")
class CorrectionRefused(Refusal):
    who_can: list[CanCorrect] = strawberry.field(
        default_factory=list,
        description="赋了码、可以更改的机构；与此无关的为空列表 Who set a color and can change "
        "it; empty where that is not the question.",
    )


CorrectionResult = Annotated[
    Correction | CorrectionRefused,
    strawberry.union(
        "CorrectionResult",
        description="纠错办理结果：现存的申请，或未办理的原因 The report as it is kept now, or "
        "why not.",
    ),
]

HOW_TO_CORRECT = Text(
    zh="可请查验人员当场代为申请纠错，或本人（也可由家人代办）持有效证件到发码地的村（社区）办理，"
    "咨询电话12345",
    en="ask the staff here to report it, or take a valid document to the village or community "
    "office of the issuing place (family may do it for you); questions: 12345 (API: reportMistake)",
)
