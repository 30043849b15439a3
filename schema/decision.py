"""What an answer is used for, what the receiving place decides, and the reasons."""

from enum import Enum, unique

import strawberry

from tongxing.schema.values import Text, described, value


@strawberry.enum(name="RecognitionPurpose", description="用途 What the answer is used for.")
@unique
class Purpose(Enum):
    ENTRY = described("ENTRY", "入城查验 entering a city or district")
    TRANSPORT = described("TRANSPORT", "乘坐交通工具 boarding transport")
    VENUE = described("VENUE", "进入场所 entering a public place")
    WORK = described("WORK", "复工复产 returning to work")
    AUDIT = described("AUDIT", "审计 reviewing how recognition works")


@strawberry.enum(name="TravelerDecision", description="处置 What the receiving place does.")
@unique
class Decision(Enum):
    ADMIT = described("ADMIT", "放行")
    INSPECT = described("INSPECT", "核查")
    REFUSE = described("REFUSE", "不放行")


@strawberry.enum(description="互认方式 The three official modes of 20 March 2020.")
@unique
class RecognitionMode(Enum):
    SHARE = described("SHARE", "数据共享")
    CONVERT = described("CONVERT", "以国家码为中介转换")
    DIRECT = described("DIRECT", "直接采用国家码")


@strawberry.enum(
    name="RecognitionReasonCode", description="理由类别 The kind of a reason; stable for programs."
)
@unique
class ReasonCode(Enum):
    RULE = described("RULE", "规则 A rule of the receiving place's policy")
    ISSUER_UNAVAILABLE = described(
        "ISSUER_UNAVAILABLE", "暂时查询不到 An issuer could not be asked or gave no usable answer"
    )
    EVIDENCE_INVALID = described(
        "EVIDENCE_INVALID", "未通过校验 An answer was forged or is about another person"
    )
    STALE = described(
        "STALE", "信息不是最新 A state is older than it may be, or not of a time that is believed"
    )
    UNMAPPED_VALUE = described(
        "UNMAPPED_VALUE", "状态无法识别 An issuer gave a value that stands for no color"
    )
    CODE_EXPIRED = described("CODE_EXPIRED", "码已过期 The code has expired")
    MUST_UPDATE = described("MUST_UPDATE", "须更新申报 The holder must declare again first")
    LIST_UNAVAILABLE = described(
        "LIST_UNAVAILABLE", "名单缺失 An issuer's daily list is missing or has ended"
    )
    HOLDER_UNKNOWN = described(
        "HOLDER_UNKNOWN",
        "持码人未知 The scanned code does not say whose it is, so an issuer could not be asked",
    )
    NO_RECORD = described(
        "NO_RECORD", "未查询到 No issuer, or not this one, has a record to rely on"
    )
    POLICY_ENDED = described(
        "POLICY_ENDED",
        "政策已失效 The region's own policy has ended; that of the region around it counts",
    )
    CONFLICT = described("CONFLICT", "结果不一致 Issuers state different colors")


@value(
    name="RecognitionReason",
    description="理由 One reason for the answer, with the rule and the issuer it comes from.",
)
class Reason:
    code: ReasonCode
    text: Text
    rule: strawberry.ID | None = None
    issuer: strawberry.ID | None = None
